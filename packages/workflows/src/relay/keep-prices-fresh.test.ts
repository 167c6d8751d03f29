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
    cached: { price1e12: 100n, observedAt: 10n, maxAgeS: 3_600n },
    feed: { kind: 'price', price1e12: fed, observedAt: fedAt },
    timestamp: 20n,
  };
}

describe('a price loop', () => {
  it('tells a failing feed once, and goes on with the others', async () => {
    readings = [{ ...reading(1, 1n, 1n), feed: { kind: 'failing', name: 'PriceStale' } }, reading(2, 200n, 15n)];
    const loop = start();
    await clock.advance(5_000);
    await loop.stop();
    expect(observer.named('feeds-stuck')).toHaveLength(1);
    expect(ledger.poked[0]).toEqual([2]);
    expect(reports.at(-1)).toMatchObject({ stuckSlots: [1], problem: null });
  });

  it('backs off while the chain is silent, and recovers', async () => {
    failure = silentChain();
    readings = [reading(1, 200n, 15n)];
    const loop = start();
    await clock.advance(0);
    expect(reports.at(-1)?.problem?.code).toBe('RPC_UNAVAILABLE');
    expect(ledger.distrusted).toBe(1);
    failure = undefined;
    await clock.advance(2_000);
    await loop.stop();
    expect(ledger.poked).toEqual([[1]]);
    expect(reports.at(-1)?.problem).toBeNull();
  });

  it('reports a poke that the chain refuses', async () => {
    readings = [reading(1, 200n, 15n)];
    ledger.poke = () => Promise.resolve({ kind: 'refused', name: 'REVERTED', detail: 'no' });
    const loop = start();
    await clock.advance(0);
    await loop.stop();
    expect(reports.at(-1)?.problem?.code).toBe('POKE_REFUSED');
  });

  it('sends nothing while nothing moves', async () => {
    readings = [reading(1, 100n, 15n), reading(2, 100n, 10n)];
    const loop = start();
    await clock.advance(10_000);
    await loop.stop();
    expect(ledger.poked).toEqual([]);
  });
});
