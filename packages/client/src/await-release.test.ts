import type { EntryView } from '@surety/api';
import { AppError, type Bytes32 } from '@surety/domain';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { awaitRelease } from './await-release.js';
import { clientError } from './errors.js';
import type { AggregatorEvent } from './event-stream.js';

const EDGE: Bytes32 = `0x${'ab'.repeat(32)}` as Bytes32;
const ID = `${EDGE}:1`;

/** Returns the next stage at each poll, with an event of the edge in between. */
function follow(stages: readonly (string | AppError | undefined)[], events: readonly string[] = []) {
  const told: string[] = [];
  let looks = 0;
  const readEntry = async (): Promise<readonly EntryView[]> => {
    const stage = stages[Math.min(looks++, stages.length - 1)];
    if (stage instanceof AppError) throw stage;
    return stage === undefined ? [] : [{ stage } as EntryView];
  };
  async function* readEvents(options: { signal: AbortSignal }): AsyncGenerator<AggregatorEvent> {
    for (const edge of events) {
      yield { id: '1', name: 'entry', payload: { edge } };
      // The next event comes once the signal has been received: a poll takes a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (events.length === 0) throw unreachable;
    if (!options.signal.aborted) await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
  }
  const onStage = (entry: EntryView): void => void told.push(entry.stage);
  return { told, looks: () => looks, parts: { id: ID, readEntry, readEvents, onStage } };
}

const unreachable = clientError({ code: 'AGGREGATOR_UNREACHABLE', message: 'nobody listens', retryable: true });
const refused = clientError({ code: 'AGGREGATOR_REFUSED', message: 'no such id', retryable: false });

describe('awaiting a release', () => {
  afterEach(() => vi.useRealTimers());

  it('returns a release that is there already, though its stream of events has not opened yet', async () => {
    const { parts } = follow(['paid']);
    async function* readEvents({ signal }: { signal: AbortSignal }): AsyncGenerator<AggregatorEvent> {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('left'))));
      yield { id: '1', name: 'entry', payload: {} };
    }
    const entry = await awaitRelease({ ...parts, readEvents, stage: 'paid' }, new AbortController().signal);
    expect(entry.stage).toBe('paid');
  });

  it('rejects with what the aggregator refuses permanently', async () => {
    const { parts } = follow([refused]);
    await expect(awaitRelease({ ...parts, stage: 'paid' }, new AbortController().signal)).rejects.toBe(refused);
  });

  it('names the last stage when its caller stops waiting', async () => {
    const stop = new AbortController();
    const { parts } = follow(['attested']);
    const onStage = (): void => stop.abort();
    const failure = awaitRelease({ ...parts, onStage, stage: 'paid' }, stop.signal);
    await expect(failure).rejects.toMatchObject({ code: 'ABORTED', retryable: false });
    await expect(failure).rejects.toThrow(`release ${ID} stood at attested`);
  });

  it('polls at each event of its edge, and reports each stage once', async () => {
    const { parts, told } = follow(['requested', 'attested', 'attested', 'paid'], [EDGE, EDGE, EDGE]);
    const entry = await awaitRelease({ ...parts, stage: 'paid' }, new AbortController().signal);
    expect([entry.stage, told]).toEqual(['paid', ['requested', 'attested', 'paid']]);
  });

  it('accepts a later stage, and stops at a stage that ends the release', async () => {
    const { signal } = new AbortController();
    expect((await awaitRelease({ ...follow(['paying']).parts, stage: 'recorded' }, signal)).stage).toBe('paying');
    expect((await awaitRelease({ ...follow(['claimable']).parts, stage: 'paid' }, signal)).stage).toBe('claimable');
  });

  it.each(['refunded', 'claimable', 'stopped', 'refused'] as const)(
    'ends at the payment for a caller that waits for %s, which cannot come any more',
    async (stage) => {
      const parts = { ...follow(['paying', 'paid']).parts, pollMs: 1 };
      expect((await awaitRelease({ ...parts, stage }, AbortSignal.timeout(1_000))).stage).toBe('paid');
    },
  );

  it('waits on at a stopped release for its refund alone', async () => {
    const { signal } = new AbortController();
    const parts = (): ReturnType<typeof follow>['parts'] => follow(['stopped', 'refunded']).parts;
    expect((await awaitRelease({ ...parts(), stage: 'refunded', pollMs: 1 }, signal)).stage).toBe('refunded');
    expect((await awaitRelease({ ...parts(), stage: 'claimable', pollMs: 1 }, signal)).stage).toBe('stopped');
  });

  it('falls back to polling when the stream breaks or a poll fails temporarily', async () => {
    const { parts, looks } = follow([unreachable, undefined, 'paid'], ['0xother']);
    const alone = { ...parts, readEvents: follow(['paid']).parts.readEvents };
    expect((await awaitRelease({ ...alone, stage: 'paid', pollMs: 1 }, new AbortController().signal)).stage).toBe(
      'paid',
    );
    expect(looks()).toBe(3);
  });

  it('keeps its process alive by a timer of its own while nothing else wakes it, and leaves none behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { parts, looks, told } = follow(['requested', 'attested', 'paid'], []);
    const paid = awaitRelease({ ...parts, stage: 'paid', pollMs: 2_000 }, new AbortController().signal);
    const seen: (readonly number[])[] = [];
    for (const ms of [1_000, 1_000, 1_000]) {
      await vi.advanceTimersByTimeAsync(ms);
      seen.push([looks(), vi.getTimerCount()]);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await paid).stage).toBe('paid');
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
      [2, 1],
    ]);
    expect([told, vi.getTimerCount()]).toEqual([['requested', 'attested', 'paid'], 0]);
  });

  it('leaves its timer at a ring, and at the end of its caller’s patience', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stop = new AbortController();
    const { parts, looks } = follow(['requested'], [EDGE, EDGE]);
    const failure = awaitRelease({ ...parts, stage: 'paid' }, stop.signal);
    await expect.poll(looks).toBe(3);
    await expect.poll(() => vi.getTimerCount()).toBe(1);
    stop.abort();
    await expect(failure).rejects.toMatchObject({ code: 'ABORTED' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
