import { Readable } from 'node:stream';
import { formatWire } from '@surety/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX, REFUSED_BURST } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testKey, testLock } from '../testing/test-attesters.js';

let test: TestApp;
beforeEach(async () => {
  test = await startTestApp();
});
afterEach(() => test.close());

async function post(payload: string, type = 'application/json'): Promise<{ status: number; code: string }> {
  const headers = { 'content-type': type };
  const request = { method: 'POST', url: '/v1/statements', headers, remoteAddress: '203.0.113.7', payload } as const;
  const { statusCode, body } = await test.app.inject(request);
  return { status: statusCode, code: String((JSON.parse(body) as Record<string, unknown>)['code']) };
}

const LONG = ' '.repeat(BODY_BYTES_MAX / 2 + 1);

describe('posts that cannot be read', () => {
  it.each([
    ['no JSON', `${LONG}nonsense`],
    ['a body that no schema takes', `${LONG}{}`],
  ])('are charged by their length, and refused unread after that: %s', async (_, body) => {
    for (const status of [400, 400, 429]) expect((await post(body)).status).toBe(status);
    // Not even one that is no JSON is looked at now.
    expect(await post('nonsense')).toEqual({ status: 429, code: 'RATE_LIMITED' });
  });

  it.each([
    ['PUT', '/v1/statements', 405],
    ['POST', '/v1/status', 405],
    ['PATCH', '/nothing', 404],
    ['DELETE', '/nothing', 404],
    ['OPTIONS', '/nothing', 404],
  ] as const)('are not read where no route takes them: %s %s', async (method, url, status) => {
    const headers = { 'content-type': 'application/json' };
    const send = async (): Promise<number> =>
      (await test.app.inject({ method, url, headers, remoteAddress: '203.0.113.7', payload: 'nonsense' })).statusCode;
    // A body that were read would be refused with 400.
    for (let at = 0; at < REFUSED_BURST; at++) expect(await send()).toBe(status);
    expect(await send()).toBe(method === 'OPTIONS' ? 404 : 429);
  });

  it('are charged for what came of them where they do not say their length', async () => {
    const headers = { 'content-type': 'application/json' };
    const send = async (): Promise<number> => {
      const payload = Readable.from(['non', 'sense']);
      const request = {
        method: 'POST',
        url: '/v1/statements',
        headers,
        remoteAddress: '203.0.113.7',
        payload,
      } as const;
      return (await test.app.inject(request)).statusCode;
    };
    for (let at = 0; at < REFUSED_BURST; at++) expect(await send()).toBe(400);
    expect(await send()).toBe(429);
  });

  it('are charged little where nothing of them was read', async () => {
    for (let at = 0; at < 5; at++) {
      expect((await post(LONG + LONG)).status).toBe(413);
      expect((await post(LONG, 'text/plain')).status).toBe(415);
    }
    for (let at = 10; at < REFUSED_BURST; at++) await post('nonsense');
    expect((await post('nonsense')).status).toBe(429);
  });

  it('leave the budget of another address, and come back with time', async () => {
    test.journal.append(testLock(testAccount(1), 5n));
    const good = JSON.stringify(formatWire({ statements: [test.journal.signed(test.keys[0] ?? testKey(0))] }));
    for (let at = 0; at < 2; at++) await post(`${LONG}nonsense`);
    const other = { method: 'POST', url: '/v1/statements', remoteAddress: '203.0.113.8', payload: good } as const;
    const headers = { 'content-type': 'application/json' };
    expect((await post(good)).status).toBe(429);
    expect((await test.app.inject({ ...other, headers })).statusCode).toBe(200);
    test.clock.nowValueMs += 60_000;
    expect((await post(good)).status).toBe(200);
  });

  it('are refused before they are parsed if they have more members than any post', async () => {
    const many = `{"statements":[${Array.from({ length: 16_386 }, () => '{}').join()}]}`;
    expect(await post(many)).toEqual({ status: 400, code: 'TOO_MANY_MEMBERS' });
  });
});
