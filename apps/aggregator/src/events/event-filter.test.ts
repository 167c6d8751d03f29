import type { AddressInfo } from 'node:net';
import { type EventsRequest, createAggregatorClient } from '@surety/client';
import { address } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTRIES_TOLD_MAX, EVENT_RETRY_MS } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { tellChanged } from './tell-feed.js';
import { testAccount, testKey, testLock } from '../testing/test-attesters.js';

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

async function post(stage: 'seen' | 'final'): Promise<void> {
  await test.intake.postEntries(test.journal.posted(test.keys[0] ?? testKey(0), { stage }));
  await test.feed.entries.settle();
}

/** The events that are kept, as a stream of this request reads them. */
async function told(request: EventsRequest) {
  test.feed.publish('chain', { end: 'end' });
  const found: unknown[] = [];
  const client = createAggregatorClient({ url, timeoutMs: 10_000 });
  for await (const { name, payload } of client.readEvents({ lastEventId: '0', ...request })) {
    if (JSON.stringify(payload) === '{"end":"end"}') break;
    found.push({ name, ...(payload as object) });
  }
  return found;
}

describe('a stream of entries', () => {
  it('names each entry and its account, first as posted, then as attested', async () => {
    const edge = test.journal.known.edgeId;
    test.journal.append(testLock(testAccount(1), 5n));
    await post('seen');
    test.journal.append(testLock(testAccount(2), 6n), testLock(testAccount(1), 7n));
    await post('final');
    expect(await told({})).toEqual([
      { name: 'entry', edge, stage: 'seen', count: '1', id: `${edge}:1`, account: testAccount(1) },
      { name: 'entry', edge, stage: 'seen', count: '2', id: `${edge}:2`, account: testAccount(2) },
      { name: 'entry', edge, stage: 'seen', count: '3', id: `${edge}:3`, account: testAccount(1) },
      { name: 'entry', edge, stage: 'final', count: '1', id: `${edge}:1`, account: testAccount(1) },
      { name: 'entry', edge, stage: 'final', count: '2', id: `${edge}:2`, account: testAccount(2) },
      { name: 'entry', edge, stage: 'final', count: '3', id: `${edge}:3`, account: testAccount(1) },
    ]);
  });

  it('tells of one account what concerns it, and what names none', async () => {
    test.journal.append(testLock(testAccount(1), 5n));
    await post('seen');
    test.journal.append(testLock(testAccount(2), 6n), testLock(testAccount(1), 7n));
    await post('seen');
    test.feed.publish('margin', { account: testAccount(1) });
    test.feed.publish('margin', { account: testAccount(2) });
    test.feed.publish('statement', { edge: 'any' });
    const [account, owner] = [testAccount(1), address(testAccount(1).slice(0, 42))];
    const own = [{ count: '1' }, { count: '3' }, { name: 'margin', account }, { name: 'statement' }];
    expect(await told({ accounts: [account] })).toMatchObject(own);
    expect(await told({ accounts: [owner] })).toMatchObject(own);
    expect(await told({ accounts: [owner, testAccount(2)] })).toHaveLength(6);
    expect(await told({ accounts: [account], types: ['margin', 'chain'] })).toMatchObject([
      { name: 'margin', account },
    ]);
  });

  it('tells of each account whose margin changed, and without a name, to everyone, that too many did', async () => {
    const [account, other] = [testAccount(1), testAccount(2)];
    const tell = tellChanged(test.feed);
    tell([account, other]);
    tell('too many');
    expect(await told({})).toEqual([
      { name: 'margin', account },
      { name: 'margin', account: other },
      { name: 'margin' },
    ]);
    expect(await told({ accounts: [account], types: ['margin', 'chain'] })).toContainEqual({ name: 'margin' });
  });

  it('tells a step of too many entries once, to everyone', async () => {
    test.journal.append(testLock(testAccount(1), 1n));
    await post('seen');
    for (let n = 0n; n <= ENTRIES_TOLD_MAX; n++) test.journal.append(testLock(testAccount(2), 1n));
    await post('seen');
    const [, ...rest] = await told({ accounts: [testAccount(1)] });
    expect(rest).toEqual([
      { name: 'entry', edge: test.journal.known.edgeId, stage: 'seen', count: String(ENTRIES_TOLD_MAX + 2n) },
    ]);
  });

  it('tells a browser when to come again and behind which id, with the headers of every answer', async () => {
    const response = await fetch(`${url}/v1/events?account=${testAccount(1)}`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    const reader = response.body?.getReader();
    const expected = `: open\nretry: ${EVENT_RETRY_MS}\n\nid: 0\n\n`;
    let first = '';
    while (first.length < expected.length) first += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(first).toBe(expected);
    const names = ['access-control-allow-origin', 'x-content-type-options', 'cache-control', 'content-encoding'];
    expect(names.map((name) => response.headers.get(name))).toEqual(['*', 'nosniff', 'no-store', null]);
  });

  it.each([
    ['account=0x12', 'BAD_HEX'],
    ['types=entry,all', 'UNKNOWN_KIND'],
    [Array.from({ length: 65 }, () => `account=${testAccount(1)}`).join('&'), 'TOO_MANY'],
  ])('refuses %.20s with %s', async (query, code) => {
    const answer = await test.app.inject({ method: 'GET', url: `/v1/events?${query}` });
    expect([answer.statusCode, answer.json().code]).toEqual([400, code]);
  });
});
