import { liquidationAuctionAbi } from '@surety/contracts';
import { mulDivDown } from '@surety/domain';
import { readHealthFactor } from '../acts/compare-margins.js';
import { followLock } from '../acts/follow-lock.js';
import { type LockAct, accountOf, lockTokens } from '../acts/lock.js';
import { borrowOfMarket, cover, joinMarket, lend, marketOf } from '../acts/market.js';
import { readerOf } from '../acts/send.js';
import { setPrice } from '../acts/set-price.js';
import { CHAINS, LOCAL_TOKENS, SETTLEMENT_CHAIN_ID, UNDERLYINGS } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { awaitReadiness } from '../processes/await-readiness.js';
import { formatAmount } from './format-amount.js';
import type { Narrator } from './narrator.js';

/** Milliseconds for one step of a story. */
export const STEP_WITHIN_MS = 90_000;

/** One auction of Alice's account, from its start to its end. */
export interface Auctioned {
  /** From the block of the price's fall to the auction's first block, and to its last fill; whole seconds of the chain's clock. */
  readonly startedAfterS: number;
  readonly filledAfterS: number;
  /** Gross value of the lines sold, and the value of the burden that their takers assumed, WAD. */
  readonly grossWad: bigint;
  readonly assumedWad: bigint;
  /** Value that the market booked as lost, WAD. */
  readonly lossWad: bigint;
  /** Millionths of the gross value by which the last lines were sold below their price; negative above it. */
  readonly discountPpm: bigint;
  /** Block of the last fill. */
  readonly height: bigint;
}

/** Decimals of what the market lends, USDS. */
const LOAN_DECIMALS = 6;
/** Token units that Bob lends, and the part of them that bears losses first. */
const LENT = 50_000_000_000n;
const COVERED = 500_000_000n;
/** The collateral of the account that takes what is sold. */
const OF_TAKER: LockAct = { chainId: 902, by: 'bob', asset: 'WETH', units: 10n * 10n ** 18n };

/** Writes token units of the market's asset. */
export function formatLoan(units: bigint): string {
  return `${formatAmount(units, LOAN_DECIMALS)} USDS`;
}

/**
 * Bob lends to the market, covers it and locks collateral of his own; Alice locks hers and borrows. All of it is applied when this
 * returns.
 */
export async function openScene(
  devnet: Devnet,
  narrator: Narrator,
  { locks, borrowed }: { readonly locks: readonly LockAct[]; readonly borrowed: bigint },
): Promise<void> {
  const { network } = devnet;
  await Promise.all([
    provideLoan(devnet, narrator),
    ...[...locks, OF_TAKER].map((lock) => tellLock(devnet, narrator, lock)),
  ]);
  await Promise.all([joinMarket(network, 'alice'), joinMarket(network, 'bob')]);
  await borrowOfMarket(network, 'alice', borrowed);
  narrator.line(`Alice borrows ${formatLoan(borrowed)}, health factor ${await healthOfAlice(devnet)}`);
}

/** Starts a keeper that bids for Bob's account, and waits until it is ready. */
export async function startTaker(devnet: Devnet, narrator: Narrator): Promise<void> {
  const keeper = await devnet.start('keeper', 1, {
    SURETY_KEEPER_BID: 'yes',
    SURETY_KEEPER_PROTOCOLS: marketOf(devnet.network).market,
    // Takes at the price itself: the story is about what is sold, and not about what a taker wants for it.
    SURETY_KEEPER_LEAST_PPM: '0',
    SURETY_KEEPER_BURDEN_MAX: '20000',
    SURETY_KEEPER_TOTAL_MAX: '40000',
  });
  await awaitReadiness(keeper, STEP_WITHIN_MS);
  narrator.line('a keeper is ready to start auctions, and to bid with Bob’s account');
}

/** Writes the health factor of Alice's account. */
export async function healthOfAlice({ network }: Devnet): Promise<string> {
  return formatAmount(await readHealthFactor(network, accountOf('alice')), 18);
}

/** Waits until the ledger weighs Alice's account at prices below which it may be sold. */
export async function awaitBreach({ network }: Devnet): Promise<void> {
  await waitUntil({
    what: 'the ledger’s prices to follow',
    withinMs: STEP_WITHIN_MS,
    probe: async () => ((await readHealthFactor(network, accountOf('alice'))) < 10n ** 18n ? true : undefined),
  });
}

