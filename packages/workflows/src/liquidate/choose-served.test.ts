import { type Bytes32, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuctionRecord } from '../ports/auctions.js';
import {
  type ServingMemory,
  chooseServed,
  freshServingMemory,
  inOwnOrder,
  nearestFirst,
  nextOf,
} from './choose-served.js';
import { ACCOUNTS_SERVED_MAX } from './limits.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const list = (count: number): Bytes32[] => Array.from({ length: count }, (_, n) => some(n + 1));
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
    memory.looked.set(some(1), { record: RECORD, againAtS: 2_000n });
    expect(choose(list(1), list(1))).toEqual([]);
    expect(choose(list(1), list(1), { record: { ...RECORD, ...change } })).toEqual(list(1));
  });

  it('are at most so many, the rest of them next', () => {
    const all = list(ACCOUNTS_SERVED_MAX + 2);
    expect(choose(all, all)).toEqual(all.slice(0, -2));
    expect(choose(all, all)).toEqual(all.slice(-2));
    expect(choose(all, all)).toEqual([]);
  });

  it('are with what room is left those without an auction, in turn, for a keeper that serves these', () => {
    const all = list(ACCOUNTS_SERVED_MAX + 5);
    const idle = all.slice(2);
    expect(choose(all, [some(1), some(2)])).toEqual([some(1), some(2)]);
    const options = { timeS: 1_001n, takesIdle: true };
    expect(choose(all, [some(1), some(2)], options)).toEqual(all.slice(0, ACCOUNTS_SERVED_MAX));
    expect(choose(all, [some(1), some(2)], options)).toEqual([
      ...idle.slice(-5),
      ...idle.slice(0, ACCOUNTS_SERVED_MAX - 5),
    ]);
  });

  it('are forgotten once their auctions are over', () => {
    choose(list(3), list(3));
    choose(list(3), [some(2)]);
    expect([...memory.looked.keys()]).toEqual([some(2)]);
  });
});

const nearest = (place: Bytes32 | undefined, accounts: readonly Bytes32[]): Bytes32[] =>
  nearestFirst(
    freshServingMemory(place),
    accounts.map((account) => ({ account })),
  ).map(({ account }) => account);

describe('a place among the accounts', () => {
  it('puts the nearest first, and others elsewhere', () => {
    expect(nearest(some(2), list(6))).toEqual([2, 3, 1, 6, 4, 5].map(some));
    expect(nearest(some(5), list(6))).toEqual([5, 4, 6, 1, 3, 2].map(some));
    expect(nearest(undefined, list(6).toReversed())).toEqual(list(6));
    expect(nearest(some(2), [])).toEqual([]);
  });

  it('is gone round from it, whoever has left since', () => {
    const place = freshServingMemory(some(2));
    const near = nearest(some(2), list(6));
    const next = (accounts: readonly Bytes32[], after: number | undefined) =>
      nextOf(place, accounts, { after: after === undefined ? undefined : some(after), most: 3 });
    expect(next(near, undefined)).toEqual([2, 3, 1].map(some));
    expect(next(near, 1)).toEqual([6, 4, 5].map(some));
    expect(
      next(
        near.filter((account) => account !== some(4)),
        4,
      ),
    ).toEqual([5, 2, 3].map(some));
    expect(next(near, 5)).toEqual([2, 3, 1].map(some));
    expect(next([], 5)).toEqual([]);
  });
});

describe('the order of a keeper', () => {
  /** Owners that differ in their last bits alone, and two keepers whose places have their first bits in common. */
  const owned = list(256).map((account) => ({ account: bytes32(`0xb01c${account.slice(-36)}${'0'.repeat(24)}`) }));
  const [one, other] = ['0x39067890', '0x39c87890'].map((end) =>
    freshServingMemory(bytes32(`${end.padEnd(42, '3')}${'0'.repeat(24)}`)),
  ) as [ServingMemory, ServingMemory];

  it('begins with other accounts than that of a neighbour, and has each once', () => {
    const [mine, theirs] = [inOwnOrder(one, owned), inOwnOrder(other, owned)];
    expect(new Set(mine).size).toBe(owned.length);
    const half = new Set(mine.slice(0, 128));
    const shared = theirs.slice(0, 128).filter((account) => half.has(account)).length;
    // 64 of 128 by chance.
    expect(shared).toBeLessThan(96);
    expect(inOwnOrder(one, owned)).toEqual(mine);
  });
});
