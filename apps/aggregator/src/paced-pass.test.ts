import { describe, expect, it } from 'vitest';
import { PacedPass } from './paced-pass.js';

/** A pass that takes as long as it is told, over a subject that changes. */
function paced(keptMs?: number) {
  const state = { nowMs: 0, tookMs: 0, subject: 1, passes: 0, fails: false };
  const pass = new PacedPass(
    { elapsedMs: () => state.nowMs },
    async () => {
      state.passes += 1;
      const { subject } = state;
      await Promise.resolve();
      state.nowMs += state.tookMs;
      if (state.fails) throw new Error('no rows');
      return subject;
    },
    keptMs,
  );
  return { state, read: () => pass.read((value) => value === state.subject), ended: () => pass.ended() };
}

describe('a paced pass', () => {
  it('runs once for all who ask, and again only when its subject has changed', async () => {
    const { state, read } = paced();
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
    expect([await read(), state.passes]).toEqual([1, 1]);
    state.subject = 2;
    expect([await read(), state.passes]).toEqual([2, 2]);
  });

  it('runs again at once if its subject changed meanwhile, and not for ever', async () => {
    const { state, read } = paced();
    const first = read();
    state.subject = 2;
    expect([await first, state.passes]).toEqual([2, 2]);
    const restless = new PacedPass({ elapsedMs: () => 0 }, async () => (state.passes += 1));
    await restless.read(() => false);
    expect(state.passes).toBe(2 + 3);
  });

  it('rests after a long pass: its answer is given while it is young, and while the next is being made', async () => {
    const { state, read, ended } = paced();
    state.tookMs = 1_000;
    await read();
    state.subject = 2;
    state.nowMs += 9_999;
    expect([await read(), state.passes]).toEqual([1, 1]);
    state.nowMs += 1;
    expect([await read(), state.passes]).toEqual([1, 2]);
    await ended();
    expect([await read(), state.passes]).toEqual([2, 2]);
    state.subject = 3;
    state.nowMs += 20_000;
    expect([await read(), state.passes]).toEqual([3, 3]);
  });

  it('gives an answer again for as long as it is kept', async () => {
    const { state, read } = paced(2_000);
    await read();
    state.subject = 2;
    state.nowMs += 1_999;
    expect(await read()).toBe(1);
    state.nowMs += 1;
    expect(await read()).toBe(2);
  });

  it('tells whoever waits that a pass failed, and tries again for the next', async () => {
    const { state, read } = paced();
    state.fails = true;
    await expect(read()).rejects.toThrow('no rows');
    state.fails = false;
    expect(await read()).toBe(1);
  });
});
