import { AppError } from '@surety/domain';
import { expect, it } from 'vitest';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type FollowCondition, keepLooking } from './keep-looking.js';

const AWAY = new AppError({ code: 'RPC_UNAVAILABLE', message: 'no provider answers', retryable: true });

interface Trouble {
  /** The newest block cannot be read from this time on, until the other. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By how much the time of day is set back after the first failure. */
  readonly setBackMs?: number;
  /** What final blocks cannot be folded for. */
  readonly missing?: AppError;
}

/** Polls for a while of a clock that moves only by sleeping. */
async function poll(forMs: number, { fromMs, toMs, setBackMs = 0, missing }: Trouble) {
  const stop = new AbortController();
  const observer = new RecordingObserver();
  const conditions: FollowCondition[] = [];
  const glances: number[] = [];
  let [nowMs, backMs, folds] = [0, 0, 0];
  let failed = false;
  await keepLooking(
    {
      clock: {
        nowMs: () => nowMs - backMs,
        elapsedMs: () => nowMs,
        sleep: async (durationMs) => {
          nowMs += durationMs;
          if (failed) backMs = setBackMs;
          if (nowMs >= forMs) stop.abort();
        },
      },
      observer,
      onCondition: (condition) => void conditions.push(condition),
      lookOnce: async () => {
        folds += 1;
        if (missing === undefined) return;
        failed = true;
        throw missing;
      },
      glance: async () => {
        glances.push(nowMs);
        if (nowMs < fromMs || nowMs >= toMs) return;
        failed = true;
        throw AWAY;
      },
    },
    stop.signal,
  );
  return { conditions, glances, folds, observer };
}

it('folds what is final at every poll while the newest block cannot be read, and says since when', async () => {
  const { conditions, folds, observer } = await poll(120_000, { fromMs: 10_000, toMs: 1e9 });
  expect(folds).toBe(240);
  expect(conditions.filter(({ kind }) => kind === 'failing')).toEqual([]);
  expect(conditions.at(-1)).toEqual({
    kind: 'current',
    atMs: 119_500,
    glance: { code: 'RPC_UNAVAILABLE', detail: 'no provider answers', sinceMs: 10_000 },
  });
  const told = observer.events.filter(({ name }) => name === 'glance-failed');
  expect(told.map(({ level }) => level).slice(0, 3)).toEqual(['warn', 'debug', 'debug']);
});

it('asks for the newest block ever more rarely while that fails, and at every poll once it works again', async () => {
  const { glances, conditions } = await poll(100_000, { fromMs: 10_000, toMs: 60_000 });
  const failed = glances.filter((atMs) => atMs >= 10_000 && atMs < 60_000);
  expect(failed.slice(0, 5)).toEqual([10_000, 10_500, 11_500, 13_500, 17_500]);
  expect(failed.length).toBeLessThan(12);
  expect(glances.filter((atMs) => atMs >= 80_000)).toHaveLength(40);
  expect(conditions.at(-1)).toEqual({ kind: 'current', atMs: 99_500 });
});

const DAY_MS = 86_400_000;

it('glances again soon though the time of day is set back by a day while that fails', async () => {
  const { glances } = await poll(60_000, { fromMs: 10_000, toMs: 12_000, setBackMs: DAY_MS });
  expect(glances.filter((atMs) => atMs >= 12_000).length).toBeGreaterThan(80);
});

it('calls entries that stay away a failure after a minute, though the time of day is set back', async () => {
  const missing = new AppError({ code: 'ENTRIES_MISSING', message: 'an entry is missing', retryable: true });
  const { observer } = await poll(120_000, { fromMs: 0, toMs: 0, missing, setBackMs: DAY_MS });
  const levels = observer.events.filter(({ name }) => name === 'fold-failed').map(({ level }) => level);
  expect(levels.filter((level) => level !== 'debug')).toEqual(['info', 'warn']);
});
