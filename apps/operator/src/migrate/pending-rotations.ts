import { type TimelockOperation, attesterSetAbi, readOperations } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, decodeFunctionData } from 'viem';
import { selectorOf } from '../acts/act-spec.js';
import type { ActTarget } from '../acts/find-target.js';
import { canRun } from '../acts/timelock-operations.js';
import type { Call } from '../chains/simulate-call.js';
import { readHand } from '../powers/read-hand.js';

/** Least and most notice of an epoch, in seconds. @source AttesterSet.ROTATION_NOTICE */
export const ROTATION_NOTICE_S = { least: 30n * 3_600n, most: 14n * 86_400n } as const;

/** The members of a verifier's next epoch. */
export interface NextSet {
  /** Ascending. */
  readonly members: readonly Address[];
  /** Seconds. */
  readonly activeFrom: bigint;
}

/** Rotations of one verifier that wait in its governor's timelock. */
export interface PendingRotations {
  /** Seconds from a scheduling to its execution; 0 where the governor is no timelock. */
  readonly delayS: bigint;
  /** The first that writes the wanted set alone, with signatures that the verifier takes now. */
  readonly own?: { readonly readyAt: bigint; readonly call: Call };
  /** Those that write another set, or what nobody can read. */
  readonly others: readonly TimelockOperation[];
}

/** Reads the rotations of a verifier that may still be executed, apart by whether they write the wanted set. */
export async function readPendingRotations(target: ActTarget, next: NextSet): Promise<PendingRotations> {
  const { reader, contract, chain } = target;
  const governor = await reader.readContract({ address: contract, abi: attesterSetAbi, functionName: 'governor' });
  const hand = await readHand(reader, address(governor.toLowerCase()));
  if (hand.kind !== 'timelock') return { delayS: 0n, others: [] };
  const pending = await readOperations(reader, hand.at, chain);
  const alive = pending.filter((one) => canRun(one, pending));
  const { timestamp } = await reader.getBlock();
  const others = alive.filter((one) => {
    const rotations = rotationsIn(one, contract);
    return rotations.some((data) => !writes(data, next)) && !rotations.some((data) => isOver(data, timestamp));
  });
  const delayS = BigInt(hand.delayS);
  for (const one of alive) {
    const [data] = rotationsIn(one, contract);
    const isAlone = one.content?.calls.length === 1;
    if (!isAlone || data === undefined || !writes(data, next) || !(await isSigned(target, data))) continue;
    return { delayS, own: { readyAt: one.readyAt, call: { to: contract, data } }, others };
  }
  return { delayS, others };
}

/** Lists the data of an operation's calls that rotate a verifier. */
function rotationsIn({ content }: TimelockOperation, verifier: Address): Hex[] {
  const selector = selectorOf({ place: 'attesters', call: 'rotate' });
  return (content?.calls ?? []).flatMap(({ to, data }) => (to === verifier && data.startsWith(selector) ? [data] : []));
}

type RotationArguments = readonly [readonly Hex[], number, Hex];

/** Undefined for data that cannot be read. */
function argumentsOf(data: Hex): RotationArguments | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: attesterSetAbi, data });
    return functionName === 'rotate' ? args : undefined;
  } catch {
    return undefined;
  }
}

function writes(data: Hex, { members, activeFrom }: NextSet): boolean {
  const [listed, from] = argumentsOf(data) ?? [[], 0];
  return listed.join().toLowerCase() === members.join() && BigInt(from) === activeFrom;
}

/** Returns true for a rotation whose date is too near for its notice: the verifier never takes it any more. */
function isOver(data: Hex, nowS: bigint): boolean {
  const args = argumentsOf(data);
  return args !== undefined && BigInt(args[1]) < nowS + ROTATION_NOTICE_S.least;
}

/** Returns false where the verifier would refuse the signatures now, such as one of a member that was suspended meanwhile. */
async function isSigned({ reader, contract }: ActTarget, data: Hex): Promise<boolean> {
  const args = argumentsOf(data);
  if (args === undefined) return false;
  const set = { address: contract, abi: attesterSetAbi } as const;
  try {
    await reader.readContract({ ...set, functionName: 'rotationContentOf', args });
    return true;
  } catch (failure) {
    const isRefusal = (one: unknown): boolean => one instanceof ContractFunctionRevertedError;
    if (failure instanceof BaseError && failure.walk(isRefusal) !== null) return false;
    throw failure;
  }
}
