import type { Bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PriceBoard, PriceReading } from '../ports/price-board.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type PriceStatus, keepPricesFresh } from './keep-prices-fresh.js';

let readings: PriceReading[];
let failure: Error | undefined;
let ledger: FakeLedger;
let clock: FakeClock;
let observer: RecordingObserver;
let reports: PriceStatus[];

const board: PriceBoard = {
  readPrices: () => (failure === undefined ? Promise.resolve(readings) : Promise.reject(failure)),
};

beforeEach(() => {
  readings = [];
  failure = undefined;
  ledger = new FakeLedger({ edge: `0x${'ab'.repeat(32)}` as Bytes32, source: 1, keccak256: (bytes) => bytes });
  clock = new FakeClock();
  observer = new RecordingObserver();
  reports = [];
});

const FAILING = { kind: 'failing', name: 'PriceStale' } as const;

function start(): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const policy = { moveBps: 50, ageShareBps: 5_000, pollIntervalMs: 1_000 };
  const report = (status: PriceStatus): number => reports.push(status);
  const loop = keepPricesFresh({ slots: [1, 2], board, ledger, clock, observer, policy, report }, controller.signal);
  return { stop: () => (controller.abort(), loop) };
}

function reading(slot: number, fed: bigint, fedAt: bigint): PriceReading {
  return {
    slot,
    cached: { price1e12: 100n, confPpm: 0, observedAt: 10n, maxAgeS: 3_600n, failing: false },
    feed: { kind: 'price', price1e12: fed, observedAt: fedAt },
    timestamp: 20n,
  };
}

describe('a price loop', () => {
  it('reports a marked feed once, and continues with the others', async () => {
    const { cached, ...rest } = reading(1, 1n, 1n);
    const marked: PriceReading = { ...rest, cached: { ...cached, failing: true }, feed: FAILING };
    readings = [marked, reading(2, 200n, 15n)];
    const loop = start();
    await clock.advance(5_000);
    await loop.stop();
    expect(observer.named('feeds-stuck')).toHaveLength(1);
    expect(ledger.poked[0]).toEqual([2]);
    expect(reports.at(-1)).toMatchObject({ stuckSlots: [1], problem: null });
  });

  it('has a failing feed marked, and rests where that changes nothing', async () => {
    readings = [{ ...reading(1, 1n, 1n), feed: FAILING }];
    const loop = start();
    await clock.advance(58_000);
    expect(ledger.poked).toEqual([[1]]);
    await clock.advance(4_000);
    await loop.stop();
    expect(ledger.poked).toEqual([[1], [1]]);
  });

  it('takes the answer of a feed that failed a moment ago at once, and not each one of a feed that fails at every other pass', async () => {
    const { cached, ...rest } = reading(1, 50n, 15n);
    const failing: PriceReading = { ...rest, cached, feed: FAILING };
    const answering: PriceReading = { ...rest, cached: { ...cached, failing: true } };
    readings = [failing];
    const loop = start();
    await clock.advance(500);
    expect(ledger.poked).toEqual([[1]]);
    readings = [answering];
    await clock.advance(1_000);
    expect(ledger.poked).toEqual([[1], [1]]);
    readings = [failing];
    await clock.advance(56_000);
    expect(ledger.poked).toHaveLength(2);
    await clock.advance(5_000);
    await loop.stop();
    expect(ledger.poked).toHaveLength(3);
  });

  it('has a move of an earlier time told as doubt, and rests where that changes nothing', async () => {
    readings = [reading(1, 50n, 9n)];
    const loop = start();
    await clock.advance(58_000);
    expect(ledger.poked).toEqual([[1]]);
    readings = [{ ...reading(1, 60n, 15n) }];
    await clock.advance(1_000);
    expect(ledger.poked.length).toBeGreaterThan(1);
    await loop.stop();
  });

  it('rests after each of both where a feed fails and has doubt by turns, and not for the other', async () => {
    const turns: PriceReading[] = [{ ...reading(1, 1n, 1n), feed: FAILING }, reading(1, 50n, 9n)];
    const loop = start();
    for (let pass = 0; pass < 28; pass++) {
      readings = turns.slice(pass % 2, (pass % 2) + 1);
      await clock.advance(2_000);
    }
    expect(ledger.poked).toEqual([[1], [1]]);
    await clock.advance(10_000);
    await loop.stop();
    expect(ledger.poked).toHaveLength(3);
  });

  it('backs off while the chain is silent, and recovers', async () => {
    failure = silentChain();
    readings = [reading(1, 200n, 15n)];
    clock.setBack(86_400_000);
    const loop = start();
    await clock.advance(0);
    expect(reports.at(-1)).toMatchObject({ problem: { code: 'RPC_UNAVAILABLE' }, passedAtMs: clock.elapsedMs() });
    expect(ledger.distrusted).toBe(1);
    failure = undefined;
    await clock.advance(2_000);
    await loop.stop();
    expect(ledger.poked).toEqual([[1]]);
    expect(reports.at(-1)?.problem).toBeNull();
    expect(clock.elapsedMs() - (reports.at(-1)?.passedAtMs ?? 0)).toBeLessThanOrEqual(2_000);
  });

  it('reports a poke that the chain rejects', async () => {
    readings = [reading(1, 200n, 15n)];
    ledger.poke = () => Promise.resolve({ kind: 'refused', name: 'REVERTED', detail: 'no' });
    const loop = start();
    await clock.advance(0);
    await loop.stop();
    expect(reports.at(-1)?.problem?.code).toBe('POKE_REFUSED');
  });

  it('sends nothing while no price moves', async () => {
    readings = [reading(1, 100n, 15n), reading(2, 100n, 10n)];
    const loop = start();
    await clock.advance(10_000);
    await loop.stop();
    expect(ledger.poked).toEqual([]);
  });

  it('pauses a slot that the risk manager skips, longer each time, and resumes once it is accepted', async () => {
    readings = [reading(1, 200n, 15n), reading(2, 300n, 15n)];
    ledger.skipping.add(2);
    const loop = start();
    await clock.advance(0);
    readings = [
      {
        ...reading(1, 200n, 15n),
        cached: { price1e12: 200n, confPpm: 0, observedAt: 15n, maxAgeS: 3_600n, failing: false },
      },
      reading(2, 300n, 15n),
    ];
    await clock.advance(58_000);
    expect(ledger.poked).toEqual([[1, 2]]);
    expect(reports.at(-1)?.stuckSlots).toEqual([2]);
    await clock.advance(4_000);
    expect(ledger.poked).toEqual([[1, 2], [2]]);
    await clock.advance(110_000);
    expect(ledger.poked).toHaveLength(2);
    ledger.skipping.delete(2);
    await clock.advance(12_000);
    expect(ledger.poked.length).toBeGreaterThanOrEqual(3);
    const taken = ledger.poked.length;
    await clock.advance(3_000);
    expect(ledger.poked.length).toBe(taken + 3);
    await loop.stop();
  });
});
