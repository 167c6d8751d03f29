import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuctionRecord } from '../ports/auctions.js';
import {
  type ServingMemory,
  chooseServed,
  freshServingMemory,
  inOwnOrder,
  inStartersOrder,
  nextOf,
} from './choose-served.js';
import { ACCOUNTS_SERVED_MAX, LOOKS_AGAIN_WITHIN_S } from './limits.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const list = (count: number): Bytes32[] => Array.from({ length: count }, (_, n) => some(n + 1));
const ordered = (serving: ServingMemory, accounts: readonly Bytes32[]): Bytes32[] =>
  inOwnOrder(serving, accounts, (account) => account);
const RECORD: AuctionRecord = {
  starter: address(`0x${'55'.repeat(20)}`),
  startedAt: 900n,
  seenAt: 900n,
  isTaken: false,
};

let memory: ServingMemory;

beforeEach(() => {
  memory = freshServingMemory();
});

function choose(
  listed: readonly Bytes32[],
  running: readonly Bytes32[],
  { timeS = 1_000n, takesIdle = false, record = RECORD, firstLookAfterS = 0n } = {},
): Bytes32[] {
  const records = new Map(running.map((account) => [account, record]));
  const at = { timeS, firstLookAfterS, takesIdle, most: ACCOUNTS_SERVED_MAX };
  return chooseServed(memory, { listed, running: records, ...at });
}

describe('the accounts of a pass', () => {
  it('are the running auctions, once at each time', () => {
    expect(choose(list(3), [some(1), some(3)])).toEqual([some(1), some(3)]);
    expect(choose(list(3), [some(1), some(3)])).toEqual([]);
    expect(choose(list(3), [some(1), some(3)], { timeS: 1_001n })).toEqual([some(1), some(3)]);
  });

  it('are those that nobody need look at later', () => {
    choose(list(2), list(2));
    memory.looked.set(some(1), { record: RECORD, againAtS: 1_060n });
    expect(choose(list(2), list(2), { timeS: 1_059n })).toEqual([some(2)]);
    expect(choose(list(2), list(2), { timeS: 1_060n })).toEqual([some(1), some(2)]);
  });

  it('are no auctions in their first seconds where those are left to others', () => {
    expect(choose(list(1), list(1), { timeS: 929n, firstLookAfterS: 30n })).toEqual([]);
    expect(choose(list(1), list(1), { timeS: 930n, firstLookAfterS: 30n })).toEqual(list(1));
  });

  it.each([
    ['started anew', { startedAt: 950n }],
    ['seen again', { seenAt: 950n }],
    ['taken from', { isTaken: true }],
  ])('are those too that were %s since the last look', (_name, change) => {
    memory.looked.set(some(1), { record: RECORD, againAtS: 1_060n });
    expect(choose(list(1), list(1))).toEqual([]);
    expect(choose(list(1), list(1), { record: { ...RECORD, ...change } })).toEqual(list(1));
  });

  it('are those too whose last look was at a false time, unless it is about to come', () => {
    choose(list(1), list(1), { timeS: 2n ** 40n });
    expect(choose(list(1), list(1))).toEqual(list(1));
    const latestS = 1_000n + 2n * LOOKS_AGAIN_WITHIN_S;
    memory.looked.set(some(1), { record: RECORD, againAtS: latestS });
    expect(choose(list(1), list(1))).toEqual([]);
    memory.looked.set(some(1), { record: RECORD, againAtS: latestS + 1n });
    expect(choose(list(1), list(1))).toEqual(list(1));
  });

  it('are at most so many, the rest of them next', () => {
    const all = ordered(memory, list(ACCOUNTS_SERVED_MAX + 2));
    expect(choose(all, all)).toEqual(all.slice(0, -2));
    expect(choose(all, all)).toEqual(all.slice(-2));
    expect(choose(all, all)).toEqual([]);
  });

  it('are with what room is left those without an auction, in turn, for a keeper that serves these', () => {
    const all = ordered(memory, list(ACCOUNTS_SERVED_MAX + 5));
    const [running, idle] = [all.slice(0, 2), all.slice(2)];
    expect(choose(all, running)).toEqual(running);
    const options = { timeS: 1_001n, takesIdle: true };
    expect(choose(all, running, options)).toEqual(all.slice(0, ACCOUNTS_SERVED_MAX));
    expect(choose(all, running, options)).toEqual([...idle.slice(-5), ...idle.slice(0, ACCOUNTS_SERVED_MAX - 5)]);
  });

  it('are forgotten once their auctions are over', () => {
    choose(list(3), list(3));
    choose(list(3), [some(2)]);
    expect([...memory.looked.keys()]).toEqual([some(2)]);
  });
});

