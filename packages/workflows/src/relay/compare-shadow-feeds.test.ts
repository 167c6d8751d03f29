import { address, bytes32 } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShadowReading, UnseenOperation } from '../ports/price-board.js';
import { FailingLoops } from '../running/failing-loops.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type ShadowDoubt, compareShadowFeeds } from './compare-shadow-feeds.js';

const FEED = address(`0x${'fe'.repeat(20)}`);
const MINUTE_MS = 60_000;

let readings: ShadowReading[];
let unseen: UnseenOperation[];
let failure: Error | undefined;
let clock: FakeClock;
let observer: RecordingObserver;
let reports: (readonly ShadowDoubt[])[];
let stop: () => Promise<void>;

beforeEach(() => {
  [readings, unseen, failure, reports] = [[], [], undefined, []];
  [clock, observer] = [new FakeClock(), new RecordingObserver()];
  const controller = new AbortController();
  const board = {
    readShadows: () => (failure === undefined ? Promise.resolve({ readings, unseen }) : Promise.reject(failure)),
  };
  const report = (doubted: readonly ShadowDoubt[]): unknown => reports.push(doubted);
  const loop = compareShadowFeeds(
    { board, clock, observer, failingLoops: new FailingLoops(clock), report },
    controller.signal,
  );
  stop = () => (controller.abort(), loop);
});

afterEach(() => stop());

const waiting = (price1e12: bigint, counted1e12 = 1_000_000n): ShadowReading => {
  const price = { kind: 'price', price1e12, observedAt: 1n } as const;
  return { slot: 3, feed: FEED, readyAt: 1_800_000_000n, price, counted1e12 };
};
const apart = (): unknown[] => (reports.at(-1) ?? []).map((one) => ('apart' in one ? one.apart : one.operation));

/** Lets the next comparison, a minute later, see some feeds. */
async function compare(...seen: ShadowReading[]): Promise<unknown[]> {
  readings = seen;
  await clock.advance(MINUTE_MS);
  return apart();
}

describe('a feed that waits for a slot', () => {
  it('is doubted more than a fiftieth off the price that counts, above or below, and not at it', async () => {
    expect(await compare(waiting(1_020_000n), waiting(980_000n), waiting(1_000_000n))).toEqual([]);
    expect(await compare(waiting(1_020_001n), waiting(979_999n))).toEqual([{ ppm: 20_001n }, { ppm: 20_001n }]);
    expect(await compare(waiting(1n))).toEqual([{ ppm: 999_999n }]);
    // Rounded up: a part of a millionth is off, too.
    expect(await compare(waiting(10_200_001n, 10_000_000n))).toEqual([{ ppm: 20_001n }]);
  });

  it('is doubted if it gives no price, and not if its slot has none', async () => {
    const failing = { ...waiting(1n), price: { kind: 'failing', name: 'PriceStale' } } as const;
    expect(await compare(failing, waiting(5n, 0n))).toEqual([{ failing: 'PriceStale' }]);
  });

  it('is told once while its distance moves, and again after it had come near', async () => {
    const told = () => observer.named('feed-shadow').map(({ fields }) => fields['apart_ppm'] ?? fields['code']);
    await compare(waiting(2_000_000n));
    await compare(waiting(2_100_000n));
    expect(told()).toEqual([1_000_000n]);
    expect(observer.named('feed-shadow')[0]).toMatchObject({
      level: 'warn',
      fields: { slot: 3, feed: FEED, ready_at: 1_800_000_000n },
    });
    await compare(waiting(1_000_000n));
    await compare(waiting(500_000n));
    expect(told()).toEqual([1_000_000n, 500_000n]);
  });

  it('is doubted as an operation whose calls nobody could see, and told once', async () => {
    const operation = bytes32(`0x${'0b'.repeat(32)}`);
    unseen = [{ operation, readyAt: 1_800_000_000n }];
    expect(await compare(waiting(1_000_000n))).toEqual([operation]);
    await compare();
    expect(observer.named('feed-shadow')).toMatchObject([
      { level: 'warn', fields: { operation, ready_at: 1_800_000_000n } },
    ]);
  });

  it('stays doubted while nobody answers, and is forgotten once it no longer waits', async () => {
    await compare(waiting(2_000_000n));
    failure = new Error('no provider answers');
    expect(await compare()).toEqual([{ ppm: 1_000_000n }]);
    expect(observer.named('shadows-unread')).toHaveLength(1);
    failure = undefined;
    expect(await compare()).toEqual([]);
  });
});
