import { ENTRY_BYTES, type JournalPosition, type Keccak256, foldJournal } from '@surety/domain';
import type { ChainLog, EntryLocation, LocatedEntries } from '@surety/workflows';
import { chainError } from '../errors.js';
import type { EntryDecoder } from './entry-decoder.js';

/**
 * Rebuilds the entries after a position from ordered logs.
 * @throws BAD_LOGS unless their indices continue from the position without gaps.
 */
export function rebuildEntries(
  logs: readonly ChainLog[],
  after: JournalPosition,
  decoder: EntryDecoder,
): LocatedEntries {
  const packed = new Uint8Array(logs.length * ENTRY_BYTES);
  const locations: EntryLocation[] = [];
  for (const [at, log] of logs.entries()) {
    const entry = decoder.decode(log);
    const expected = after.count + BigInt(at) + 1n;
    if (entry.index !== expected) {
      throw chainError(
        'BAD_LOGS',
        `entry ${entry.index} is given where entry ${expected} follows; one was dropped, doubled or invented`,
      );
    }
    packed.set(entry.packed, at * ENTRY_BYTES);
    const { blockHeight, blockHash, txHash, logIndex } = log;
    locations.push({ index: entry.index, blockHeight, blockHash, txHash, logIndex });
  }
  return { packed, locations };
}

/** Rebuilds the entries between two positions. @throws BAD_LOGS unless they fold from the first to exactly the second. */
export function foldEntries(
  logs: readonly ChainLog[],
  span: { after: JournalPosition; position: JournalPosition },
  tools: { decoder: EntryDecoder; keccak256: Keccak256 },
): LocatedEntries {
  const wanted = span.position.count - span.after.count;
  if (BigInt(logs.length) !== wanted) {
    throw chainError(
      'BAD_LOGS',
      `${logs.length} logs were given; expected the ${wanted} entries that the storage proof shows`,
    );
  }
  const entries = rebuildEntries(logs, span.after, tools.decoder);
  const reached = foldJournal(span.after, entries.packed, tools.keccak256);
  if (reached.head !== span.position.head) {
    throw chainError('BAD_LOGS', `the entries fold to ${reached.head}; expected the proven head ${span.position.head}`);
  }
  return entries;
}
