import { AppError } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { FailingLoops } from './failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from './keep-running.js';
import { retryDelayMs } from './retry-delay-ms.js';

const away = new AppError({ code: 'AWAY', message: 'nobody answers', retryable: true });
const otherChain = new AppError({ code: 'CHAIN_MISMATCH', message: 'expected another chain' });

let clock: FakeClock;
let observer: RecordingObserver;
let stopping: AbortController;
/** The outcome of each step, in order; later steps succeed. */
let script: (() => unknown)[];
/** Milliseconds since the loop began, at each step. */
let stepsAtMs: number[];
let distrusted: number;

beforeEach(() => {
  [clock, observer, stopping, script, stepsAtMs, distrusted] = [
    new FakeClock(),
    new RecordingObserver(),
    new AbortController(),
    [],
    [],
    0,
  ];
});

const failing = (error: unknown) => () => {
  throw error;
};

/** Runs the script with pauses of 100 ms, doubled at each failure up to 500. */
function start(options: Partial<KeepRunningOptions> = {}): Promise<void> {
  const startMs = clock.elapsedMs();
  const running: KeepRunningOptions = {
    step: async () => {
      stepsAtMs.push(clock.elapsedMs() - startMs);
      await script.shift()?.();
    },
    pauseMs: (failures) => retryDelayMs(failures, { firstMs: 100, maxMs: 500 }),
    failure: { name: 'step-failed', fields: { source: 1 } },
    distrustProvider: () => void (distrusted += 1),
    clock,
    observer,
    ...options,
  };
  return keepRunning(running, stopping.signal);
}

const told = () => observer.events.map(({ level, fields }) => `${level} ${fields['code']}`);

describe('keepRunning', () => {
  it('ends with a fatal error, which it neither reports nor retries', async () => {
    script = [() => undefined, failing(otherChain)];
    const [outcome] = await Promise.allSettled([start({ isFatal: isChainMismatch }), clock.advance(1_000)]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: otherChain });
    expect([stepsAtMs, told(), distrusted]).toEqual([[0, 100], [], 0]);
  });

  it('ends with the error that the caller throws after a failure was reported', async () => {
    script = [failing(otherChain)];
    await expect(start({ onFailure: failing(away) })).rejects.toBe(away);
    expect(told()).toEqual(['warn CHAIN_MISMATCH']);
  });

  it('reports no failure after the signal aborted, not even a fatal one', async () => {
    script = [
      () => {
        stopping.abort();
        throw otherChain;
      },
    ];
    await start({ isFatal: isChainMismatch });
    expect([told(), distrusted, clock.nextWakeMs]).toEqual([[], 0, undefined]);
  });

  it('runs no further step once the signal aborts during a pause', async () => {
    const running = start();
    await settle();
    expect(clock.nextWakeMs).toBe(100);
    stopping.abort();
    await running;
    expect(stepsAtMs).toEqual([0]);
  });

  it('runs no step if the signal has already aborted', async () => {
    stopping.abort();
    await start();
    expect(stepsAtMs).toEqual([]);
  });

  it('waits longer after each consecutive failure, up to the maximum, and resets after a success', async () => {
    script = [...Array.from({ length: 4 }, () => failing(away)), () => undefined, failing(away)];
    const running = start();
    await clock.advance(2_100);
    stopping.abort();
    await running;
    expect(stepsAtMs).toEqual([0, 200, 600, 1_100, 1_600, 1_700, 1_900, 2_000, 2_100]);
  });

  it('warns of the first consecutive failure only, and again after a success', async () => {
    script = [failing(away), failing(new TypeError('odd')), () => undefined, failing(away)];
    const running = start();
    await clock.advance(1_000);
    stopping.abort();
    await running;
    expect(told()).toEqual(['warn AWAY', 'debug UNEXPECTED', 'warn AWAY']);
    expect(observer.events[0]).toEqual({ name: 'step-failed', level: 'warn', fields: { source: 1, code: 'AWAY' } });
    expect(distrusted).toBe(3);
  });

  it('reports each kind of failure once at the loop’s level, and counts all of them', async () => {
    const counts: number[] = [];
    script = [failing(away), failing(away), failing(otherChain), failing(away)];
    const running = start({
      failure: {
        name: 'step-failed',
        describe: (error) => ({ code: (error as AppError).code, detail: 'seen' }),
        level: (error) => (error === otherChain ? 'error' : 'warn'),
        kindOf: (error) => (error as AppError).code,
      },
      onFailure: (_, failures) => void counts.push(failures),
    });
    await clock.advance(1_500);
    stopping.abort();
    await running;
    expect(told()).toEqual(['warn AWAY', 'debug AWAY', 'error CHAIN_MISMATCH', 'warn AWAY']);
    expect(observer.events[0]?.fields).toEqual({ code: 'AWAY', detail: 'seen' });
    expect(counts).toEqual([1, 2, 3, 4]);
  });

  it('notes the loop that fails, from its first failure on until a pass succeeds', async () => {
    const failingLoops = new FailingLoops(clock);
    const firstMs = clock.elapsedMs();
    script = [failing(away), failing(new TypeError('odd')), () => undefined, failing(away)];
    const running = start({ failingLoops });
    await settle();
    const first = { loop: 'step-failed (source 1)', sinceMs: firstMs, code: 'AWAY', detail: 'nobody answers' };
    expect(failingLoops.list()).toEqual([first]);
    await clock.advance(200);
    expect(failingLoops.list()).toEqual([{ ...first, code: 'UNEXPECTED', detail: 'odd' }]);
    await clock.advance(400);
    expect(failingLoops.list()).toEqual([]);
    await clock.advance(100);
    expect(failingLoops.list()).toEqual([{ ...first, sinceMs: firstMs + 700 }]);
    stopping.abort();
    await running;
  });

  it('continues at once without a pause, as for a step that waits for its own work', async () => {
    script = [() => undefined, () => undefined, () => stopping.abort()];
    await start({ pauseMs: () => 0 });
    expect(stepsAtMs).toEqual([0, 0, 0]);
  });
});
