import { accountId, address } from '@surety/domain';
import { expect, it } from 'vitest';
import type { MarketPlace } from './find-market.js';
import { readStake } from './read-market.js';

const [MARKET, CLAIMANT] = ['a1', 'c1'].map((byte) => address(`0x${byte.repeat(20)}`));
const OWNER = address(`0x${'0e'.repeat(20)}`);
const account = accountId({ owner: OWNER, home: 0, sub: 0n });

it.each([
  ['names the lenders’ share in an exit and its claimant', 6_800, { claimant: CLAIMANT, shareBp: 6_800 }],
  ['names no share that is not registered', 0, null],
])('a stake %s', async (_, shareBp, expected) => {
  const asked: unknown[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    positionOf: [0n, 0n, 0n],
    requirementOf: [0n, 0n],
    protocolsOf: [MARKET],
    exitShareOf: [CLAIMANT, shareBp],
    exitOf: [0n, 0n, 0n, false],
    lossCount: 0n,
  };
  const reader = {
    getBlockNumber: async () => 5n,
    readContract: async ({ functionName, args }: { functionName: string; args: unknown }) => {
      if (functionName === 'exitShareOf') asked.push(args);
      return functionName in answers ? answers[functionName] : 0n;
    },
  };
  const place = { reader, ledger: MARKET, market: { address: MARKET }, tranche: {} } as unknown as MarketPlace;
  const stake = await readStake(place, { account, holder: OWNER });
  expect([stake.exitShare, asked]).toEqual([expected, [[account, MARKET]]]);
});
