import { collateralVaultAbi, suretyTimelockAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, bytes32 } from '@surety/domain';
import { getAbiItem, parseEventLogs } from 'viem';
import type { ActTarget } from '../acts/find-target.js';

/** Longest time between the scheduling of an operation and its end, in seconds. @source SuretyTimelock.DELAY_MAX + GRACE */
const OPERATION_LIFE_S = 44n * 86_400n;
const EVENTS = [
  getAbiItem({ abi: collateralVaultAbi, name: 'LimitsSet' }),
  getAbiItem({ abi: suretyTimelockAbi, name: 'CallScheduled' }),
  getAbiItem({ abi: suretyTimelockAbi, name: 'CallExecuted' }),
] as const;

/** Limits of an asset of a vault that an older operation wrote over. */
export interface OverwrittenLimits {
  /** The operation, which had waited since before they were set. */
  readonly by: Bytes32;
  /** Millionths, and thousandths a day. */
  readonly min: bigint;
  readonly limit: bigint;
}

/**
 * Finds the minimum and limit of an asset that its vault held until an operation scheduled before they were set put other ones back; none
 * if they were set again since, or longer ago than an operation lives. Only logs tell it: the vault holds what the operation left.
 */
export async function findOverwritten(
  { reader, chain }: Pick<ActTarget, 'reader' | 'chain'>,
  { vault, timelock }: { readonly vault: Address; readonly timelock: Address },
  asset: number,
): Promise<OverwrittenLimits | undefined> {
  const newest = await reader.getBlock();
  const range = BigInt(chain.limits.logRangeMax);
  const seen: SettingLog[] = [];
  for (let to = newest.number; ; to -= range) {
    const from = to < range ? 0n : to - range + 1n;
    const raw = await reader.getLogs({ address: [vault, timelock], events: EVENTS, fromBlock: from, toBlock: to });
    seen.push(...parseEventLogs({ abi: EVENTS, logs: raw }).toReversed());
    const story = judge(seen, asset);
    if (story !== 'unknown') return story;
    const isSet = seen.some((log) => isSetting(log, asset));
    const since = newest.timestamp - (isSet ? 2n : 1n) * OPERATION_LIFE_S;
    if (from === 0n || (await reader.getBlock({ blockNumber: from })).timestamp < since) return undefined;
  }
}

type SettingLog = ReturnType<typeof parseEventLogs<typeof EVENTS>>[number];

function isSetting(log: SettingLog, asset: number): log is Extract<SettingLog, { eventName: 'LimitsSet' }> {
  return log.eventName === 'LimitsSet' && log.args.asset === asset;
}

/** Says what was written over, from logs with the newest first; `unknown` until they reach far enough back. */
function judge(seen: readonly SettingLog[], asset: number): OverwrittenLimits | undefined | 'unknown' {
  const settings = seen.filter((log) => isSetting(log, asset));
  const [last] = settings;
  if (last === undefined) return 'unknown';
  const id = operationOf(seen, last);
  // A governor that is no timelock keeps nothing back.
  if (id === undefined) return undefined;
  const before = settings.find((one) => operationOf(seen, one) !== id);
  const scheduledAt = seen.findIndex((log) => log.eventName === 'CallScheduled' && log.args.id === id);
  if (before === undefined || (scheduledAt !== -1 && scheduledAt < seen.indexOf(before))) {
    return scheduledAt === -1 ? 'unknown' : undefined;
  }
  const { min, limit } = before.args;
  return min === last.args.min && limit === last.args.limit ? undefined : { by: bytes32(id), min, limit };
}

/** Returns the operation that made a setting: a timelock tells of each call right after it. Anyone may execute several in one transaction. */
function operationOf(seen: readonly SettingLog[], setting: SettingLog): Hex | undefined {
  const later = seen.slice(0, seen.indexOf(setting));
  const executed = later.findLast((log) => log.eventName === 'CallExecuted');
  return executed?.transactionHash === setting.transactionHash ? executed?.args.id : undefined;
}
