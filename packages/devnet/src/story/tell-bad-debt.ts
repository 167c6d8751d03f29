import type { LockAct } from '../acts/lock.js';
import { collectRecovered, readMarketDebt, readMarketFigures, repayMarket } from '../acts/market.js';
import { readerOf } from '../acts/send.js';
import { storyRequires } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { Devnet } from '../start-devnet.js';
import {
  type Auctioned,
  awaitBreach,
  feedPercent,
  followAuction,
  formatLoan,
  openScene,
  passTime,
  startTaker,
  healthOfAlice,
  tellLock,
} from './liquidation-scene.js';
import type { Narrator } from './narrator.js';

/** Results of the story of a bad debt, token units of the market. */
export interface BadDebtStory {
  /** The auction that showed the loss. */
  readonly sale: Auctioned;
  readonly lost: {
    readonly all: bigint;
    /** Of it, what the junior tranche and what the lenders bore. */
    readonly byTranche: bigint;
    readonly byLenders: bigint;
  };
  readonly receivable: {
    readonly booked: bigint;
    /** Part of it that the auction of a later lock brought. */
    readonly byLaterLock: bigint;
    /** The rest, which she paid back in tokens. */
    readonly byHand: bigint;
  };
  /** Part of the receivable that those who bore the loss got. */
  readonly collected: bigint;
}

const FIRST_LOCK: LockAct = { chainId: 902, by: 'alice', asset: 'WETH', units: 2n * 10n ** 18n };
const BORROWED = 4_800_000_000n;
/** Seconds that pass at once, less than a price may be old. */
const PART_S = 3_000;

/**
 * Ether falls while nobody liquidates, until the collateral is worth less than the debt: the junior tranche bears the loss
 * first, then the lenders. The borrower owes it still, and a later lock on another chain pays it.
 */
export async function tellBadDebt(devnet: Devnet, narrator: Narrator): Promise<BadDebtStory> {
  const { network } = devnet;
  const height = (): Promise<bigint> => readerOf(network, SETTLEMENT_CHAIN_ID).getBlockNumber();
  narrator.chapter('A loan against ether on beta');
  await openScene(devnet, narrator, { locks: [FIRST_LOCK], borrowed: BORROWED });

  narrator.chapter('Ether falls by a quarter, hours later by another, and no keeper runs');
  await feedPercent(devnet, { ETH: 75n });
  await awaitBreach(devnet);
  narrator.line(`the first fall: health factor ${await healthOfAlice(devnet)}, and nobody starts an auction`);
  // Until the slow price has followed; in parts, so that no price grows old.
  for (let part = 0; part < 3; part++) {
    await passTime(devnet, PART_S);
    await feedPercent(devnet, { ETH: 75n });
  }
  const fromBlock = await height();
  const breachS = await feedPercent(devnet, { ETH: 57n });
  await startTaker(devnet, narrator);
  const sale = await followAuction(devnet, narrator, { fromBlock, breachS });
  const [before, after] = [
    await readMarketFigures(network, sale.height - 1n),
    await readMarketFigures(network, sale.height),
  ];
  const lost = {
    all: after.writtenOff - before.writtenOff,
    byTranche: before.ofTranche - after.ofTranche,
    byLenders: before.ofLenders - after.ofLenders,
  };
  narrator.line(`nobody pays ${formatLoan(lost.all)}, which the market books in that very block`);
  narrator.line(`the tranche bears ${formatLoan(lost.byTranche)} of it, the lenders ${formatLoan(lost.byLenders)}`);
  storyRequires(lost.all > 0n, 'the market booked no loss');
  storyRequires(
    after.ofTranche === 0n && lost.byLenders > 0n,
    'the tranche did not bear all that it could before lenders did',
  );
  // Interest of a few seconds, and two values rounded down.
  const apart = lost.all - lost.byTranche - lost.byLenders;
  storyRequires(apart >= -10n && apart <= 10n, `the shares of the loss differ by ${apart} units from the loss itself`);

  narrator.chapter('She locks on alpha, and what she owes still is paid from it');
  const booked = (await readMarketDebt(network, 'alice')).writtenOff;
  const laterFrom = (await height()) + 1n;
  // Worth just what she owes: the ledger weighs a dollar at less than one, so the account is below maintenance.
  await tellLock(devnet, narrator, { chainId: 901, by: 'alice', asset: 'USDC', units: booked });
  const lockedS = (await readerOf(network, SETTLEMENT_CHAIN_ID).getBlock()).timestamp;
  await followAuction(devnet, narrator, { fromBlock: laterFrom, breachS: lockedS });
  const left = (await readMarketDebt(network, 'alice')).writtenOff;
  narrator.line(`${formatLoan(booked - left)} of the receivable are paid; she owes ${formatLoan(left)}`);
  storyRequires(left < booked, 'a later lock paid nothing of the receivable');
  if (left > 0n) {
    await repayMarket(network, 'alice', left);
    narrator.line(`she pays ${formatLoan(left)} back herself, and owes nothing`);
  }
  const still = await readMarketDebt(network, 'alice');
  storyRequires(still.writtenOff === 0n && still.debt === 0n, 'she owes something still');
  const collected = await collectRecovered(network, ['bob']);
  narrator.line(
    `Bob, who bore the loss as a lender and in the tranche, collects ${formatLoan(collected)} of what she paid`,
  );
  // Rounded down, once for lenders and once for the tranche.
  storyRequires(booked - collected >= 0n && booked - collected <= 2n, 'what she paid is not all collected');
  return {
    sale,
    lost,
    receivable: { booked, byLaterLock: booked - left, byHand: left },
    collected,
  };
}
