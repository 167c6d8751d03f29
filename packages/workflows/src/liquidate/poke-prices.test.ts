import { AppError, type BlockHeight, type Bytes32, type TxHash, address, bytes32 } from '@surety/domain';
import { beforeEach, expect, it } from 'vitest';
import type { AccountHints } from '../ports/auctions.js';
import type { PriceReading } from '../ports/price-board.js';
import { FakeAuctions, STARTER_POLICY, bidsAt } from '../testing/fake-auctions.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type KeepAuctionsDeps, type KeeperMemory, freshKeeperMemory, keepAuctionsOnce } from './keep-auctions.js';
import { REFUSED_AGAIN_S } from './limits.js';
import { freshPokingMemory, pokeForBid } from './poke-prices.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const [ANN, BOB] = ['aa', 'bb'].map((end) => bytes32(`0x${end.padStart(64, '0')}`)) as [Bytes32, Bytes32];

let desk: FakeAuctions;
let observer: RecordingObserver;
let memory: KeeperMemory;
let listed: Bytes32[];
/** Slots of each poke; what the feed of slot 3 holds, and what is cached. */
let poked: (readonly number[])[];
let prices: { fed: bigint; cached: bigint };
let readings: number;

beforeEach(() => {
  [desk, observer, memory] = [new FakeAuctions(protocol), new RecordingObserver(), freshKeeperMemory()];
  [listed, poked, prices, readings] = [[ANN], [], { fed: 1_001n, cached: 1_000n }, 0];
  desk.startByRival(ANN);
  desk.refusal = 'TakeOverTooLarge';
});

function readingOf(slot: number, fed: bigint, cached: bigint): PriceReading {
  const feed = { kind: 'price', price1e12: fed, observedAt: fed === cached ? 900n : 950n } as const;
  return {
    slot,
    cached: { price1e12: cached, confPpm: 0, observedAt: 900n, maxAgeS: 3_600n, failing: false },
    feed,
    timestamp: desk.timeS,
  };
}

const ledger: NonNullable<KeepAuctionsDeps['prices']>['ledger'] = {
  poke: async (slots) => {
    poked.push(slots);
    prices.cached = prices.fed;
    desk.refusal = undefined;
    const txHash = `0x${'70'.repeat(32)}` as TxHash;
    return { kind: 'landed', txHash, height: 2n as BlockHeight, gasUsed: 1n, feeWei: 1n, skipped: [] };
  },
  distrustProvider: () => undefined,
};

/** Makes one pass at the next block. */
async function pass(more: Partial<KeepAuctionsDeps> = {}): Promise<void> {
  const hint = () => listed.map((account) => ({ account, aM: 100n, qM: 100n, block: { height: 1n } }));
  const hints: AccountHints = { readAccountsBelow: async () => hint(), readLeastHealthy: async () => hint() };
  const board = {
    readPrices: async () => {
      readings += 1;
      return [readingOf(1, 5n, 5n), readingOf(3, prices.fed, prices.cached)];
    },
  };
  const clock = new FakeClock();
  const policy = { ...STARTER_POLICY, bids: bidsAt(protocol) };
  const deps = { hints: [hints], desk, clock, observer, policy, prices: { slots: [1, 3], board, ledger, clock } };
  await keepAuctionsOnce({ ...deps, ...more }, memory);
  await settle();
}

function nextBlock(): void {
  [desk.height, desk.timeS] = [desk.height + 1n, desk.timeS + 12n];
}

it.each(['TakeOverTooLarge', 'LossTooLarge', 'NoRelief'])('pokes what moved after %s, and bids again', async (name) => {
  desk.refusal = name;
  await pass();
  expect([poked, desk.acts]).toEqual([[[3]], ['bid aa']]);
  expect(observer.named('prices-poked')).toMatchObject([{ fields: { slots: '3', reasons: 'moved' } }]);
  await pass();
  // Not before the next block, by which the poke has landed.
  expect(desk.acts).toHaveLength(1);
  nextBlock();
  await pass();
  expect([desk.acts, observer.named('auction-bid')]).toMatchObject([['bid aa', 'bid aa'], [{ level: 'info' }]]);
  expect(poked).toHaveLength(1);
});

it('pokes once in a block, however many bids are refused', async () => {
  listed = [ANN, BOB];
  desk.startByRival(BOB);
  // Each goes by itself, as a refusal beside another has no name.
  for (const account of listed) memory.singles.alone.add(account);
  const stubborn = {
    ...ledger,
    poke: async (slots: readonly number[]) => {
      const outcome = await ledger.poke(slots);
      desk.refusal = 'TakeOverTooLarge';
      return outcome;
    },
  };
  const clock = new FakeClock();
  const board = { readPrices: async () => [readingOf(3, prices.fed, prices.cached)] };
  await pass({ prices: { slots: [3], board, ledger: stubborn, clock } });
  expect([desk.acts.toSorted(), poked]).toEqual([['bid aa', 'bid bb'], [[3]]]);
});

it('pokes nothing more while a poke is under way, whatever the block', async () => {
  const clock = new FakeClock();
  let land: () => void = () => undefined;
  const landing = new Promise<void>((resolve) => (land = resolve));
  const board = { readPrices: async () => [readingOf(3, prices.fed, prices.cached)] };
  const slow = {
    ...ledger,
    poke: async (slots: readonly number[]) => {
      poked.push(slots);
      await landing;
      return ledger.poke([]);
    },
  };
  const [deps, poking] = [{ prices: { slots: [3], board, ledger: slow, clock }, observer }, freshPokingMemory()];
  const first = pokeForBid(deps, poking, { height: 1n as BlockHeight });
  await settle();
  expect(await pokeForBid(deps, poking, { height: 2n as BlockHeight })).toBe(true);
  expect(poked).toEqual([[3]]);
  land();
  expect(await first).toBe(true);
  await pokeForBid(deps, poking, { height: 3n as BlockHeight });
  expect(poking.isPoking).toBe(false);
});

it('leaves a bid alone for some time where no price has moved, or none explains its refusal', async () => {
  prices.fed = prices.cached;
  await pass();
  expect([poked, readings]).toEqual([[], 1]);
  nextBlock();
  await pass();
  expect(desk.acts).toHaveLength(1);
  [desk.refusal, prices.fed] = ['MarginTooLow', 1_001n];
  desk.timeS += REFUSED_AGAIN_S;
  nextBlock();
  await pass();
  expect([desk.acts.length, poked, readings]).toEqual([2, [], 1]);
});

it('leaves it alone as well where the poke fails, which the next pass tells', async () => {
  const spent = new AppError({ code: 'BUDGET_SPENT', message: 'nothing is left today', retryable: true });
  const clock = new FakeClock();
  const board = { readPrices: async () => [readingOf(3, prices.fed, prices.cached)] };
  const failing = { slots: [3], board, ledger: { ...ledger, poke: () => Promise.reject(spent) }, clock };
  await pass({ prices: failing });
  nextBlock();
  await expect(pass({ prices: failing })).rejects.toThrow('nothing is left today');
  expect(desk.acts).toEqual(['bid aa']);
});
