import { AppError, type BlockHeight, type Bytes32, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountHint, AccountHints } from '../ports/auctions.js';
import { inOwnOrder } from './choose-served.js';
import { ACCOUNTS_LISTED_MAX, ACCOUNTS_PER_PAGE, STARTS_UNDER_WAY_MAX } from './limits.js';
import {
  type ListingMemory,
  believedByHealth,
  freshListingMemory,
  noteEnded,
  readLeastHealthy,
  readList,
} from './list-accounts.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const hintOf = (account: Bytes32, aM = 100n): AccountHint => ({
  account,
  aM,
  qM: 100n,
  block: { height: 1n },
});

/** Lists accounts in ascending order, whatever the step, and notes after which it was asked; by health in the order given. */
function listing(
  accounts: readonly AccountHint[],
  { afters = [], skips = [] }: { readonly afters?: (Bytes32 | undefined)[]; readonly skips?: number[] } = {},
): AccountHints {
  return {
    readAccountsBelow: async ({ after, limit }) => {
      afters.push(after);
      return accounts.filter(({ account }) => after === undefined || account > after).slice(0, limit);
    },
    readLeastHealthy: async ({ skip, limit }) => {
      skips.push(skip);
      return accounts.slice(skip, skip + limit);
    },
  };
}

let memory: ListingMemory;

beforeEach(() => {
  memory = freshListingMemory();
});

const FROM = { below: '1.05', elapsedMs: 7, place: 0n } as const;
const read = (...hints: AccountHints[]) => readList(memory, { ...FROM, hints });
const readWorst = (hints: readonly AccountHints[], isIdle: (account: Bytes32) => boolean = () => true) =>
  readLeastHealthy(memory, { ...FROM, hints, isIdle });

const silent = new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'x', retryable: true });
const broken: AccountHints = {
  readAccountsBelow: () => Promise.reject(silent),
  readLeastHealthy: () => Promise.reject(silent),
};

describe('a list', () => {
  it("has all accounts of its pages, in the keeper's own order", async () => {
    const found = listing([1, 2, 4].map((n) => hintOf(some(n))));
    const { accounts, atMs } = await readList(memory, { ...FROM, hints: [found], place: 4n });
    expect(accounts).toEqual(inOwnOrder({ place: 4n }, [2, 1, 4].map(some), (account) => account));
    expect([atMs, memory.last?.accounts]).toEqual([7, accounts]);
  });

  it('takes no more at once from a source that lists without end, and goes on behind it', async () => {
    const afters: (Bytes32 | undefined)[] = [];
    const flood: AccountHints = {
      ...broken,
      readAccountsBelow: async ({ after }) => {
        afters.push(after);
        return Array.from({ length: 500 }, (_, n) => hintOf(some(Number(after ?? 0n) + n + 1)));
      },
    };
    expect((await read(flood)).accounts).toHaveLength(ACCOUNTS_LISTED_MAX);
    await read(flood);
    expect(afters[ACCOUNTS_LISTED_MAX / ACCOUNTS_PER_PAGE]).toBe(some(ACCOUNTS_LISTED_MAX));
  });

  it('that failed is read again from where it began', async () => {
    const source = listing(Array.from({ length: ACCOUNTS_PER_PAGE + 1 }, (_, n) => hintOf(some(n + 1))));
    let calls = 0;
    const failing: AccountHints = {
      ...broken,
      readAccountsBelow: (request) =>
        ++calls === 2 ? Promise.reject(new Error('cut off')) : source.readAccountsBelow(request),
    };
    await expect(read(failing)).rejects.toThrow('cut off');
    expect((await read(failing)).accounts).toHaveLength(ACCOUNTS_PER_PAGE + 1);
  });

  it('is asked of the sources in turn, and of none that is not there', async () => {
    const found = listing([hintOf(some(1))]);
    await expect(read(broken, found)).rejects.toBe(silent);
    expect((await read(broken, found)).accounts).toEqual([some(1)]);
    await expect(read()).rejects.toMatchObject({ code: 'NO_SOURCE' });
  });
});

