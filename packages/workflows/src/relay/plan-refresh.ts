import { mulDivDown } from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { ReplicaPosition } from '../ports/ledger.js';

/** A replica, the statements for its count, and its maximum age. */
export interface RefreshPlanInput {
  readonly replica: ReplicaPosition;
  readonly attested: readonly AttestedStatement[];
  /** Share of `staleAfter`, in basis points, from which a heartbeat is posted. */
  readonly shareBps: number;
}

/** Returns the age of a replica in seconds, 0 if its `asOf` is ahead of the block that was read. */
export function replicaAge(replica: ReplicaPosition): bigint {
  return replica.timestamp > replica.asOf ? replica.timestamp - replica.asOf : 0n;
}

/** True if a replica is old enough for a heartbeat. */
export function needsRefresh(replica: ReplicaPosition, shareBps: number): boolean {
  return replica.asOf > 0n && replicaAge(replica) >= mulDivDown(replica.staleAfterS, BigInt(shareBps), 10_000n);
}

/**
 * Chooses the newest statement of the replica's own position, if the replica is old enough and it brings a newer time.
 * Never one for another (count, head), or for a cut: the ledger accepts neither as a heartbeat.
 */
export function planRefresh(input: RefreshPlanInput): AttestedStatement | undefined {
  const { replica } = input;
  if (!needsRefresh(replica, input.shareBps)) return undefined;
  let best: AttestedStatement | undefined;
  for (const attested of input.attested) {
    const { count, tip, head, asOf, edge } = attested.statement;
    if (edge !== replica.edge || count !== replica.count || tip !== count || head !== replica.head) continue;
    if (asOf > (best?.statement.asOf ?? replica.asOf)) best = attested;
  }
  return best;
}
