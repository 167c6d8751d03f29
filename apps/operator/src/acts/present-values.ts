import type { TimelockOperation } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, ZERO_WORD } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, decodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import { formatUnits } from '../terminal/format.js';
import { type ActSpec, PLACES, camelCase, flatParameters, functionOf, selectorOf } from './act-spec.js';
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

/** Changes that an act makes, and the operation after which it does. */
export interface Changes {
  readonly changes: readonly ValueChange[];
  readonly setBy?: Bytes32 | undefined;
}

type ShownValues = Readonly<Record<string, bigint | number>>;
type ShownRecord = ShownValues & { readonly terms?: ShownValues };

/**
 * Reads the values that an act keeps where their options are left out; undefined for an act that keeps none, and where the contract has none.
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
  const asked = { address: contract, abi: PLACES[spec.place].abi, functionName: spec.keeps };
  const answer = await reader
    .readContract({ ...asked, args: [parseArgument(key, named, '', place)] })
    .then((shown) => shown as ShownRecord)
    .catch(nothingIfReverted);
  if (answer === undefined) return undefined;
  // The ledger shows an asset's terms as one member beside its sums.
  const record = answer.terms ?? answer;
  return Object.fromEntries(
    namesOf(spec).flatMap((name) => (name in record ? [[name, BigInt(record[name] ?? 0n)]] : [])),
  );
}

/** A view that reverts knows no such thing yet: an operation before this one may add it, and the simulation says what is refused. */
function nothingIfReverted(failure: unknown): undefined {
  const isRevert = (one: unknown): boolean => one instanceof ContractFunctionRevertedError;
  if (!(failure instanceof BaseError) || failure.walk(isRevert) === null) throw failure;
}

/** Operations at the timelock through which an act goes. */
export interface WaitingActs {
  readonly timelock: Address;
  readonly operations: readonly TimelockOperation[];
  /** The operation behind which the act is scheduled. */
  readonly after: Bytes32 | undefined;
}

/** Values as they will stand when an act runs. */
export interface ValuesThen {
  readonly values: PresentValues;
  /** The operation that sets them; undefined if they are the present ones. */
  readonly setBy?: Bytes32;
}

/**
 * Returns the values that an act will find: those of the nearest operation before it that sets them, else the present ones. An operation
 * that runs at another time would undo what the act keeps, or be undone by it.
 * @throws ACT_REFUSED if another operation sets them, or may, and the act is not scheduled behind it.
 */
export function valuesWhenRun(
  spec: ActSpec,
  { call, present }: { readonly call: { readonly to: Address; readonly data: Hex }; readonly present: PresentValues },
  { timelock, operations, after }: WaitingActs,
): ValuesThen {
  const line = lineBefore(operations, after);
  const setting = new Map(operations.map((one) => [one.id, lastSetting(spec, call, one)] as const));
  const unread = operations.find(({ content }) => content === undefined);
  if (unread !== undefined) {
    throw operatorError(
      'ACT_REFUSED',
      `no log tells the calls of ${unread.id} at ${timelock}, which may set what ${spec.place} ${spec.name} keeps; nothing was sent; name a provider that keeps logs of 44 days`,
    );
  }
  const others = operations.filter(({ id }) => !line.includes(id) && setting.get(id) !== undefined);
  if (others.length > 0) {
    throw operatorError(
      'ACT_REFUSED',
      `${others.map(({ id }) => id).join(' and ')} at ${timelock} would set what ${spec.place} ${spec.name} keeps; nothing was sent; add --after with its id, execute it first, or cancel it`,
    );
  }
  const setBy = line.find((id) => setting.get(id) !== undefined);
  const data = setBy === undefined ? undefined : setting.get(setBy);
  if (setBy === undefined || data === undefined) return { values: present };
  return { values: { ...present, ...settingOf(spec, data) }, setBy };
}

/** Lists an operation and those that must be done before it, the nearest first. */
export function lineBefore(operations: readonly TimelockOperation[], after: Bytes32 | undefined): Bytes32[] {
  const line: Bytes32[] = [];
  for (let id = after; id !== undefined && id !== ZERO_WORD && !line.includes(id);) {
    line.push(id);
    id = operations.find((one) => one.id === id)?.content?.predecessor;
  }
  return line;
}

/** Returns the last call of an operation that sets the values of what `call` is about. */
function lastSetting(
  spec: ActSpec,
  call: { readonly to: Address; readonly data: Hex },
  { content }: TimelockOperation,
): Hex | undefined {
  // The first argument names what the values belong to.
  const named = `${selectorOf(spec)}${call.data.slice(10, 10 + 64)}`;
  return (content?.calls ?? []).findLast(({ to, data }) => to === call.to && data.toLowerCase().startsWith(named))
    ?.data;
}

function settingOf(spec: ActSpec, data: Hex): PresentValues {
  const { args = [] } = decodeFunctionData({ abi: PLACES[spec.place].abi, data });
  const names = namesOf(spec);
  return Object.fromEntries(
    spec.takes.flatMap(({ isKept }, at) =>
      isKept === true ? [[names[at] ?? '', BigInt(args[at] as bigint | number)]] : [],
    ),
  );
}

/** Returns what a call sets of the values that it finds, in the order of its options. */
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

/** Writes changes for people. */
export function describeChanges({ changes, setBy }: Changes): string[] {
  const written = changes.map(({ option, before, after }) =>
    before === after ? `${option}: ${before}, as it is` : `${option}: ${before} → ${after}`,
  );
  return setBy === undefined ? written : [`once ${setBy} is done:`, ...written];
}

function namesOf(spec: ActSpec): string[] {
  return flatParameters(functionOf(spec).inputs).map(({ name = '' }) => name);
}