describe('the least healthy', () => {
  const many = Array.from({ length: 6 * ACCOUNTS_PER_PAGE }, (_, n) => hintOf(some(n + 1), BigInt(n + 1)));

  it('are in order, whatever order their source gives', async () => {
    await readWorst([listing([hintOf(some(1), 130n), hintOf(some(2), 90n), hintOf(some(4), 110n)])]);
    expect(believedByHealth(memory)).toEqual([2, 4, 1].map(some));
    expect(memory.worst?.atMs).toBe(7);
  });

  it('are read until more of them may be started than are at once', async () => {
    const skips: number[] = [];
    const { byHealth } = await readWorst([listing(many, { skips })]);
    const pages = Math.floor(STARTS_UNDER_WAY_MAX / ACCOUNTS_PER_PAGE) + 1;
    expect([byHealth.length, skips]).toEqual([
      pages * ACCOUNTS_PER_PAGE,
      Array.from({ length: pages }, (_, page) => page * ACCOUNTS_PER_PAGE),
    ]);
  });

  it('are looked for behind those whose auctions run, and behind those that a source has not seen end', async () => {
    const [running, ended] = [2 * ACCOUNTS_PER_PAGE, 3 * ACCOUNTS_PER_PAGE];
    for (const { account } of many.slice(running, ended)) memory.ended.set(account, 2n as never);
    const { byHealth } = await readWorst([listing(many)], (account) => account > some(running));
    expect(byHealth).toHaveLength(ended + STARTS_UNDER_WAY_MAX + ACCOUNTS_PER_PAGE);
    expect(believedByHealth(memory)).not.toContain(some(ended));
    // Its source has followed the chain since.
    const followed = many.map((hint) => ({ ...hint, block: { height: 2n } }));
    await readWorst([listing(followed)]);
    expect(memory.ended.size).toBe(0);
  });

  it('are believed again where the block at which an auction was seen to end was false', async () => {
    const record = { starter: address(`0x${'55'.repeat(20)}`), startedAt: 1n, seenAt: 1n, isTaken: false };
    const [listed, running] = [[some(1)], new Map()];
    const endAt = (height: bigint, before: ReadonlyMap<Bytes32, typeof record>) =>
      noteEnded(memory, { listed, before, running, height: height as BlockHeight });
    await readWorst([listing([hintOf(some(1), 90n)])]);
    endAt(2n ** 63n, new Map([[some(1), record]]));
    expect(believedByHealth(memory)).toEqual([]);
    endAt(1n, new Map());
    expect(believedByHealth(memory)).toEqual([some(1)]);
  });

  it('are each there once where their order changes between two pages', async () => {
    const turning: AccountHints = {
      ...broken,
      readLeastHealthy: async ({ skip, limit }) => (skip === 0 ? many : many.slice(1)).slice(0, limit),
    };
    const { byHealth } = await readWorst([turning]);
    expect(new Set(byHealth.map(({ account }) => account)).size).toBe(byHealth.length);
  });

  it('of a source without end are no more than a list holds', async () => {
    const flood: AccountHints = {
      ...broken,
      readLeastHealthy: async ({ skip }) => Array.from({ length: 500 }, (_, n) => hintOf(some(skip + n + 1))),
    };
    expect((await readWorst([flood], () => false)).byHealth).toHaveLength(ACCOUNTS_LISTED_MAX);
  });

  it('are asked of the sources in turn, and of none that is not there', async () => {
    const found = listing([hintOf(some(1))]);
    await expect(readWorst([broken, found])).rejects.toBe(silent);
    await readWorst([broken, found]);
    expect(believedByHealth(memory)).toEqual([some(1)]);
    await expect(readWorst([])).rejects.toMatchObject({ code: 'NO_SOURCE' });
  });
});
