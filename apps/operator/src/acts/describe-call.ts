import type { Address } from '@surety/domain';
import { type Hex, decodeFunctionData } from 'viem';
import { formatTime } from '../terminal/format.js';
import { type ActSpec, PLACES, flatParameters, functionOf, selectorOf } from './act-spec.js';
import { ACTS } from './act-table.js';

/** Finds the act that a call carries out, by the first 4 bytes of its data: no two acts share them. */
function actOf(data: Hex): ActSpec | undefined {
  return ACTS.find((spec) => data.startsWith(selectorOf(spec)));
}

/** Bytes of one argument, and items of one list, that are written: a longer one would scroll other calls of a batch away. */
const BYTES_SHOWN = 32;
const ITEMS_SHOWN = 64;

/**
 * Describes a call's data for people: the act's name and the contract's own arguments, times with their date, or its first bytes if it is
 * no known act. It throws for no bytes at all: who steals a proposer's key may schedule any, and a veto must not depend on them.
 */
export function describeCall(data: Hex): string {
  const spec = actOf(data);
  if (spec === undefined) return `an unknown call ${data.slice(0, 10)}`;
  try {
    const written = writeArguments(spec, data);
    return `${spec.place} ${spec.name}${written === '' ? '' : ` (${written})`}`;
  } catch {
    return `${spec.place} ${spec.name} with arguments that cannot be read`;
  }
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

function writeArguments(spec: ActSpec, data: Hex): string {
  const { args = [] } = decodeFunctionData({ abi: PLACES[spec.place].abi, data });
  const names = flatParameters(functionOf(spec).inputs).map(({ name }) => name ?? '');
  const values = args.flatMap((value) => (isStruct(value) ? Object.values(value) : [value]));
  return names.map((name, at) => `${name} ${writeArgument(spec, at, values[at])}`).join(', ');
}

function isStruct(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A time is written as a date, too, where it has one: seconds since 1970 show nobody a wrong day. */
function writeArgument({ takes }: ActSpec, at: number, value: unknown): string {
  const text = writeValue(value);
  if (takes[at]?.kind !== 'time') return text;
  const date = formatTime(Number(value));
  return date === text ? text : `${text} (${date})`;
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, ITEMS_SHOWN).map(writeValue).join(',');
    return value.length > ITEMS_SHOWN ? `${shown}… of ${value.length}` : shown;
  }
  const text = String(value);
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase();
  const isLong = text.startsWith('0x') && text.length > 2 + 2 * BYTES_SHOWN;
  return isLong ? `${text.slice(0, 2 + 2 * BYTES_SHOWN)}… of ${(text.length - 2) / 2} bytes` : text;
}
