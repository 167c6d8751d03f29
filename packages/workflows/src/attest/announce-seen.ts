import { AppError, ENTRY_BYTES, type StatementDomain } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { AggregatorApi } from '../ports/aggregator-api.js';
import type { AttestationLog } from '../ports/attestation-log.js';
import type { Attester } from '../ports/attester.js';
import type { Observer } from '../ports/observer.js';
import type { JournalSpec, LocatedEntries, OriginChain } from '../ports/origin-chain.js';
import type { Bell } from '../running/bell.js';
import { ENTRIES_PER_POST, SEEN_ENTRIES_MAX } from './limits.js';

/** Ports of {@link announceSeen}. */
export interface AnnounceSeenOptions {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly domain: StatementDomain;
  readonly attester: Attester;
  readonly log: AttestationLog;
  readonly observer: Observer;
  readonly aggregators: readonly AggregatorApi[];
  readonly heads: Bell;
  /**
   * True once the journal is verified up to the newest final frame. Before that, the number of entries ahead is
   * unbounded.
   */
  readonly isCurrent: () => boolean;
}

/**
 * Announces at each new head which unverified entries it has, for display only. A head without an announced entry withdraws it.
 * Best effort: a failure is reported and repaired at the next head.
 */
export async function announceSeen(options: AnnounceSeenOptions, signal: AbortSignal): Promise<void> {
  const told = new Map<AggregatorApi, readonly string[]>();
  while (!signal.aborted) {
    const rings = options.heads.rings;
    try {
      const seen = await readSeen(options, signal);
      if (seen !== undefined) {
        await Promise.all(options.aggregators.map((aggregator) => tell(options, { aggregator, seen, told }, signal)));
      }
    } catch (error) {
      if (!signal.aborted) observeFailure(options, 'seen-unread', error);
    }
    await options.heads.waitPast(rings, signal);
  }
}

interface Seen {
  readonly from: bigint;
  readonly entries: LocatedEntries;
  /** One key per entry, which changes with the entry or its location. */
  readonly keys: readonly string[];
}

async function readSeen(options: AnnounceSeenOptions, signal: AbortSignal): Promise<Seen | undefined> {
  const { chain, journal, log } = options;
  if (!options.isCurrent()) return undefined;
  const cursor = await log.loadCursor(journal.edgeId);
  if (cursor === undefined) return undefined;
  const found = await chain.readSeen({ journal, after: cursor.position, afterBlock: cursor.height }, signal);
  const entries = slice(found, { from: 0, to: SEEN_ENTRIES_MAX });
  const keys = entries.locations.map(
    ({ index, blockHash, txHash, logIndex }) => `${index}:${blockHash}:${txHash}:${logIndex}`,
  );
  return { from: cursor.position.count, entries, keys };
}

async function tell(
  options: AnnounceSeenOptions,
  at: { aggregator: AggregatorApi; seen: Seen; told: Map<AggregatorApi, readonly string[]> },
  signal: AbortSignal,
): Promise<void> {
  const { aggregator, seen, told } = at;
  const before = told.get(aggregator) ?? [];
  const known = new Set(before);
  const firstNew = seen.keys.findIndex((key) => !known.has(key));
  const end = seen.from + BigInt(seen.keys.length);
  const withdraws = firstNew === -1 && before.some((key) => BigInt(key.slice(0, key.indexOf(':'))) > end);
  if (firstNew === -1 && !withdraws) return;
  try {
    // A batch without entries withdraws: it states that nothing follows the first `end` entries.
    for (
      let first = withdraws ? seen.keys.length : firstNew;
      first < seen.keys.length + (withdraws ? 1 : 0);
      first += ENTRIES_PER_POST
    ) {
      const entries = slice(seen.entries, { from: first, to: first + ENTRIES_PER_POST });
      const from = seen.from + BigInt(first);
      const { edgeId } = options.journal;
      const signature = await options.attester.signPosted(
        { edge: edgeId, from, packed: entries.packed, stage: 'seen' },
        options.domain,
      );
      const outcome = await aggregator.postEntries(
        { edge: edgeId, from, entries, stage: 'seen', poster: options.attester.address, signature },
        signal,
      );
      crashPoint('watcher.seen.posted');
      if (outcome.kind === 'refused') throw new AppError({ code: outcome.code, message: outcome.detail });
    }
    told.set(aggregator, seen.keys);
  } catch (error) {
    if (!signal.aborted) observeFailure(options, 'seen-untold', error);
  }
}

function slice(entries: LocatedEntries, range: { from: number; to: number }): LocatedEntries {
  return {
    packed: entries.packed.subarray(range.from * ENTRY_BYTES, range.to * ENTRY_BYTES),
    locations: entries.locations.slice(range.from, range.to),
  };
}

function observeFailure(options: AnnounceSeenOptions, name: string, error: unknown): void {
  options.observer.observe({
    name,
    level: 'debug',
    fields: {
      chain_id: options.chain.chainId,
      edge: options.journal.edgeId,
      code: error instanceof AppError ? error.code : 'UNKNOWN',
    },
  });
}