/** Locks, waits until the ledger has credited it, and says so. */
export async function tellLock(devnet: Devnet, narrator: Narrator, request: LockAct): Promise<void> {
  const lock = await lockTokens(devnet.network, request);
  await followLock(devnet, { chainId: request.chainId, lock, withinMs: STEP_WITHIN_MS });
  const decimals = LOCAL_TOKENS.find(({ symbol }) => symbol === request.asset)?.decimals ?? 18;
  const where = CHAINS.find(({ chainId }) => chainId === request.chainId)?.name ?? String(request.chainId);
  const who = request.by === 'alice' ? 'Alice' : 'Bob';
  narrator.line(`${who} locks ${formatAmount(request.units, decimals)} ${request.asset} on ${where}; it is applied`);
}

/**
 * Sets every price to a percentage of the first one, 100 unless given, so that none is old. Returns the time of the block that has the
 * last of them, seconds.
 */
export async function feedPercent({ network }: Devnet, percentOf: Readonly<Record<string, bigint>>): Promise<bigint> {
  for (const { symbol, answer } of UNDERLYINGS) {
    await setPrice(network, symbol, mulDivDown(answer, percentOf[symbol] ?? 100n, 100n));
  }
  return (await readerOf(network, SETTLEMENT_CHAIN_ID).getBlock()).timestamp;
}

/** Moves the clock of every chain on. */
export async function passTime({ network }: Devnet, seconds: number): Promise<void> {
  for (const node of network.nodes.values()) {
    await node.call('evm_increaseTime', [seconds]);
    await node.call('evm_mine');
  }
}

/** Waits until an auction of Alice's account that began in block `fromBlock` or later has ended, and tells what it did. */
export async function followAuction(
  devnet: Devnet,
  narrator: Narrator,
  { fromBlock, breachS }: { readonly fromBlock: bigint; readonly breachS: bigint },
): Promise<Auctioned> {
  const reader = readerOf(devnet.network, SETTLEMENT_CHAIN_ID);
  const events = {
    address: devnet.network.plan.settlement.auction,
    abi: liquidationAuctionAbi,
    args: { account: accountOf('alice') },
    fromBlock,
    strict: true,
  } as const;
  const secondsAfter = async (blockNumber: bigint): Promise<number> =>
    Number((await reader.getBlock({ blockNumber })).timestamp - breachS);
  const started = await waitUntil({
    what: 'an auction of Alice’s account',
    withinMs: STEP_WITHIN_MS,
    probe: async () => (await reader.getContractEvents({ ...events, eventName: 'Started' }))[0],
  });
  const startedAfterS = await secondsAfter(started.blockNumber);
  narrator.line(`the keeper starts an auction ${startedAfterS} s later, health factor ${await healthOfAlice(devnet)}`);
  await waitUntil({
    what: 'the end of the auction',
    withinMs: STEP_WITHIN_MS,
    probe: async () => (await reader.getContractEvents({ ...events, eventName: 'Closed' }))[0],
  });
  const fills = await reader.getContractEvents({ ...events, eventName: 'Taken' });
  const last = fills.at(-1) ?? started;
  const sum = (part: 'grossWad' | 'assumedWad' | 'lossWad'): bigint =>
    fills.reduce((all, { args }) => all + args[part], 0n);
  const auctioned = {
    startedAfterS,
    filledAfterS: await secondsAfter(last.blockNumber),
    grossWad: sum('grossWad'),
    assumedWad: sum('assumedWad'),
    lossWad: sum('lossWad'),
    discountPpm: fills.at(-1)?.args.ppm ?? 0n,
    height: last.blockNumber,
  };
  narrator.line(
    `after ${auctioned.filledAfterS} s Bob has taken collateral of USD ${formatAmount(auctioned.grossWad, 18)} and owes USD ${formatAmount(auctioned.assumedWad, 18)} of her debt instead of her`,
  );
  return auctioned;
}

async function provideLoan({ network }: Devnet, narrator: Narrator): Promise<void> {
  const shares = await lend(network, 'bob', LENT);
  await cover(network, 'bob', mulDivDown(shares, COVERED, LENT));
  narrator.line(`Bob lends ${formatLoan(LENT)} to the market usds; ${formatLoan(COVERED)} of it bear losses first`);
}
