import type { AggregatorClient, DeployedContract } from '@surety/client';
import { liquidationAuctionAbi } from '@surety/contracts';
import { WAD, accountId, address } from '@surety/domain';
import { decodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import { shortenHex } from '../format.js';
import { checkBid } from './bids.js';
import type { OpenWallet } from './open-wallet.js';

const OWNER = address(`0x${'11'.repeat(20)}`);
const AUCTION = address(`0x${'22'.repeat(20)}`);
const OWN = accountId({ owner: OWNER, home: 0, sub: 0n });
const DEBTOR = accountId({ owner: OWNER, home: 0, sub: 1n });
const contracts = [{ name: 'auction', chainId: 900, chain: 'settlement', address: AUCTION }] as DeployedContract[];
const wallet = { address: OWNER, useChain: async () => {}, simulate: async () => {} } as unknown as OpenWallet;

/** Checks a bid for an offer of a share. */
async function check(shareWad: bigint) {
  const offer = { protocol: AUCTION, shareWad, assumedWad: 500n * WAD, discountPpm: 50_000n, lines: [], wait: null };
  const world = { client: {} as AggregatorClient, wallet, account: OWN };
  const bidFor = { account: DEBTOR, offer: { ...offer, lossWad: 0n } };
  const { steps } = await checkBid(world, bidFor, contracts);
  const { args } = decodeFunctionData({ abi: liquidationAuctionAbi, data: steps[0]?.call.data ?? '0x' });
  return { titles: steps.map(({ title }) => title), terms: args?.[3] };
}

describe('a bid that is checked', () => {
  it('takes a twentieth more than was shown at most, and says so', async () => {
    const { titles, terms } = await check((12n * WAD) / 100n);
    expect(terms).toEqual({ shareMaxWad: (126n * WAD) / 1_000n, shareMinWad: 0n, leastPpm: 50_000, pays: false });
    expect(titles).toEqual([`Bid for at most 12.60 % of the burden of account ${shortenHex(DEBTOR)}`]);
  });

  it.each([WAD, (99n * WAD) / 100n])('takes no more than all where %s was shown', async (shareWad) => {
    expect((await check(shareWad)).terms).toMatchObject({ shareMaxWad: WAD });
  });
});
