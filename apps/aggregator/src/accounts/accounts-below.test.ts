import { HEALTH_STEP_TEXTS } from '@surety/api';
import { type BlockHash, type BlockHeight, type Hex, chainId } from '@surety/domain';
import { HEALTH_STEPS_BPS, formatHealthStep } from '@surety/margin';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { word } from '../testing/test-attesters.js';
import { AccountsBelow } from './accounts-below.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
  const block = { chainId: chainId(900), height: 7n as BlockHeight, hash: word(7) as Hex as BlockHash, timestamp: 9n };
  const fact = (n: number, rung: number) => {
    return { account: word(n), rung, told: rung, assets: 3n, requirement: 2n, block };
  };
  await test.store.health.saveHealth([fact(3, 4), fact(1, 4), fact(2, 3), fact(4, 1)]);
});

afterEach(() => test.close());

async function read(query: string) {
  const response = await test.app.inject({ method: 'GET', url: `/v1/accounts${query}` });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

const listed = async (query: string): Promise<unknown[]> =>
  ((await read(query)).body['accounts'] as { account: string }[]).map(({ account }) => account);

it('refuses a step that is not on the ladder, and names those that are', async () => {
  for (const query of ['', '?below=1.1', '?below=0']) {
    const { status, body } = await read(query);
    expect([status, body['detail']]).toEqual([400, expect.stringContaining('one of 1.5, 1.2, 1.05, 1')]);
  }
  expect((await read('?below=1&limit=0')).status).toBe(400);
  expect((await read('?below=1&after=0x12')).body).toMatchObject({ code: 'BAD_HEX' });
});

it('knows the steps of the margin engine, in its order', () => {
  expect(HEALTH_STEP_TEXTS).toEqual(HEALTH_STEPS_BPS.map(formatHealthStep));
});

it('shows what an account is worth at the last prices, where that is known', async () => {
  const block = { chainId: chainId(900), height: 9n as BlockHeight, hash: word(9) as Hex as BlockHash, timestamp: 11n };
  const valuedAssetsOf = (account: string) => (account === word(1) ? { assets: 1n, block } : undefined);
  const health = { valuedAssetsOf, leastHealthy: () => [] };
  const page = await new AccountsBelow(test.store, health).page({ below: '1', limit: 2 });
  expect(page.map(({ account, aM, block: at }) => [account, aM, at.height])).toEqual([
    [word(1), 1n, 9n],
    [word(3), 3n, 7n],
  ]);
});

it('lists the least healthy first, page by page', async () => {
  const steps: number[] = [];
  const leastHealthy = (rung: number) => (steps.push(rung), [word(3), word(9), word(1), word(2)]);
  const below = new AccountsBelow(test.store, { valuedAssetsOf: () => undefined, leastHealthy });
  const ranked = async (skip: number, limit: number) =>
    (await below.leastHealthy({ below: '1.05', skip, limit })).map(({ account }) => account);
  // One without a row has no debt any more.
  expect([await ranked(0, 3), await ranked(2, 999), await ranked(4, 3)]).toEqual([
    [word(3), word(1)],
    [word(1), word(2)],
    [],
  ]);
  expect(new Set(steps)).toEqual(new Set([3]));
});

it('has no order by health before the accounts are loaded, and says so', async () => {
  const { status, body } = await read('?below=1&order=health');
  expect([status, body['code'], body['detail']]).toEqual([503, 'NOT_FOLDED', expect.stringContaining('ask again')]);
});

it.each([
  ['?below=1&order=age', 'one of account, health'],
  [`?below=1&order=health&after=${word(1)}`, 'skip=<n>'],
  ['?below=1&skip=3', 'after=<account>'],
  ['?below=1&order=health&skip=-1', 'decimal integer'],
])('refuses %s, and says what it expects', async (query, expected) => {
  const { status, body } = await read(query);
  expect([status, body['detail']]).toEqual([400, expect.stringContaining(expected)]);
});

it('lists the accounts below a step, page by page', async () => {
  expect((await read('?below=1&limit=1')).body).toEqual({
    accounts: [
      {
        account: word(1),
        aM: '3',
        qM: '2',
        block: { chainId: 900, height: '7', hash: word(7), timestamp: '9' },
      },
    ],
  });
  expect(await listed(`?below=1&after=${word(1)}`)).toEqual([word(3)]);
  expect(await listed('?below=1.05')).toEqual([word(1), word(2), word(3)]);
  expect(await listed('?below=1.5')).toEqual([word(1), word(2), word(3), word(4)]);
  expect(await listed(`?below=1.5&after=${word(4)}`)).toEqual([]);
  expect(test.answers?.misfits).toEqual([]);
});
