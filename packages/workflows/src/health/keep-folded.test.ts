import { AppError, type Bytes32, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChangedAccounts } from '../ledger-projection/changed-accounts.js';
import { CHANGED_HELD_MAX } from '../ledger-projection/limits.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import { type KeepFoldedOptions, keepFolded } from './keep-folded.js';
import { ACCOUNTS_TOLD_MAX } from './limits.js';
import type { SelfCheckOutcome } from './self-check.js';

const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const [ALICE, BOB] = [word(1), word(2)];
const FAILURE = new AppError({ code: 'NO_QUORUM', message: 'nobody answers', retryable: true });
const lineOf = (account: Bytes32) => ({
  account,
  assetId: 4,
  amount: 1n,
  unseasoned: 0n,
  seasonEnd: 0n,
  enabled: true,
});

type Part = 'compare' | 'heal' | 'look';

/** A fold with one new block, whose parts fail once where a test chooses. */
let changed: ChangedAccounts;
let failing: Set<Part>;
let different: readonly Bytes32[];
let looked: (readonly Bytes32[])[];
let told: (readonly Bytes32[] | 'too many')[];
let calls: string[];

beforeEach(() => {
  changed = new ChangedAccounts();
  [failing, different, looked, told, calls] = [new Set(), [], [], [], []];
});

/** Polls the chain a number of times; only the first poll finds a new block. */
async function looks(times: number): Promise<void> {
  const stop = new AbortController();
  const snapshot = { block: {} } as MarginSnapshot;
  const failOnce = (part: Part): void => {
    if (failing.delete(part)) throw FAILURE;
  };
  let [advances, sleeps] = [0, 0];
  const options: KeepFoldedOptions = {
    follower: {
      changed,
      snapshot,
      advance: async () => advances++ === 0,
      heal: async () => failOnce('heal'),
      look: async () => undefined,
    },
    selfCheck: {
      compare: async () => {
        failOnce('compare');
        return { different } as SelfCheckOutcome;
      },
    },
    health: {
      meetAll: () => void calls.push('meet all'),
      look: async (_, touched) => {
        failOnce('look');
        looked.push(touched);
      },
    },
    clock: {
      nowMs: () => 0,
      elapsedMs: () => 0,
      sleep: async () => {
        sleeps += 1;
        if (sleeps === times) stop.abort();
      },
    },
    observer: { observe: () => undefined },
    onCondition: () => undefined,
    onChanged: (accounts) => void told.push(accounts),
  };
  await keepFolded(options, stop.signal);
}

describe('accounts changed by a step', () => {
  it.each<Part>(['compare', 'heal', 'look'])('are judged and announced once, even if %s fails first', async (part) => {
    changed.note([ALICE]);
    different = [BOB];
    failing.add(part);
    await looks(3);
    expect(looked).toEqual([[ALICE, BOB]]);
    expect(told).toEqual([[ALICE, BOB]]);
    expect(changed.isEmpty).toBe(true);
  });

  it('stay queued after healing, even if judging fails and the next comparison agrees', async () => {
    different = [BOB];
    failing.add('look');
    await looks(1);
    different = [];
    await looks(1);
    expect(looked).toEqual([[BOB]]);
  });

  it.each([0, 1])('are all passed to the watch, and announced by name unless %i are too many', async (more) => {
    const accounts = Array.from({ length: ACCOUNTS_TOLD_MAX + more }, (_, at) => word(at + 1));
    changed.noteStep({ lines: accounts.map(lineOf) });
    await looks(1);
    expect(looked).toEqual([accounts]);
    expect(told).toEqual([more === 0 ? accounts : 'too many']);
    expect(calls).toEqual([]);
  });

  it('beyond the limit: all accounts are judged again, and those with a new protocol stay queued', async () => {
    const lines = Array.from({ length: CHANGED_HELD_MAX }, (_, at) => lineOf(word(at + 10)));
    changed.noteStep({ lines });
    changed.noteStep({ lines: lines.slice(0, 1) });
    expect(changed.isOverfull).toBe(false);
    changed.noteStep({ lines: [lineOf(ALICE)] });
    changed.note([BOB]);
    await looks(2);
    expect(calls).toEqual(['meet all']);
    expect([looked[0]?.length, looked[0]?.at(-1)]).toEqual([CHANGED_HELD_MAX + 1, BOB]);
    expect(told).toEqual(['too many']);
    expect(changed.isEmpty).toBe(true);
  });
});
