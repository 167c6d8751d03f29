import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';
import type { AggregatorEvent } from './event-stream.js';
import { EVENTS_IDLE_MS_MAX } from './limits.js';

const COMMENT_EVERY_MS = 15_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Opens a stream of events that the test writes. */
function openStream(onLastEventId?: (id: string) => void) {
  let write: ReadableStreamDefaultController<Uint8Array> | undefined;
  const answer: typeof fetch = async (_, init) => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (write = controller) });
    // As the platform's own: an abort breaks the body.
    init?.signal?.addEventListener('abort', () => write?.error(init.signal?.reason));
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const client = createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: answer });
  const events = client.readEvents(onLastEventId === undefined ? {} : { onLastEventId });
  const next = async (): Promise<AggregatorEvent | undefined> => {
    const { value, done } = await events.next();
    return done === true ? undefined : value;
  };
  const say = (text: string): void => write?.enqueue(new TextEncoder().encode(text));
  return { next, say, fail: (cause: Error) => write?.error(cause), end: () => write?.close() };
}

/** Returns what becomes of a promise, kept so that nobody misses its failure. */
function settled<Value>(promise: Promise<Value>): { readonly now: () => Value | Error | undefined } {
  let end: Value | Error | undefined;
  promise.then(
    (value) => (end = value),
    (cause: Error) => (end = cause),
  );
  return { now: () => end };
}

describe('a stream of events', () => {
  it('is kept while comments come, however long no event does', async () => {
    const { next, say } = openStream();
    const event = settled(next());
    for (let passed = 0; passed < 10 * EVENTS_IDLE_MS_MAX; passed += COMMENT_EVERY_MS) {
      await vi.advanceTimersByTimeAsync(COMMENT_EVERY_MS);
      say(': still here\n\n');
    }
    expect(event.now()).toBeUndefined();
    say('id: 7\nevent: entry\ndata: 1\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(event.now()).toEqual({ id: '7', name: 'entry', payload: 1 });
  });

  it('ends with an error that may be retried once nothing has come for a minute', async () => {
    const { next, say } = openStream();
    const event = settled(next());
    await vi.advanceTimersByTimeAsync(COMMENT_EVERY_MS);
    say(': still here\n\n');
    await vi.advanceTimersByTimeAsync(EVENTS_IDLE_MS_MAX - 1);
    expect(event.now()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(event.now()).toMatchObject({
      code: 'AGGREGATOR_TIMEOUT',
      retryable: true,
      message: expect.stringContaining('http://there sent nothing more of GET /v1/events for 60000 ms') as string,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives its reader time: only what it waits for is late', async () => {
    const { next, say, end } = openStream();
    const first = settled(next());
    await vi.advanceTimersByTimeAsync(0);
    say('id: 1\ndata: 1\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(first.now()).toMatchObject({ id: '1' });
    await vi.advanceTimersByTimeAsync(10 * EVENTS_IDLE_MS_MAX);
    say('id: 2\ndata: 2\n\n');
    expect(await next()).toMatchObject({ id: '2' });
    end();
    expect(await next()).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that breaks ends with an error that may be retried', async () => {
    const { next, fail } = openStream();
    const event = settled(next());
    await vi.advanceTimersByTimeAsync(0);
    fail(new TypeError('terminated'));
    await vi.advanceTimersByTimeAsync(0);
    expect(event.now()).toMatchObject({ code: 'AGGREGATOR_UNREACHABLE', retryable: true });
  });

  it('tells the id to resume behind before any event, and that of an event once its reader is done with it', async () => {
    const told: string[] = [];
    const { next, say } = openStream((id) => void told.push(id));
    const first = settled(next());
    await vi.advanceTimersByTimeAsync(0);
    say(': open\nretry: 2000\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([]);
    say('id: 41\n\n: still here\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect([first.now(), told]).toEqual([undefined, ['41']]);
    say('id: 42\nevent: entry\ndata: 1\n\n: still here\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect([first.now(), told]).toMatchObject([{ id: '42' }, ['41']]);
    settled(next());
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['41', '42']);
  });
});
