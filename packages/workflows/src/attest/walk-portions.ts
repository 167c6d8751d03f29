import { cutsBetween, foldHeads } from '@surety/domain';
import type { JournalCursor } from '../ports/attestation-log.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { AttestPorts } from './attest-step.js';
import { attestError } from './errors.js';

/**
 * Walks a journal over more entries than one frame can take, towards a final block far ahead, and stores each portion with
 * its cuts; nothing is signed for them. Interrupted anywhere, the next walk continues. Gives where the last one ends.
 * @throws whatever reading or storing throws.
 */
export async function walkPortions(
  ports: Pick<AttestPorts, 'chain' | 'journal' | 'frameLength' | 'log' | 'observer' | 'keccak256'>,
  way: { readonly from: JournalCursor; readonly block: FinalBlock },
  signal: AbortSignal,
): Promise<JournalCursor> {
  const { chain, journal, frameLength, log, observer, keccak256 } = ports;
  const { from, block } = way;
  const start = { journal, after: from.position, afterBlock: from.height };
  const waypoints = await chain.readWaypoints({ ...start, block, stride: frameLength }, signal);
  let cursor = from;
  for (const to of waypoints) {
    const span = { journal, after: cursor.position, afterBlock: cursor.height, to };
    const entries = await chain.readPortion(span, signal);
    const heads = foldHeads(cursor.position, entries.packed, keccak256);
    const cuts = cutsBetween(cursor.position.count, to.position.count).map((count) => {
      const head = heads[Number(count - cursor.position.count) - 1];
      if (head === undefined) throw attestError('FRAME_BROKEN', `no entry of a portion leads to count ${count}`);
      return { count, head };
    });
    const { timestamp } = await chain.readFinalBlock(to.height, signal);
    const next = { edge: journal.edgeId, position: to.position, height: to.height, timestamp };
    await log.commit({ cursor: next, from: cursor.position.count, entries, signed: [], cuts });
    cursor = next;
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
