import { formatWire } from '@surety/api';
import type { SignedStatement } from '@surety/workflows';
import { afterEach, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testKey, testLock } from '../testing/test-attesters.js';

let test: TestApp;
afterEach(() => test.close());

/** Posts through a connection of one address, in the name of another. Returns the status. */
async function post(statements: readonly SignedStatement[], forwarded: string, remoteAddress: string): Promise<number> {
  const headers = { 'x-forwarded-for': forwarded };
  const payload = formatWire({ statements });
  const request = { method: 'POST', url: '/v1/statements', payload, headers, remoteAddress } as const;
  return (await test.app.inject(request)).statusCode;
}

/** Starts an aggregator and makes a post that it refuses: two of them spend an address's budget. */
async function start(options: Parameters<typeof startTestApp>[0] = {}) {
  test = await startTestApp(options);
  test.journal.append(testLock(testAccount(1), 5n));
  const good = [test.journal.signed(test.keys[0] ?? testKey(0))];
  return { good, bad: Array.from({ length: 256 }, () => test.journal.signed(testKey(77))) };
}

it('lets nobody behind a proxy on this machine use up the budget of others there', async () => {
  const { good, bad } = await start();
  for (const status of [422, 422, 429]) expect(await post(bad, '203.0.113.7', '127.0.0.1')).toBe(status);
  // A proxy adds the address that it saw to whatever it was told.
  expect(await post(bad, '198.51.100.9, 203.0.113.7', '127.0.0.1')).toBe(429);
  expect(await post(good, '198.51.100.9', '127.0.0.1')).toBe(200);
});

it('believes nobody else about where a post came from', async () => {
  const { bad } = await start();
  const statuses = [422, 422, 429];
  for (const [at, status] of statuses.entries()) expect(await post(bad, `198.51.100.${at}`, '192.0.2.1')).toBe(status);
});

it('believes the proxies that the configuration names, and them alone', async () => {
  const { good, bad } = await start({ trustedProxies: ['10.0.0.0/8'] });
  for (const status of [422, 422, 429]) expect(await post(bad, '203.0.113.7', '10.1.2.3')).toBe(status);
  expect(await post(good, '198.51.100.9', '10.1.2.3')).toBe(200);
  for (const [at, status] of [422, 422, 429].entries())
    expect(await post(bad, `198.51.100.${at + 20}`, '127.0.0.1')).toBe(status);
});

it('believes nobody where it is told so', async () => {
  const { bad } = await start({ trustedProxies: [] });
  for (const [at, status] of [422, 422, 429].entries())
    expect(await post(bad, `198.51.100.${at}`, '127.0.0.1')).toBe(status);
});
