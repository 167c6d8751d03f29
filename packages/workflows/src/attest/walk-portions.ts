import { cutsBetween, foldHeads } from '@surety/domain';
import type { JournalCursor } from '../ports/attestation-log.js';
import type { FinalBlock, LocatedEntries } from '../ports/origin-chain.js';
import type { AttestPorts } from './attest-ports.js';
import { attestError } from './errors.js';

/**
 * Reads a journal in portions towards a final block too far ahead for one frame, and stores each portion with its cuts,
 * without signing anything. After an interruption the next call continues. Returns the end of the last portion.
 * @throws whatever reading or storing throws.
 */
export async function walkPortions(
  ports: Pick<AttestPorts, 'chain' | 'journal' | 'frameLength' | 'log' | 'observer' | 'keccak256'>,
  way: { readonly from: JournalCursor; readonly block: FinalBlock },
  signal: AbortSignal,
): Promise<JournalCursor> {
  const { chain, journal, frameLength, observer } = ports;
  const { from, block } = way;
  const start = { journal, after: from.position, afterBlock: from.height };
  const waypoints = await chain.readWaypoints({ ...start, block, stride: frameLength }, signal);
  let cursor = from;
  for (const to of waypoints) {
    const span = { journal, after: cursor.position, afterBlock: cursor.height, to };
    const entries = await chain.readPortion(span, signal);
    const { timestamp } = await chain.readFinalBlock(to.height, signal);
    const next = { ...cursor, position: to.position, height: to.height, timestamp };
    cursor = await storeWalked(ports, cursor, { cursor: next, entries });
  }
  observer.observe({
    name: 'portions-walked',
    level: 'info',
    fields: {
      chain_id: chain.chainId,
      edge: journal.edgeId,
      portions: waypoints.length,
      count: cursor.position.count - from.position.count,
      height: cursor.height,
    },
  });
  return cursor;
}

/**
 * Stores entries that lead from a cursor to a later one, with the cuts between them, without signing anything. Returns
 * the later cursor.
 */
export async function storeWalked(
  { log, keccak256 }: Pick<AttestPorts, 'log' | 'keccak256'>,
  from: JournalCursor,
  walked: { readonly cursor: JournalCursor; readonly entries: LocatedEntries },
): Promise<JournalCursor> {
  const { cursor, entries } = walked;
  const { count: before } = from.position;
  const heads = foldHeads(from.position, entries.packed, keccak256);
  const cuts = cutsBetween(before, cursor.position.count).map((count) => {
    const head = heads[Number(count - before) - 1];
    if (head === undefined) throw attestError('FRAME_BROKEN', `no entry that was walked leads to count ${count}`);
    return { count, head };
  });
  await log.commit({ cursor, from: before, entries, signed: [], cuts });
  return cursor;
}
