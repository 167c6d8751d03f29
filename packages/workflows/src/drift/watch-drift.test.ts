import { expect, test } from 'vitest';
import type { Comparison, Drift } from '../ports/drift.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { DriftBoard } from './drift-board.js';
import { watchDrift } from './watch-drift.js';

const HOUR_MS = 3_600_000;
const part = { kind: 'witness', name: 'wormhole' } as const;
const drift: Drift = { path: 'witnesses[wormhole].atVault.core', seen: '0x2', expected: '0x1', part };
const SAME: Comparison = { drift: [], unread: [] };
const SILENT: Comparison = { drift: [], unread: [{ path: drift.path, detail: 'no quorum', part }] };

function world(...answers: Comparison[]) {
  const of = { source: 1, name: 'alpha', witnesses: ['wormhole'] };
  const board = new DriftBoard([of]);
  const clock = new FakeClock();
  const observer = new RecordingObserver();
  let compared = 0;
  const compare = async (): Promise<Comparison> => answers[Math.min(compared++, answers.length - 1)] ?? SAME;
  const stop = new AbortController();
  const deps = { comparer: { ...of, compare }, board, clock, observer, intervalMs: HOUR_MS };
  return { board, clock, observer, stop, times: () => compared, run: () => watchDrift(deps, stop.signal) };
}

test('compares at once and after each interval, and reports a difference as one error', async () => {
  const { run, clock, observer, board, stop, times } = world(SAME, { drift: [drift], unread: [] });
  const running = run();
  await settle();
  expect([times(), board.ofSource(1).state]).toEqual([1, 'same']);
  await clock.advance(HOUR_MS - 1);
  expect(times()).toBe(1);
  await clock.advance(1);
  expect([times(), board.ofSource(1).state]).toEqual([2, 'drifted']);
  await clock.advance(2 * HOUR_MS);
  stop.abort();
  await running;
  const { path, seen, expected } = drift;
  expect(observer.named('witness-drifted')).toEqual([
    { name: 'witness-drifted', level: 'error', fields: { source: 1, path, seen, expected } },
  ]);
  expect(observer.named('witnesses-compared').map(({ fields }) => fields['differences'])).toEqual([0, 1, 1, 1]);
});

test('asks again within a minute if a chain did not respond, and warns once', async () => {
  const { run, clock, observer, board, stop, times } = world(SILENT, SILENT, SAME);
  const running = run();
  await settle();
  expect(board.ofSource(1).state).toBe('unknown');
  await clock.advance(120_000);
  expect([times(), board.ofSource(1).state]).toEqual([3, 'same']);
  await clock.advance(HOUR_MS - 1);
  expect(times()).toBe(3);
  stop.abort();
  await running;
  expect(observer.named('witness-unread').map(({ level }) => level)).toEqual(['warn', 'debug']);
});

test('ends with its process, whether or not a chain responds', async () => {
  const { board, clock, observer, stop } = world();
  const comparer = { source: 1, name: 'alpha', witnesses: [], compare: () => new Promise<Comparison>(() => {}) };
  const running = watchDrift({ comparer, board, clock, observer, intervalMs: HOUR_MS }, stop.signal);
  await settle();
  stop.abort();
  await running;
  expect(observer.events).toEqual([]);
});
