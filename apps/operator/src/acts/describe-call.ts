import type { Address } from '@surety/domain';
import { type Hex, decodeFunctionData } from 'viem';
import { formatTime } from '../terminal/format.js';
import { type ActSpec, PLACES, flatParameters, functionOf, selectorOf } from './act-spec.js';
import { ACTS } from './act-table.js';

/** Finds the act that a call carries out, by the first 4 bytes of its data: no two acts share them. */
function actOf(data: Hex): ActSpec | undefined {
  return ACTS.find((spec) => data.startsWith(selectorOf(spec)));
}

/** Describes a call's data for people: the act's name and the contract's own arguments, times with their date, or its first bytes if it is no known act. */
export function describeCall(data: Hex): string {
  const spec = actOf(data);
  if (spec === undefined) return `an unknown call ${data.slice(0, 10)}`;
  const args = argumentsOf(spec, data);
  if (args === undefined) return `${spec.place} ${spec.name} with arguments that cannot be read`;
  const names = flatParameters(functionOf(spec).inputs).map(({ name }) => name ?? '');
  const values = args.flatMap((value) => (isStruct(value) ? Object.values(value) : [value]));
  const written = names.map((name, at) => `${name} ${writeArgument(spec, at, values[at])}`).join(', ');
  return `${spec.place} ${spec.name}${written === '' ? '' : ` (${written})`}`;
}

/** Describes a call with the contract that it calls, which may be any, and the coin that it sends. */
export function describeWholeCall({
  to,
  data,
  value = 0n,
}: {
  readonly to: Address;
  readonly data: Hex;
  readonly value?: bigint;
}): string {
  return `${describeCall(data)} at ${to}${value === 0n ? '' : `, with ${value} wei`}`;
}

/** Undefined where they cannot be decoded: anybody with a proposer's key may schedule any bytes. */
function argumentsOf(spec: ActSpec, data: Hex): readonly unknown[] | undefined {
  try {
    return decodeFunctionData({ abi: PLACES[spec.place].abi, data }).args ?? [];
  } catch {
    return undefined;
  }
}

function isStruct(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A time is written as a date, too: seconds since 1970 show nobody a wrong day. */
function writeArgument({ takes }: ActSpec, at: number, value: unknown): string {
  const isTime = takes[at]?.kind === 'time';
  return isTime ? `${writeValue(value)} (${formatTime(Number(value))})` : writeValue(value);
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(writeValue).join(',');
  const text = String(value);
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : text;
}
