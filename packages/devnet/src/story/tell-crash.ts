import { collateralLedgerAbi } from '@surety/contracts';
import { type MarginComparison, compareMargins, readHealthFactor } from '../acts/compare-margins.js';
import { type LockAct, accountOf, assetIdOf } from '../acts/lock.js';
import { readMarketDebt } from '../acts/market.js';
import { type MinedRelease, followRelease, requestRelease } from '../acts/release.js';
import { readerOf } from '../acts/send.js';
import { storyRequires } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { formatAmount } from './format-amount.js';
import {
  type Auctioned,
  STEP_WITHIN_MS,
  feedPercent,
  followAuction,
  formatLoan,
  openScene,
  startTaker,
  healthOfAlice,
} from './liquidation-scene.js';
import type { Narrator } from './narrator.js';

/** Results of the story of a crash. */
export interface CrashStory {
  readonly auctioned: Auctioned;
  /** Health factor of the account afterwards, WAD. */
  readonly healthFactorWad: bigint;
  readonly margin: MarginComparison;
  /** Part of each line that the taker got, token units: WBTC on alpha, WETH on beta. */
  readonly taken: { readonly bitcoin: bigint; readonly ether: bigint };
  /** The taker's release of the bitcoin. */
  readonly release: MinedRelease;
}

const LOCKS: readonly LockAct[] = [
  { chainId: 901, by: 'alice', asset: 'WBTC', units: 10_000_000n },
  { chainId: 902, by: 'alice', asset: 'WETH', units: 2n * 10n ** 18n },
];
const BORROWED = 9_000_000_000n;
const BITCOIN = { chainId: 901, asset: 'WBTC' } as const;
const ETHER = { chainId: 902, asset: 'WETH' } as const;

/** Prices fall by nearly a quarter at once; collateral on two chains is sold here, and its taker takes it out there. */
export async function tellCrash(devnet: Devnet, narrator: Narrator): Promise<CrashStory> {
  const { network } = devnet;
  narrator.chapter('Collateral on two chains, a loan on a third');
  await openScene(devnet, narrator, { locks: LOCKS, borrowed: BORROWED });
  await startTaker(devnet, narrator);
  const held = await linesOfTaker(devnet);

  narrator.chapter('Bitcoin and ether fall by nearly a quarter');
  const fromBlock = await readerOf(network, SETTLEMENT_CHAIN_ID).getBlockNumber();
  const breachS = await feedPercent(devnet, { BTC: 76n, ETH: 76n });
  const auctioned = await followAuction(devnet, narrator, { fromBlock, breachS });
  const healthFactorWad = await readHealthFactor(network, accountOf('alice'));
  const { debt, writtenOff } = await readMarketDebt(network, 'alice');
  narrator.line(`she owes ${formatLoan(debt)} and is healthy again, health factor ${await healthOfAlice(devnet)}`);
  const now = await linesOfTaker(devnet);
  const taken = { bitcoin: now.bitcoin - held.bitcoin, ether: now.ether - held.ether };
  narrator.line(
    `sold on two chains: ${formatAmount(taken.bitcoin, 8, 8)} WBTC on alpha, ${formatAmount(taken.ether, 18, 8)} WETH on beta`,
  );
  storyRequires(taken.bitcoin > 0n && taken.ether > 0n, 'not both lines were sold');
  storyRequires(healthFactorWad > 10n ** 18n, 'the account is not healthy after its auction');
  storyRequires(
    auctioned.lossWad === 0n && writtenOff === 0n,
    'the market booked a loss that the collateral would have paid',
  );

  narrator.chapter('One margin still');
  const margin = await waitUntil({
    what: 'the same margin over HTTP, on chain and by hand',
    withinMs: STEP_WITHIN_MS,
    probe: async () => {
      const seen = await compareMargins(devnet, accountOf('alice'));
      return seen.allEqual && seen.http.block.height > auctioned.height ? seen : undefined;
    },
  });
  narrator.line(`initial margin ${margin.onChain.initialWad}: HTTP, ledger and hand agree to the last integer`);

  narrator.chapter('The taker takes it out on its own chain');
  const release = await requestRelease(network, { ...BITCOIN, by: 'bob', units: taken.bitcoin });
  await followRelease(devnet, { release, withinMs: STEP_WITHIN_MS });
  narrator.line(`${formatAmount(taken.bitcoin, 8, 8)} WBTC arrived in Bob’s purse on alpha`);
  return { auctioned, healthFactorWad, margin, taken, release };
}

async function linesOfTaker({ network }: Devnet): Promise<CrashStory['taken']> {
  const unitsOf = async (asset: typeof BITCOIN | typeof ETHER): Promise<bigint> => {
    const line = await readerOf(network, SETTLEMENT_CHAIN_ID).readContract({
      address: network.plan.settlement.ledger,
      abi: collateralLedgerAbi,
      functionName: 'lineOf',
      args: [accountOf('bob'), assetIdOf(network, asset)],
    });
    return line.amount;
  };
  return { bitcoin: await unitsOf(BITCOIN), ether: await unitsOf(ETHER) };
}
