import { txHash } from '@surety/domain';
import { beforeEach, expect, test } from 'vitest';
import type { LandOutcome } from '../ports/transactions.js';
import type { SilenceNoter } from '../ports/witness.js';
import type { ObservedEvent } from '../ports/observer.js';
import { noteSilence, noteSilenceOnce } from './note-silence.js';

const landed = { kind: 'landed', txHash: txHash(`0x${'22'.repeat(32)}`) } as unknown as LandOutcome;
const refused = { kind: 'refused', name: 'NothingUnheard' } as unknown as LandOutcome;

/** Numbers that wait, ascending. */
let waiting: bigint[];
let notes: [string, bigint][];
let seen: ObservedEvent[];
let outcome: LandOutcome;

beforeEach(() => {
  [waiting, notes, seen, outcome] = [[], [], [], landed];
});

const witness = (name: string, confirmed: bigint, conflicted = false): SilenceNoter => ({
  name,
  readStanding: async () => ({ confirmed, conflicted }),
  note: async (index) => (notes.push([name, index]), outcome),
});

function depsOf(m: number, ...witnesses: SilenceNoter[]) {
  return {
    source: 1,
    direction: 'to-ledger' as const,
    witnesses,
    hints: { readOldest: async (past: bigint) => waiting.find((one) => one > past) },
    clock: { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => undefined },
    observer: { observe: (one: ObservedEvent) => void seen.push(one) },
    policy: { m, everyMs: 1_000 },
  };
}

test('each witness is named with what has waited longest of what it has not confirmed', async () => {
  waiting = [3n, 7n, 9n];
  const deps = depsOf(2, witness('one', 3n), witness('two', 0n), witness('three', 9n));
  // Two have confirmed 3: it waits for nobody, though the third has not told it.
  expect(await noteSilenceOnce(deps, 0)).toEqual(['one', 'two']);
  expect(notes).toEqual([['one', 7n], ['two', 7n]]); // prettier-ignore
  expect(seen.map(({ name, level, fields }) => [name, level, fields['witness']])).toEqual([
    ['witness-silent', 'error', 'one'],
    ['witness-silent', 'error', 'two'],
  ]);
});

test('what the replica refuses to note is no alarm', async () => {
  [waiting, outcome] = [[1n], refused];
  expect(await noteSilenceOnce(depsOf(1, witness('one', 0n)), 0)).toEqual([]);
  expect(notes).toHaveLength(1);
  expect(seen).toEqual([]);
});

test('nobody is named while nothing waits, nor one that is not listened to any more', async () => {
  expect(await noteSilenceOnce(depsOf(1, witness('one', 0n)), 0)).toEqual([]);
  waiting = [1n];
  expect(await noteSilenceOnce(depsOf(1, witness('one', 0n, true)), 0)).toEqual([]);
  expect(notes).toEqual([]);
});

test('a witness that cannot be read, or noted, holds up no other, and is told of', async () => {
  waiting = [1n];
  const broken = async () => {
    throw new Error('no answer');
  };
  for (const what of ['readStanding', 'note'] as const) {
    notes = [];
    await expect(noteSilenceOnce(depsOf(1, { ...witness('one', 0n), [what]: broken }, witness('two', 0n)), 0))
      .rejects // prettier-ignore
      .toThrow('no answer');
    expect(notes).toEqual([['two', 1n]]);
  }
});

test('a pass that fails is told once, and the next one is made', async () => {
  const stop = new AbortController();
  let passes = 0;
  const deps = depsOf(1, witness('one', 0n));
  await noteSilence(
    {
      ...deps,
      hints: {
        readOldest: async () => {
          if (++passes === 3) stop.abort();
          throw new Error('no answer');
        },
      },
    },
    stop.signal,
  );
  expect(seen.map(({ name, level }) => [name, level])).toEqual([['silence-unread', 'warn'], ['silence-unread', 'debug']]); // prettier-ignore
});
