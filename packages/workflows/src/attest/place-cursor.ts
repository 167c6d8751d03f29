import { blockHeight, emptyJournal, frameAtOrBelow } from '@surety/domain';
import type { JournalCursor, SigningName } from '../ports/attestation-log.js';
import type { AttestPorts } from './attest-ports.js';
import { attestError } from './errors.js';

/** The start of a step. */
export interface StepPlace {
  readonly from: JournalCursor;
  /** Entries that the replica has taken. */
  readonly replicaCount: bigint;
}

/**
 * Returns where the next step begins, and under which name, read at a final block of the replica's chain by a quorum of
 * its providers. If the name has changed, the log is dropped and the journal read again from its first block, because
 * the verified part may be on a lost fork. Returns undefined while that block is not final yet.
 * @throws EDGE_REWINDING (retryable), and errors of reading.
 */
export async function placeCursor(
  ports: AttestPorts,
  at: { readonly stored: JournalCursor | undefined; readonly tipHeight: bigint },
  signal: AbortSignal,
): Promise<StepPlace | undefined> {
  const { journal, chain, log, observer } = ports;
  const { stored, tipHeight } = at;
  const { name, count: replicaCount, isRewinding } = await ports.readReplica(signal);
  if (isRewinding) {
    throw attestError(
      'EDGE_REWINDING',
      `the replica of edge ${journal.edgeId} is being rewound and takes no statement under ${name}; nothing is signed for it until it opens under its next name`,
      { edge: journal.edgeId },
    );
  }
  await ports.confirmHistory(name);
  if (stored?.signing.name === name) return { from: stored, replicaCount };
  if (stored === undefined && name === journal.edgeId) {
    const from = await firstCursor(ports, { name, height: 0n, timestamp: 0n }, signal);
    return from && { from, replicaCount };
  }
  const { height, timestamp } = await chain.readFinalBlock(blockHeight(tipHeight), signal);
  const from = await firstCursor(ports, { name, height, timestamp }, signal);
  if (from === undefined) return undefined;
  await log.begin(from);
  observer.observe({
    name: 'edge-renamed',
    level: 'warn',
    fields: { chain_id: chain.chainId, edge: journal.edgeId, name, height },
  });
  return { from, replicaCount };
}

/** Returns a cursor in front of the journal's first frame; none while that block is not final yet. */
async function firstCursor(
  { journal, chain, frameLength, keccak256 }: AttestPorts,
  signing: SigningName,
  signal: AbortSignal,
): Promise<JournalCursor | undefined> {
  const below = journal.fromBlock === 0n ? 0n : journal.fromBlock - 1n;
  const first = blockHeight(frameAtOrBelow(below, frameLength));
  if ((await chain.readFinalTip(signal)).height < first) return undefined;
  const { height, timestamp } = await chain.readFinalBlock(first, signal);
  const position = emptyJournal(journal.edge, keccak256);
  return { edge: journal.edgeId, signing, position, height, timestamp };
}
