import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_STREAMS_PER_ADDRESS_MAX } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';

let test: TestApp;
let url: string;
let abort: AbortController;
/** Kept, because fetch closes the stream of an answer that is collected. */
let answers: Response[];

beforeEach(async () => {
  test = await startTestApp();
  await test.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(test.app.getHttpServer().address() as AddressInfo).port}/v1/events`;
  abort = new AbortController();
  answers = [];
});

afterEach(() => {
  abort.abort();
  // A client that broke off may have opened a spare connection, which the server would wait for.
  test.app.getHttpServer().closeAllConnections();
  return test.close();
});

/** Asks for a stream as a proxy on this machine does for a client of its own, and leaves it open. */
async function open(from: string, method: 'GET' | 'HEAD' = 'GET'): Promise<Response> {
  const answer = await fetch(url, { method, signal: abort.signal, headers: { 'x-forwarded-for': from } });
  answers.push(answer);
  return answer;
}

describe('event streams of one address', () => {
  it('are few, so that it shuts nobody out', async () => {
    const own = Array.from({ length: EVENT_STREAMS_PER_ADDRESS_MAX }, (_, at) => `2001:db8:1:2::${at + 1}`);
    for (const from of own) expect((await open(from)).status).toBe(200);
    const refused = await open('2001:db8:1:2:ffff::1');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    expect(await refused.json()).toMatchObject({ detail: 'your address has 8 event streams open; close one' });
    expect((await open('203.0.113.7')).status).toBe(200);
    expect(test.feed.listenerCount).toBe(EVENT_STREAMS_PER_ADDRESS_MAX + 1);
  });

  it('are given back once one is closed', async () => {
    for (let at = 0; at < EVENT_STREAMS_PER_ADDRESS_MAX; at++) await open('203.0.113.7');
    abort.abort();
    while (test.feed.listenerCount > 0) await new Promise((resolve) => setImmediate(resolve));
    abort = new AbortController();
    expect((await open('203.0.113.7')).status).toBe(200);
  });

  it('are as many as all streams on this machine itself', async () => {
    const statuses: number[] = [];
    for (let at = 0; at <= EVENT_STREAMS_PER_ADDRESS_MAX; at++) statuses.push((await open('127.0.0.1')).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('HEAD of the event stream', () => {
  it('is answered at once, with the headers of a stream, and holds none', async () => {
    const { status, headers } = await open('203.0.113.7', 'HEAD');
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store',
    ]);
    expect(test.feed.listenerCount).toBe(0);
  });
});