describe('the order of a keeper', () => {
  /** Owners that differ in their last bits alone, and two keepers whose places have their first bits in common. */
  const owned = list(256).map((account) => bytes32(`0xb01c${account.slice(-36)}${'0'.repeat(24)}`));
  const [one, other] = ['0x39067890', '0x39c87890'].map((end) =>
    freshServingMemory(bytes32(`${end.padEnd(42, '3')}${'0'.repeat(24)}`)),
  ) as [ServingMemory, ServingMemory];

  it('begins with other accounts than that of a neighbour, and has each once', () => {
    const [mine, theirs] = [ordered(one, owned), ordered(other, owned)];
    expect(new Set(mine).size).toBe(owned.length);
    const half = new Set(mine.slice(0, 128));
    const shared = theirs.slice(0, 128).filter((account) => half.has(account)).length;
    // 64 of 128 by chance.
    expect(shared).toBeLessThan(96);
    expect(ordered(one, owned.toReversed())).toEqual(mine);
    expect(ordered(one, [])).toEqual([]);
  });

  it('is gone round, whoever has left since', () => {
    const all = ordered(one, list(6));
    const next = (accounts: readonly Bytes32[], after: Bytes32 | undefined) =>
      nextOf(one, accounts, { after, most: 3 });
    expect(next(all, undefined)).toEqual(all.slice(0, 3));
    expect(next(all, all[2])).toEqual(all.slice(3));
    const left = all.filter((_, at) => at !== 4);
    expect(next(left, all[4])).toEqual([left[4], left[0], left[1]]);
    expect(next(all, all[5])).toEqual(all.slice(0, 3));
    expect(next([], all[5])).toEqual([]);
  });
});

describe('the order of starts', () => {
  const starter = (n: number): Address => address(`0x${n.toString(16).padStart(40, '0')}`);
  const placeOf = (n: number): bigint => BigInt(n) << 96n;
  const all = list(300);
  const order = (keeper: number, starters: readonly Address[]): Bytes32[] =>
    inStartersOrder({ place: placeOf(keeper), starters }, all, (account) => account);

  it('gives each keeper whose starts are seen a part of its own to begin with', () => {
    const keepers = [7, 8, 9];
    const firsts = keepers.flatMap((keeper) => order(keeper, keepers.map(starter)).slice(0, 75));
    expect(new Set(firsts).size).toBe(3 * 75);
  });

  it('has every account once, and goes on where the next keeper begins', () => {
    const [mine, theirs] = [7, 8].map((keeper) => order(keeper, [7, 8].map(starter))) as [Bytes32[], Bytes32[]];
    expect(new Set(mine).size).toBe(all.length);
    const at = mine.indexOf(theirs[0] ?? some(0));
    expect(at).toBeGreaterThan(100);
    expect([...mine.slice(at), ...mine.slice(0, at)]).toEqual(theirs);
  });

  it('gives no part to names behind the eight that run most', () => {
    const keepers = [7, 8].flatMap((keeper) => [starter(keeper), starter(keeper)]);
    const names = Array.from({ length: 50 }, (_, n) => starter(100 + n));
    expect(order(8, [...names, ...keepers])).toEqual(order(8, [...keepers, ...names.slice(0, 6)]));
  });

  it.each([
    ['that begins', []],
    ['in which eight names run more', Array.from({ length: 16 }, (_, n) => starter(1 + (n % 8)))],
  ])('begins at different accounts for keepers without a part in a crash %s', (_, starters) => {
    const keepers = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66].map((byte) => Number(`0x${byte.toString(16).repeat(6)}`));
    const firsts = keepers.map((keeper) => order(keeper, [...starters, ...keepers.map(starter)]).slice(0, 10));
    const unseen = keepers.map((keeper) => order(keeper, starters).slice(0, 10));
    // 10 where all begin at the same.
    expect(new Set((starters.length === 0 ? unseen : firsts).flat()).size).toBeGreaterThan(45);
  });
});
