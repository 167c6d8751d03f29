import type { AddressInfo } from 'node:net';
import { createAggregatorClient, readHealthCrossing } from '@surety/client';
import { type BlockHeight, chainId } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testKey, testLock } from '../testing/test-attesters.js';
import { EventFeed } from './event-feed.js';
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

afterEach(() => {
  // A client that broke off may have opened a spare connection, which the server would wait for.
  test.app.getHttpServer().closeAllConnections();
  return test.close();
});

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

  it('says first that events are gone which a reader that resumes has not seen', async () => {
    const kept = EVENTS_KEPT + 2;
    for (let at = 0; at < kept; at++) test.feed.publish('margin', { account: testAccount(1) });
    const firstAfter = async (lastEventId: string): Promise<unknown> => {
      const abort = new AbortController();
      const { signal } = abort;
      const types = ['margin'] as const;
      const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents({ lastEventId, types, signal });
      const { value } = await events.next();
      abort.abort();
      return value;
    };
    expect(await firstAfter('1')).toEqual({ id: '2', name: 'gap', payload: { after: '1', from: '2' } });
    // Another aggregator gave it.
    expect(await firstAfter('9000')).toMatchObject({ name: 'gap', payload: { after: '9000', from: String(kept) } });
    // No aggregator gave these.
    for (const after of ['abc', '-1', '99999999999999999999'])
      expect(await firstAfter(after)).toMatchObject({ name: 'gap', payload: { after, from: String(kept) } });
    // Who asks for what is kept, or behind what is gone, has missed nothing.
    expect([await firstAfter('0'), await firstAfter('2')]).toMatchObject([{ id: '3' }, { id: '3' }]);
  });

  it('names an id before any event, so that a reader of one account that has seen none misses none', async () => {
    const client = createAggregatorClient({ url, timeoutMs: 10_000 });
    const request = { accounts: [testAccount(1)], types: ['health'] } as const;
    for (let at = 0; at < 3; at++) test.feed.publish('margin', { account: testAccount(2) });
    let lastEventId = '';
    const first = client.readEvents({ ...request, onLastEventId: (id) => void (lastEventId = id) }).next();
    while (test.feed.listenerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    test.feed.end();
    expect(await first).toMatchObject({ done: true });
    expect(lastEventId).toBe('3');
    test.feed.publish('health', { account: testAccount(1), step: '1' });
    test.feed.publish('health', { account: testAccount(2), step: '1' });
    const second = new AbortController();
    const told: string[] = [];
    const again = { ...request, lastEventId, onLastEventId: (id: string) => void told.push(id), signal: second.signal };
    const events = client.readEvents(again);
    expect((await events.next()).value).toMatchObject({ id: '4', payload: { account: testAccount(1) } });
    const rest = events.next();
    // What it has left out is behind it as well.
    await expect.poll(() => told).toEqual(['4', '5']);
    second.abort();
    expect(await rest).toMatchObject({ done: true });
  });

  it('says nothing of events that are gone and that a reader does not want, unless too many are to know', () => {
    const feed = new EventFeed(0);
    const accepts = ({ account, name }: { account: string | undefined; name: string }) =>
      account === testAccount(1) && name === 'health';
    feed.publish('health', { account: testAccount(1) });
    for (let at = 0; at < EVENTS_KEPT + 9; at++) feed.publish(at % 2 ? 'chain' : 'margin', { account: testAccount(1) });
    expect([feed.gapAfter(1, accepts), feed.gapAfter(9, accepts), feed.gapAfter(9, () => true)]).toEqual([
      undefined,
      undefined,
      10,
    ]);
    feed.publish('health', { account: testAccount(1) });
    for (let at = 0; at < EVENTS_KEPT; at++) feed.publish('health', { account: testAccount(2) });
    expect(feed.gapAfter(EVENTS_KEPT, accepts)).toBe(feed.lastId - EVENTS_KEPT);
    expect(feed.gapAfter(feed.lastId - EVENTS_KEPT, accepts)).toBeUndefined();
    const last = feed.lastId;
    for (let at = 0; at < 2 * EVENTS_KEPT - 9; at++) feed.publish('health', { account: testAccount(3 + at) });
    expect(feed.gapAfter(last, accepts)).toBeUndefined();
    for (let at = 0; at < EVENTS_KEPT; at++) feed.publish('health', { account: testAccount(9_000 + at) });
    expect(feed.gapAfter(last, accepts)).toBe(feed.lastId - EVENTS_KEPT);
  });

  it('says so to a reader of before a restart', () => {
    const feed = new EventFeed(1_700_000_000_000);
    // An id that its reader was told at the open, before any event.
    const all = (): boolean => true;
    expect(feed.gapAfter(new EventFeed(1_600_000_000_000).lastId, all)).toBe(1_700_000_000_000);
    feed.publish('health', { account: testAccount(1) });
    expect([1_600_000_000_007, 1_700_000_000_000, 1_700_000_000_001].map((id) => feed.gapAfter(id, all))).toEqual([
      1_700_000_000_000,
      undefined,
      undefined,
    ]);
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
