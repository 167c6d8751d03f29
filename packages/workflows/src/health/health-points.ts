import type { Bytes32 } from '@surety/domain';
import { HEALTH_POINTS_KEPT_S } from './limits.js';

/** The maintenance margin of an account at one final block. */
export interface HealthPoint {
  readonly account: Bytes32;
  /** At the maintenance grade, 18 decimals. A requirement of 0 is the end of a debt. */
  readonly assets: bigint;
  readonly requirement: bigint;
  readonly height: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
}

/** The health of accounts over time. It rests on prices of earlier blocks, so that it cannot be rebuilt from the chains. */
export interface HealthPointStore {
  /** Returns the newest point of each of some accounts that has one, in any order. */
  loadLastPoints(accounts: readonly Bytes32[]): Promise<readonly HealthPoint[]>;
  /** Returns points of an account from before a time in seconds, newest first, at most `limit`. */
  loadPoints(account: Bytes32, before: bigint | undefined, limit: number): Promise<readonly HealthPoint[]>;
  /** Writes points in one transaction, of two of an account at one second the later, and drops those points of the same accounts that are from before `keptFrom`, in seconds. */
  savePoints(points: readonly HealthPoint[], keptFrom: bigint): Promise<void>;
}

/** One point is more than 1/100 above or below the one before it. */
const MOVED_PARTS = 100n;

/** Notes those accounts, judged at one block, whose health has moved by more than a hundredth since it was last noted. */
export async function noteHealth(
  store: Pick<HealthPointStore, 'loadLastPoints' | 'savePoints'>,
  judged: readonly HealthPoint[],
): Promise<void> {
  const known = await store.loadLastPoints(judged.map(({ account }) => account));
  const last = new Map(known.map((point) => [point.account, point]));
  const moved = judged.filter((point) => hasMoved(last.get(point.account), point));
  const [first] = moved;
  if (first !== undefined) await store.savePoints(moved, first.timestamp - HEALTH_POINTS_KEPT_S);
}

function hasMoved(before: HealthPoint | undefined, now: HealthPoint): boolean {
  const owed = before?.requirement ?? 0n;
  if (before === undefined || owed === 0n || now.requirement === 0n) return owed !== now.requirement;
  // Both healths times both requirements.
  const was = before.assets * now.requirement;
  const is = now.assets * owed;
  return (was > is ? was - is : is - was) * MOVED_PARTS > was;
}
