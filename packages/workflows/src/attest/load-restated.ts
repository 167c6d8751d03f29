import { AppError, type JournalPosition } from '@surety/domain';
import type { AttestPorts } from './attest-step.js';
import { RESTATED_CUTS_MAX } from './limits.js';

/**
 * Gives the cuts to state again: the newest ones, which cover far more than 30 days, and where there are more than those
 * also the first ones above the replica's count, which it needs next. Without the replica's count the newest must do.
 * None is past `reached`: where a second copy of the process, or one before a power failure, got further, those are stated in
 * their turn.
 */
export async function loadRestated(
  ports: Pick<AttestPorts, 'log' | 'journal' | 'chain' | 'observer' | 'readReplicaCount'>,
  reached: bigint,
  signal: AbortSignal,
): Promise<readonly JournalPosition[]> {
  const cuts = await loadCuts(ports, signal);
  return cuts.filter((cut) => cut.count <= reached);
}

async function loadCuts(
  ports: Parameters<typeof loadRestated>[0],
  signal: AbortSignal,
): Promise<readonly JournalPosition[]> {
  const { log, journal, chain, observer } = ports;
  const newest = await log.loadCuts(journal.edgeId, RESTATED_CUTS_MAX);
  if (newest.length < RESTATED_CUTS_MAX) return newest;
  try {
    const count = await ports.readReplicaCount(signal);
    const next = await log.loadCutsAbove(journal.edgeId, count, RESTATED_CUTS_MAX);
    const first = newest[0]?.count ?? 0n;
    return [...next.filter((cut) => cut.count < first), ...newest];
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'UNKNOWN';
    observer.observe({
      name: 'replica-unread',
      level: 'warn',
      fields: { chain_id: chain.chainId, edge: journal.edgeId, code },
    });
    return newest;
  }
}
