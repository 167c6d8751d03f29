import type { JournalPosition } from '@surety/domain';
import type { AttestPorts } from './attest-ports.js';
import { RESTATED_CUTS_MAX } from './limits.js';

/**
 * Returns the cuts to restate: the newest ones, which cover far more than 30 days, and if there are more, also the
 * first ones above the replica's count, which it needs next. None is above `reached`: a second copy of the process, or
 * a run before a power failure, may have reached more cuts, and those are stated when this process gets there.
 */
export async function loadRestated(
  { log, journal }: Pick<AttestPorts, 'log' | 'journal'>,
  at: { readonly reached: bigint; readonly replicaCount: bigint },
): Promise<readonly JournalPosition[]> {
  const newest = await log.loadCuts(journal.edgeId, RESTATED_CUTS_MAX);
  const first = newest.length < RESTATED_CUTS_MAX ? 0n : (newest[0]?.count ?? 0n);
  const next = first === 0n ? [] : await log.loadCutsAbove(journal.edgeId, at.replicaCount, RESTATED_CUTS_MAX);
  return [...next.filter((cut) => cut.count < first), ...newest].filter((cut) => cut.count <= at.reached);
}
