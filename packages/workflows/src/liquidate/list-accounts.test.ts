import { AppError, type Bytes32, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountHint, AccountHints } from '../ports/auctions.js';
import { ACCOUNTS_LISTED_MAX, ACCOUNTS_PER_PAGE } from './limits.js';
import { type ListingMemory, freshListingMemory, readList } from './list-accounts.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const hintOf = (account: Bytes32, aM = 100n): AccountHint => ({
  account,
  aM,
  qM: 100n,
  block: { height: 1n },
});

/** Lists accounts in ascending order, whatever the step, and notes after which it was asked. */
function listing(accounts: readonly AccountHint[], afters: (Bytes32 | undefined)[] = []): AccountHints {
  return {
    readAccountsBelow: async ({ after, limit }) => {
      afters.push(after);
      return accounts.filter(({ account }) => after === undefined || account > after).slice(0, limit);
    },
  };
}

let memory: ListingMemory;

beforeEach(() => {
  memory = freshListingMemory();
});

const read = (...hints: AccountHints[]) => readList(memory, { hints, below: '1.05', nowMs: 7, place: 0n });

describe('a list', () => {
  it('has all accounts of its pages, the nearest first and the least healthy first', async () => {
    const found = [hintOf(some(1), 130n), hintOf(some(2), 90n), hintOf(some(4), 110n)];
    const { accounts, byHealth, atMs } = await readList(memory, {
      hints: [listing(found)],
      below: '1.05',
      nowMs: 7,
      place: 4n,
    });
    expect(accounts).toEqual([4, 1, 2].map(some));
    expect(byHealth.map(({ account }) => account)).toEqual([2, 4, 1].map(some));
    expect([atMs, memory.last?.accounts]).toEqual([7, accounts]);
  });

  it('takes no more at once from a source that lists without end, and goes on behind it', async () => {
    const afters: (Bytes32 | undefined)[] = [];
    const flood: AccountHints = {
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
      readAccountsBelow: (request) =>
        ++calls === 2 ? Promise.reject(new Error('cut off')) : source.readAccountsBelow(request),
    };
    await expect(read(failing)).rejects.toThrow('cut off');
    expect((await read(failing)).accounts).toHaveLength(ACCOUNTS_PER_PAGE + 1);
  });

  it('is asked of the sources in turn, and of none that is not there', async () => {
    const silent = new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'x', retryable: true });
    const broken: AccountHints = { readAccountsBelow: () => Promise.reject(silent) };
    const found = listing([hintOf(some(1))]);
    await expect(read(broken, found)).rejects.toBe(silent);
    expect((await read(broken, found)).accounts).toEqual([some(1)]);
    await expect(read()).rejects.toMatchObject({ code: 'NO_SOURCE' });
  });
});
