import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestLedger } from '../testing/test-ledger.js';

/** An owner with its checksum, from EIP-55. */
const OWNER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const ACCOUNT = `${OWNER.toLowerCase()}${'0'.repeat(24)}`;

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
});

afterEach(() => test.close());

async function read(url: string) {
  const answer = await test.app.inject({ method: 'GET', url });
  return { status: answer.statusCode, body: answer.json() };
}

describe('an address where an account is expected', () => {
  it.each([OWNER, OWNER.toLowerCase(), `0x${OWNER.slice(2).toUpperCase()}`, ACCOUNT])('is %s', async (name) => {
    await new TestLedger(test).credit();
    expect(await read(`/v1/accounts/${name}`)).toMatchObject({ status: 200, body: { account: ACCOUNT, sub: '0' } });
    expect(await read(`/v1/accounts/${name}/margin`)).toMatchObject({ status: 200, body: { account: ACCOUNT } });
    expect((await read(`/v1/auctions/${name}`)).body).toMatchObject({ code: 'NO_AUCTION' });
    const quote = await read(`/v1/quote/release?account=${name}&assetId=4&amount=1&recipient=${OWNER}`);
    const recipient = `0x${'0'.repeat(24)}${OWNER.slice(2).toLowerCase()}`;
    expect(quote).toMatchObject({ status: 200, body: { account: ACCOUNT, recipient } });
  });

  it('is refused if its checksum is wrong, in a path and in a query', async () => {
    const mistyped = OWNER.replace('5aA', '5aB');
    const expected =
      'expected an address whose letters are its checksum (EIP-55), or all small; one may be mistyped, copy it again';
    expect(await read(`/v1/accounts/${mistyped}/margin`)).toMatchObject({
      status: 400,
      body: { code: 'BAD_CHECKSUM', detail: `account is "${mistyped}"; ${expected}` },
    });
    for (const query of [`account=${mistyped}`, `account=${OWNER}&recipient=${mistyped}`])
      expect((await read(`/v1/quote/release?${query}&assetId=4&amount=1`)).body).toMatchObject({
        code: 'BAD_CHECKSUM',
      });
  });

  it('is refused with what is expected if it is neither', async () => {
    expect((await read('/v1/accounts/0x12')).body.detail).toBe(
      'account is "0x12"; expected an account: 0x and 64 hex digits, or its owner’s address: 0x and 40 hex digits',
    );
  });
});

describe('a source', () => {
  it.each(['parked', 'orphans'])('that nobody configured has no %s', async (list) => {
    expect((await read(`/v1/sources/1/${list}`)).status).toBe(200);
    expect(await read(`/v1/sources/77/${list}`)).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_SOURCE', detail: 'no vault is source 77; expected one of 1, see /v1/edges' },
    });
  });
});

describe('the index', () => {
  it('leads on from / and /v1 to what is there', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    const { status, body } = await read('/');
    expect({ status, version: body.version }).toEqual({ status: 200, version });
    expect(await read('/v1')).toEqual({ status: 200, body });
    await new TestLedger(test).credit();
    const plain = Object.values(body.links as Record<string, string>).filter((link) => link !== '/v1/events');
    for (const link of plain) {
      const { statusCode } = await test.app.inject({ method: 'GET', url: link.replace('{account}', OWNER) });
      expect([link, statusCode]).toEqual([link, 200]);
    }
  });
});
