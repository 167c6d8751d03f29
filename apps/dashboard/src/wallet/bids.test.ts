import type { AggregatorClient, AssetView, DeployedContract } from '@surety/client';
import { collateralLedgerAbi, liquidationAuctionAbi } from '@surety/contracts';
import { WAD, accountId, address } from '@surety/domain';
import { type Hex, createClient, custom, decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { shortenHex } from '../format.js';
import { checkBid } from './bids.js';
import type { OpenWallet } from './open-wallet.js';

const OWNER = address(`0x${'11'.repeat(20)}`);
const AUCTION = address(`0x${'22'.repeat(20)}`);
const OWN = accountId({ owner: OWNER, home: 0, sub: 0n });
const DEBTOR = accountId({ owner: OWNER, home: 0, sub: 1n });
const contracts = [{ name: 'auction', chainId: 900, chain: 'settlement', address: AUCTION }] as DeployedContract[];
const WETH = { assetId: 2, symbol: 'WETH', decimals: 18, chain: 'beta' } as AssetView;
const PROTOCOL = address(`0x${'33'.repeat(20)}`);
const SHOWN = { assumedWad: 500n * WAD, lines: [{ assetId: 2, amount: WAD / 2n }] };

/** Burden that an auction would hand over, and the lines for it. */
interface Outcome {
  readonly assumedWad?: bigint;
  readonly assetIds?: readonly number[];
}

const TERMS = { source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, initialBp: 0, maintenanceBp: 0, decimals: 18 };
const SUMS = { credited: 0n, parked: 0n, capUnits: 0n, enableUnits: 0n, releasedCum: 0n, creditPausedUntil: 0 };
const LISTED = { terms: { ...TERMS, minMillionths: 0n, capThousandths: 0n }, ...SUMS };

/** A wallet before an auction, and a ledger that lists each asset with 18 decimals. */
function walletBefore({ assumedWad = 501n * WAD, assetIds = [2] }: Outcome): OpenWallet {
  const request = async ({ params: [{ to }] }: { params: readonly [{ readonly to: string }] }): Promise<Hex> =>
    to === AUCTION
      ? encodeFunctionResult({ abi: liquidationAuctionAbi, functionName: 'ledger', result: PROTOCOL })
      : encodeFunctionResult({ abi: collateralLedgerAbi, functionName: 'assetOf', result: LISTED });
  const result = [WAD / 8n, assumedWad, assetIds, assetIds.map(() => WAD / 4n)] as const;
  const simulate = async (): Promise<Hex> =>
    encodeFunctionResult({ abi: liquidationAuctionAbi, functionName: 'bid', result });
  const chain = createClient({ transport: custom({ request }) });
  return { name: 'a wallet', address: OWNER, chain, simulate, useChain: async () => undefined, send: async () => [] };
}

/** Checks a bid for an offer of a share. */
async function check(shareWad: bigint, outcome: Outcome = {}) {
  const offer = { protocol: PROTOCOL, shareWad, discountPpm: 50_000n, lossWad: 0n, wait: null, ...SHOWN };
  const world = { client: {} as AggregatorClient, wallet: walletBefore(outcome), account: OWN };
  const { steps } = await checkBid(world, { account: DEBTOR, offer }, { assets: [WETH], contracts });
  const { args } = decodeFunctionData({ abi: liquidationAuctionAbi, data: steps[0]?.call.data ?? '0x' });
  return { titles: steps.map(({ title }) => title), terms: args?.[3] };
}

describe('a bid that is checked', () => {
  it('takes a twentieth more than was shown at most, and says so in the auction’s own figures', async () => {
    const { titles, terms } = await check((12n * WAD) / 100n);
    expect(terms).toEqual({ shareMaxWad: (126n * WAD) / 1_000n, shareMinWad: 0n, leastPpm: 50_000, pays: false });
    expect(titles).toEqual([
      `Bid for at most 12.60 % of what account ${shortenHex(DEBTOR)} owes ${PROTOCOL}: now it takes over 501.00 for 0.25 of asset 2 (WETH on beta), at 5.00 % below their price`,
    ]);
  });

  it.each([WAD, (99n * WAD) / 100n])('takes no more than all where %s was shown', async (shareWad) => {
    expect((await check(shareWad)).terms).toMatchObject({ shareMaxWad: WAD });
  });

  it.each<[string, Outcome, string]>([
    [
      'a larger burden',
      { assumedWad: 535n * WAD + 1n },
      'take over 535.00 for lines of asset 2; expected at most 535.00 for',
    ],
    [
      'lines of another asset',
      { assetIds: [2, 3] },
      'for lines of asset 2, 3; expected at most 535.00 for lines of asset 2,',
    ],
  ])('is refused where the auction names %s than was shown', async (_, outcome, refusal) => {
    await expect(check(WAD / 8n, outcome)).rejects.toThrow(refusal);
  });

  it('is taken up to 7 % above the burden that was shown', async () => {
    const { titles } = await check(WAD / 8n, { assumedWad: 535n * WAD });
    expect(titles[0]).toContain('takes over 535.00 for');
  });
});
