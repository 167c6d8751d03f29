import type { AddressInfo } from 'node:net';
import { createAggregatorClient, readHealthCrossing } from '@surety/client';
import { type BlockHeight, chainId } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testKey, testLock } from '../testing/test-attesters.js';
import { tellHealth } from './tell-feed.js';
import { hashOf } from '../testing/fake-settlement-reader.js';
import { EVENTS_KEPT } from '../limits.js';

let test: TestApp;
let url: string;

beforeEach(async () => {
  test = await startTestApp();
  await test.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(test.app.getHttpServer().address() as AddressInfo).port}`;
});

afterEach(() => test.close());

describe('GET /v1/events', () => {
  it('sends stages and statements as they come', async () => {
    const abort = new AbortController();
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents({ signal: abort.signal });
    const first = events.next();
    while (test.feed.listenerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    test.journal.append(testLock(testAccount(1), 5n));
    await test.intake.postEntries(test.journal.posted(test.keys[0] ?? testKey(0)));
    expect((await first).value).toMatchObject({ id: '1', name: 'entry', payload: { stage: 'seen', count: '1' } });
    expect((await events.next()).value).toMatchObject({ id: '2', name: 'entry', payload: { stage: 'final' } });
    abort.abort();
  });

  it('resumes behind the last event that a reader saw', async () => {
    for (let at = 0; at < 5; at++) test.feed.publish('margin', { account: `${at}` });
    const abort = new AbortController();
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents({
      lastEventId: '3',
      signal: abort.signal,
    });
    expect((await events.next()).value).toMatchObject({ id: '4', name: 'margin' });
    expect((await events.next()).value).toMatchObject({ id: '5' });
    abort.abort();
  });

  it('sends a crossing of the ladder of health with its figures and block, as the client reads it', async () => {
    const block = { chainId: chainId(99), height: 7n as BlockHeight, hash: hashOf(7n), timestamp: 1_700_000_000n };
    const notice = { account: testAccount(1), step: '1.05', direction: 'down', aM: 2n ** 130n, qM: 3n, block } as const;
    await tellHealth(test.feed, { addCrossings: async () => undefined })([notice]);
    const abort = new AbortController();
    const { signal } = abort;
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents({ lastEventId: '0', signal });
    const { value } = await events.next();
    expect(value).toMatchObject({ id: '1', name: 'health', payload: { aM: (2n ** 130n).toString() } });
    expect(readHealthCrossing(value?.payload)).toEqual(notice);
    expect(() => readHealthCrossing({ ...notice, direction: 'sideways' })).toThrow('direction');
    abort.abort();
  });

  it('keeps a bounded number of events', () => {
    for (let at = 0; at < EVENTS_KEPT + 10; at++) test.feed.publish('chain', { at });
    expect(test.feed.after(0)).toHaveLength(EVENTS_KEPT);
  });

  it('sends nothing to a stream that it has ended', async () => {
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents();
    const first = events.next().catch(() => ({ done: true }));
    while (test.feed.listenerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    test.feed.end();
    expect(test.feed.listenerCount).toBe(0);
    test.feed.publish('margin', { account: '1' });
    expect(await first).toMatchObject({ done: true });
  });

  it('ends open streams when the application closes', async () => {
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents();
    const first = events.next().catch(() => ({ done: true }));
    while (test.feed.listenerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await test.app.close();
    expect(await first).toMatchObject({ done: true });
    expect(test.feed.listenerCount).toBe(0);
  });
});
