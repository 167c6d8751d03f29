import { describe, expect, it } from 'vitest';
import { BackgroundLoops } from './background-loops.js';

/** A loop that ends when `finish` is called. */
class TestLoop {
  signal: AbortSignal | undefined;
  finish = (): void => undefined;

  run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    return new Promise((resolve) => (this.finish = resolve));
  }
}

describe('BackgroundLoops', () => {
  it('start with the application, and not when they are made', () => {
    const loop = new TestLoop();
    const loops = new BackgroundLoops((signal) => [loop.run(signal)]);
    expect(loop.signal).toBeUndefined();
    loops.onApplicationBootstrap();
    expect(loop.signal?.aborted).toBe(false);
  });

  it('are told to stop first, and hold the shutdown up until the last one has ended', async () => {
    const [first, second] = [new TestLoop(), new TestLoop()];
    const loops = new BackgroundLoops((signal) => [first.run(signal), second.run(signal)]);
    loops.onApplicationBootstrap();
    loops.onModuleDestroy();
    expect([first.signal?.aborted, second.signal?.aborted]).toEqual([true, true]);
    let isOver = false;
    const over = loops.beforeApplicationShutdown().then(() => (isOver = true));
    first.finish();
    await Promise.resolve().then(() => Promise.resolve());
    expect(isOver).toBe(false);
    second.finish();
    await over;
    expect(isOver).toBe(true);
  });

  it('end a shutdown at once that comes before they were started', async () => {
    const loops = new BackgroundLoops(() => [new Promise(() => undefined)]);
    loops.onModuleDestroy();
    await expect(loops.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
});
