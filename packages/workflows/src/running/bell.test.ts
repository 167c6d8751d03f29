import { describe, expect, it } from 'vitest';
import { Bell } from './bell.js';
import { retryDelayMs } from './retry-delay-ms.js';

describe('Bell', () => {
  it('keeps a ring that came while no one waited', async () => {
    const bell = new Bell();
    const before = bell.rings;
    bell.ring();
    expect(await bell.waitPast(before)).toBe(1);
  });

  it('wakes all waiters, and those whose signal aborts', async () => {
    const bell = new Bell();
    const stop = new AbortController();
    const waiting = Promise.all([bell.waitPast(0), bell.waitPast(0)]);
    const aborted = bell.waitPast(5, stop.signal);
    stop.abort();
    expect(await aborted).toBe(0);
    bell.ring();
    expect(await waiting).toEqual([1, 1]);
    expect(await bell.waitPast(9, stop.signal)).toBe(1);
  });
});

describe('retryDelayMs', () => {
  it('doubles up to its limit and never exceeds it', () => {
    const limits = { firstMs: 500, maxMs: 5_000 };
    expect([0, 1, 3, 4, 1_000].map((failures) => retryDelayMs(failures, limits))).toEqual([
      500, 1_000, 4_000, 5_000, 5_000,
    ]);
  });
});
