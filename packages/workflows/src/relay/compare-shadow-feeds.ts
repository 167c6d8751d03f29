import { mulDivUp } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { ObservedEvent, Observer } from '../ports/observer.js';
import type { ShadowBoard, ShadowFeeds, ShadowReading, UnseenOperation } from '../ports/price-board.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { failureOf } from '../running/failure-detail.js';
import { keepRunning } from '../running/keep-running.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Parts per million by which a feed may lie off the price that it will replace: the usual spread of two sources. */
export const SHADOW_APART_PPM = 20_000n;
/** Milliseconds between two comparisons: a feed waits at least seven days. */
const COMPARE_PAUSE_MS = 60_000;
const PPM = 1_000_000n;

/** A feed that waits for a slot, and lies off the price that counts or gives none. */
export interface DoubtedFeed {
  readonly slot: number;
  readonly feed: ShadowReading['feed'];
  readonly readyAt: bigint;
  /** Parts per million of the price that counts, or the error of the feed. */
  readonly apart: { readonly ppm: bigint } | { readonly failing: string };
}

/** A feed to look at before it takes over, or an operation that may list one. */
export type ShadowDoubt = DoubtedFeed | UnseenOperation;

/** Ports of {@link compareShadowFeeds}. */
export interface CompareShadowFeedsDeps {
  readonly board: ShadowBoard;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Called after each comparison. */
  readonly report: (doubted: readonly ShadowDoubt[]) => unknown;
}

/**
 * Compares feeds that wait in a timelock with the prices that they will replace, until the signal aborts. A feed that was set up
 * wrongly shows itself while it can still be cancelled. Each is told once, and again when it is told apart from before. An operation
 * that a provider cannot show is doubted like a wrong feed: nobody compared it.
 */
export async function compareShadowFeeds(
  deps: CompareShadowFeedsDeps & NotesFailing,
  signal: AbortSignal,
): Promise<void> {
  const { board, clock, observer, report } = deps;
  let told: ReadonlySet<string> = new Set();
  await keepRunning(
    {
      step: async () => {
        const doubted = doubtsOf(await board.readShadows(signal));
        const names = new Set(doubted.map(nameOf));
        for (const one of doubted) if (!told.has(nameOf(one))) tell(observer, one);
        told = names;
        report(doubted);
      },
      pauseMs: (failures) => relayPauseMs(COMPARE_PAUSE_MS, failures),
      failure: {
        name: 'shadows-unread',
        describe: (error) => failureOf(error),
        level: () => 'warn',
      },
      clock,
      observer,
      failingLoops: deps.failingLoops,
    },
    signal,
  );
}

function doubtsOf({ readings, unseen }: ShadowFeeds): readonly ShadowDoubt[] {
  return [...readings.flatMap(doubtOf), ...unseen];
}

function doubtOf({ slot, feed, readyAt, price, counted1e12 }: ShadowReading): readonly DoubtedFeed[] {
  if (price.kind === 'failing') return [{ slot, feed, readyAt, apart: { failing: price.name } }];
  // A slot without a price is new: there is nothing to compare with.
  if (counted1e12 === 0n) return [];
  const { price1e12 } = price;
  const apart = price1e12 > counted1e12 ? price1e12 - counted1e12 : counted1e12 - price1e12;
  const ppm = mulDivUp(apart, PPM, counted1e12);
  return ppm > SHADOW_APART_PPM ? [{ slot, feed, readyAt, apart: { ppm } }] : [];
}

/** The same for every distance: prices move, and the same feed is told once. */
function nameOf(doubt: ShadowDoubt): string {
  if ('operation' in doubt) return doubt.operation;
  const { slot, feed, apart } = doubt;
  return `${slot}|${feed}|${'failing' in apart ? apart.failing : 'apart'}`;
}

function tell(observer: Observer, doubt: ShadowDoubt): void {
  observer.observe({ name: 'feed-shadow', level: 'warn', fields: { ready_at: doubt.readyAt, ...fieldsOf(doubt) } });
}

function fieldsOf(doubt: ShadowDoubt): ObservedEvent['fields'] {
  if ('operation' in doubt) return { operation: doubt.operation };
  const { slot, feed, apart } = doubt;
  return { slot, feed, ...('failing' in apart ? { code: apart.failing } : { apart_ppm: apart.ppm }) };
}
