import type { Hex } from '@surety/domain';
import { decodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import { formatUnits } from '../format.js';
import { type ActSpec, PLACES, camelCase, flatParameters, functionOf } from './act-spec.js';
import type { ActTarget } from './find-target.js';
import { type ArgumentPlace, parseArgument } from './parse-argument.js';

/** Values of an act's arguments as they stand at its contract, by the contract's names. */
export type PresentValues = Readonly<Record<string, bigint>>;

/** One value that an act sets, before and after it, in the units of its option. */
export interface ValueChange {
  readonly option: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Reads the values that an act keeps where their options are left out; undefined for an act that keeps none.
 * @throws BAD_USE if all of them are left out, so that the act would change nothing.
 */
export async function readPresentValues(
  spec: ActSpec,
  { reader, contract }: Pick<ActTarget, 'reader' | 'contract'>,
  options: object,
  place: ArgumentPlace,
): Promise<PresentValues | undefined> {
  if (spec.keeps === undefined) return undefined;
  const given = options as Readonly<Record<string, unknown>>;
  const kept = spec.takes.filter((one) => one.isKept === true);
  if (kept.every(({ option }) => given[camelCase(option)] === undefined)) {
    const names = kept.map(({ option }) => `--${option}`).join(', ');
    throw operatorError('BAD_USE', `none of ${names} is given; expected at least one, what is left out stays as it is`);
  }
  const [key] = spec.takes;
  const named = key === undefined ? undefined : given[camelCase(key.option)];
  if (key === undefined || typeof named !== 'string')
    throw operatorError('BAD_USE', `--${key?.option} is missing; expected ${key?.help}`);
  const record = (await reader.readContract({
    address: contract,
    abi: PLACES[spec.place].abi,
    functionName: spec.keeps,
    args: [parseArgument(key, named, '', place)],
  })) as Readonly<Record<string, bigint | number>>;
  return Object.fromEntries(
    namesOf(spec).flatMap((name) => (name in record ? [[name, BigInt(record[name] ?? 0n)]] : [])),
  );
}

/** Returns what a call sets of the present values, in the order of its options. */
export function changesOf(spec: ActSpec, data: Hex, present: PresentValues | undefined): readonly ValueChange[] {
  if (present === undefined) return [];
  const { args = [] } = decodeFunctionData({ abi: PLACES[spec.place].abi, data });
  const names = namesOf(spec);
  return spec.takes.flatMap(({ isKept, option, scale = 0 }, at) => {
    const before = present[names[at] ?? ''];
    if (isKept !== true || before === undefined) return [];
    return [
      { option, before: formatUnits(before, scale), after: formatUnits(BigInt(args[at] as bigint | number), scale) },
    ];
  });
}

/** Writes a change for people. */
export function describeChange({ option, before, after }: ValueChange): string {
  return before === after ? `${option}: ${before}, as it is` : `${option}: ${before} → ${after}`;
}

function namesOf(spec: ActSpec): string[] {
  return flatParameters(functionOf(spec).inputs).map(({ name = '' }) => name);
}
