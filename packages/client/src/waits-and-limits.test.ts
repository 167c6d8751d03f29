import type { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';
import { readEventStream } from './event-stream.js';

const url = 'http://127.0.0.1';

describe('how long an aggregator asks to wait', () => {
  const refusedWith = (headers: Readonly<Record<string, string>>) => {
    const client = createAggregatorClient({
      url,
      timeoutMs: 5_000,
      fetch: async () =>
        new Response('{}', { status: 429, headers: { 'content-type': 'application/json', ...headers } }),
    });
    return { read: client.readStatus(), follow: client.readEvents().next() };
  };

  it.each<[Readonly<Record<string, string>>, number | undefined]>([
    [{ 'retry-after': '10' }, 10],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '99999999999999999999' }, 3_600],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{}, undefined],
  ])('is in the error’s context with %o: %s seconds', async (headers, seconds) => {
    const { read, follow } = refusedWith(headers);
    const seen = ({ code, context }: AppError): unknown => [code, context['retry_after_s']];
    const said = await Promise.all([read.catch(seen), follow.catch(seen)]);
    expect(said).toEqual([
      ['AGGREGATOR_FAILED', seconds],
      ['AGGREGATOR_FAILED', seconds],
    ]);
  });
});

describe('an event that is no JSON', () => {
  it('is named in the error’s context, so that a stream is opened again behind it', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('id: 41\ndata: 1\n\nid: 42\nevent: entry\ndata: {\n\n');
    }
    const events = readEventStream(chunks());
    expect((await events.next()).value).toMatchObject({ id: '41' });
    await expect(events.next()).rejects.toMatchObject({ code: 'BAD_ANSWER', context: { event_id: '42' } });
  });
});

describe('a time limit', () => {
  it.each([Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31, 0, -1])('of %s is refused', (timeoutMs) => {
    expect(() => createAggregatorClient({ url, timeoutMs })).toThrow(
      `timeoutMs is ${timeoutMs}; expected milliseconds above 0, at most 2147483647`,
    );
  });

  it('is as long as a timer takes', () => {
    expect(createAggregatorClient({ url, timeoutMs: 2 ** 31 - 1 }).origin).toBe(url);
  });
});
