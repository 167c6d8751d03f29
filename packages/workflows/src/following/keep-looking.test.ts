import { AppError } from '@surety/domain';
import { expect, it } from 'vitest';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type FollowCondition, keepLooking } from './keep-looking.js';

const AWAY = new AppError({ code: 'RPC_UNAVAILABLE', message: 'no provider answers', retryable: true });

/** Polls for a while of a clock that moves only by sleeping; the newest block cannot be read between two times. */
async function poll(forMs: number, away: { readonly fromMs: number; readonly toMs: number }) {
  const stop = new AbortController();
  const observer = new RecordingObserver();
  const conditions: FollowCondition[] = [];
  const glances: number[] = [];
  let [nowMs, folds] = [0, 0];
  await keepLooking(
    {
      clock: {
        nowMs: () => nowMs,
        elapsedMs: () => nowMs,
        sleep: async (durationMs) => {
          nowMs += durationMs;
          if (nowMs >= forMs) stop.abort();
        },
      },
      observer,
      onCondition: (condition) => void conditions.push(condition),
      lookOnce: async () => void (folds += 1),
      glance: async () => {
        glances.push(nowMs);
        if (nowMs >= away.fromMs && nowMs < away.toMs) throw AWAY;
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
