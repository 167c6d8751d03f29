import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';
import { aboutAccount } from './bad-answer.js';

const OWNER = `0x${'ab'.repeat(20)}`;
const OWN = bytes32(OWNER.padEnd(66, '0'));
const SUB = bytes32(`${OWNER}${'1'.padStart(24, '0')}`);
const OTHER = bytes32(`0x${'cd'.repeat(32)}`);

const answerAbout = (account: string): Promise<{ readonly account: string }> => Promise.resolve({ account });

describe('an answer about an account', () => {
  it.each([
    [OWN, OWN],
    [SUB, SUB],
    [OWN.replace('ab', 'AB'), OWN],
    [address(OWNER), OWN],
    [OWNER.replaceAll('ab', 'AB').replace('0X', '0x'), OWN],
  ])('that is asked for as %s is taken about %s', async (asked, account) => {
    expect(await aboutAccount(asked, answerAbout(account))).toEqual({ account });
  });

  it.each([
    [OWN, OTHER],
    [OWN, SUB],
    [SUB, OWN],
    [OWNER, SUB],
    [OWNER, OTHER],
  ])('that is asked for as %s is refused about %s', async (asked, account) => {
    const read = aboutAccount(asked, answerAbout(account));
    await expect(read).rejects.toMatchObject({ code: 'BAD_ANSWER', context: { path: 'answer.account' } });
    await expect(read).rejects.toThrow(`holds "${account}" at answer.account; expected 0x`);
  });

  it('is compared where a history is read, of an owner too', async () => {
    const served = { account: OWN, changes: [], next: null, completeFrom: null };
    const paths: string[] = [];
    const client = createAggregatorClient({
      url: 'http://127.0.0.1',
      timeoutMs: 5_000,
      fetch: async (url) => {
        paths.push(new URL(url instanceof Request ? url.url : url).pathname);
        return new Response(JSON.stringify(served), { headers: { 'content-type': 'application/json' } });
      },
    });
    const about = (account: Bytes32 | Address): Promise<unknown> => client.readHistory(account as Bytes32);
    expect(await about(OWN)).toMatchObject({ account: OWN });
    expect(await about(address(OWNER))).toMatchObject({ account: OWN });
    await expect(about(OTHER)).rejects.toThrow(`expected ${OTHER}`);
    expect(paths).toHaveLength(3);
  });
});
