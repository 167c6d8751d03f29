import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './system-clock.js';

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sleeps for an hour and says whether that has ended. */
function sleepAnHour(signal?: AbortSignal): { readonly ended: () => boolean } {
  let isOver = false;
  void systemClock.sleep(HOUR_MS, signal).then(() => (isOver = true));
  return { ended: () => isOver };
}

describe('sleep', () => {
  it('ends at once when the signal was aborted before, and leaves nothing behind', async () => {
    const signal = AbortSignal.abort();
    const sleep = sleepAnHour(signal);
    await vi.advanceTimersByTimeAsync(0);
    expect(sleep.ended()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends at once when the signal aborts, and leaves neither timer nor listener behind', async () => {
    const stop = new AbortController();
    const sleep = sleepAnHour(stop.signal);
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(sleep.ended()).toBe(false);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(sleep.ended()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('removes its listener when it ends by itself, so that a long-lived signal collects none', async () => {
    const { signal } = new AbortController();
    const sleeps = Array.from({ length: 5 }, () => sleepAnHour(signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(sleeps.every((sleep) => sleep.ended())).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('lasts its whole time without a signal', async () => {
    const sleep = sleepAnHour();
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(sleep.ended()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(sleep.ended()).toBe(true);
  });
});

describe('nowMs and elapsedMs', () => {
  it('tell the time of day, and durations that no change of the time of day bends', () => {
    vi.setSystemTime(1_800_000_000_000);
    expect(systemClock.nowMs()).toBe(1_800_000_000_000);
    const before = systemClock.elapsedMs();
    vi.setSystemTime(0);
    expect(systemClock.nowMs()).toBe(0);
    expect(systemClock.elapsedMs()).toBeGreaterThanOrEqual(before);
  });
});
