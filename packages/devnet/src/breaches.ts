// Many accounts fall below their maintenance margin in a crash, on a real ledger with real keepers: how soon their auctions start, who
// fills them, at which discount, and what is lost.
//   node packages/devnet/dist/breaches.js [--accounts 10000] [--seconds 3600] [--block 4] [--seed 1] [--kills 0] [--gone 0]
//     [--fallen 0] [--fall 20]
// The price falls by 20 % in so many seconds; --fallen and --fall are the percentages at which the fall begins and ends, for a part of it.
// Exit codes: 0 every aim met, 1 not so, 2 wrong use.
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountId, accountId, mulDivDown } from '@surety/domain';
import { keccak256, stringToHex } from 'viem';
import { type BulkLoan, borrowInBulk } from './acts/borrow-in-bulk.js';
import { CrashBook } from './acts/follow-crash.js';
import { bulkOwner, lockInBulk } from './acts/lock-in-bulk.js';
import { lockTokens } from './acts/lock.js';
import type { Position } from './acts/other-rules.js';
import { joinMarket, lend, marketOf, readMarketFigures } from './acts/market.js';
import { readerOf } from './acts/send.js';
import { sendPrice, setPrice } from './acts/set-price.js';
import { campaignRoles, onCampaignDevnet, startRoles } from './campaign-devnet.js';
import { readNumbers } from './campaign-numbers.js';
import { type AccountName, devnetAccount } from './chains/accounts.js';
import { CHAINS, PROVIDERS_PER_CHAIN, SETTLEMENT_CHAIN_ID, UNDERLYINGS, providerOf } from './network/chain-facts.js';
import { waitUntil } from './processes/wait-until.js';
import type { Devnet } from './start-devnet.js';
import { awaitReadiness } from './processes/await-readiness.js';
import { feedPercent, passTime } from './story/liquidation-scene.js';
import { createNarrator } from './story/narrator.js';

const CHAIN_ID = 902;
/** Collateral of each account in hundred-millionths of a bitcoin: at the first price the gate lets it owe 1,064. */
const COLLATERAL = 2_370_000n;
/** Least and most debt in token units; with the least an account breaches at 81.8 % of the first price, with the most at 86.5 %. */
const DEBT = { least: 1_000_000_000n, most: 1_057_000_000n } as const;
/** Decimals of WAD that a debt in USDC has too few. */
const USDC_TO_WAD = 10n ** 12n;
/** Share of the first price that is lost in `--seconds`, in percent. */
const FALL_PERCENT = 20;
const MILLION = 1_000_000n;
/** The takers: their keys, and the least discount for which they bid, in parts per million. */
const TAKERS: readonly { readonly by: AccountName; readonly leastPpm: number }[] = [
  { by: 'alice', leastPpm: 2_000 },
  { by: 'bob', leastPpm: 4_000 },
  { by: 'faucet', leastPpm: 6_000 },
  { by: 'keeper', leastPpm: 8_000 },
  { by: 'pauser', leastPpm: 2_000 },
  { by: 'relayerB', leastPpm: 4_000 },
  { by: 'bridges', leastPpm: 6_000 },
  { by: 'governor', leastPpm: 8_000 },
];
const STARTERS: readonly AccountName[] = ['riskAdmin', 'guardian'];
/** Collateral of each taker, USDC. */
const OF_TAKER = 1_500_000n * 10n ** 6n;
/** Seconds after which credit of so much at once counts for new debt. */
const SEASON_S = 7_200;
/** Gas of a block, as of Ethereum's since 2025. */
const BLOCK_GAS = 60_000_000;
const WITHIN_MS = 1_800_000;
/** Time after which feeds that stand still say their price again: unsaid for an hour it secures nothing, and nobody could bid. */
const RENEWED_AFTER_MS = 600_000;
/** Time after which the fall says how far it has come. */
const TOLD_AFTER_MS = 60_000;
/** Longest time from the end of the fall until everything is filled. */
const FILLED_WITHIN_MS = 1_800_000;
/** Share of the starts, in percent, that come in the block after the breach: the aim. */
const NEXT_BLOCK_PERCENT = 99;

const { accounts, seconds, block, seed, kills, gone, fallen, fall } = readNumbers({
  usage:
    'usage: npm run breaches [-- --accounts <n>] [-- --seconds <n>] [-- --block <seconds>] [-- --seed <n>] [-- --kills <n>] [-- --gone <n>] [-- --fallen <percent>] [-- --fall <percent>]; expected whole numbers from 1, fewer takers gone than the eight there are, and a fall that begins before it ends, at 20 at most',
  defaults: { accounts: 10_000, seconds: 3_600, block: 4, seed: 1, kills: 0, gone: 0, fallen: 0, fall: FALL_PERCENT },
  isSound: (told) =>
    [told.accounts, told.seconds, told.block, told.seed].every((one) => Number.isSafeInteger(one) && one > 0) &&
    told.fallen >= 0 &&
    told.fallen < told.fall &&
    told.fall <= FALL_PERCENT &&
    told.kills >= 0 &&
    told.gone >= 0 &&
    told.gone < TAKERS.length,
});

const narrator = createNarrator((line) => process.stdout.write(`${line}\n`), Date.now());
const spec = {
  blockSeconds: block,
  behindS: 2 * SEASON_S,
  blockGas: BLOCK_GAS,
  tell: (line: string) => narrator.line(line),
};
process.exitCode = (await onCampaignDevnet('breaches', spec, runCrash)) ? 0 : 1;

/** Draws a number below `below` from the seed. */
function draw(what: string, below: bigint): bigint {
  return BigInt(keccak256(stringToHex(`${seed}/${what}`))) % below;
}

/** Each owner's loan. */
function listLoans(): readonly BulkLoan[] {
  return Array.from({ length: accounts }, (_, at) => ({
    owner: bulkOwner(at, accounts),
    units: DEBT.least + draw(`debt ${at}`, DEBT.most - DEBT.least),
  }));
}

/** Collateral and debt of each account; the interest of an hour is left out. */
function positionsOf(loans: readonly BulkLoan[]): ReadonlyMap<AccountId, Position> {
  return new Map(
    loans.map(({ owner, units }) => [
      accountId({ owner, home: 0, sub: 0n }),
      { collateral: COLLATERAL, debtWad: units * USDC_TO_WAD },
    ]),
  );
}

async function runCrash(net: Devnet): Promise<boolean> {
  const loans = listLoans();
  await openBooks(net, loans);
  const book = new CrashBook(net.network, positionsOf(loans));
  const stop = new AbortController();
  const watching = book.watch(stop.signal);
  narrator.chapter(`the price falls from ${fallen} to ${fall} % below the first, by ${FALL_PERCENT} % in ${seconds} s`);
  const killing = Promise.all([killStarters(net, stop.signal), loseTakers(net, book, stop.signal)]);
  const refused = await letFall(net, book);
  const isDone = await waitUntil({
    what: 'the last fill',
    withinMs: FILLED_WITHIN_MS,
    everyMs: 2_000,
    probe: async () => {
      narrator.line(book.progress());
      return (await book.isDone()) ? true : undefined;
    },
  }).catch(() => false);
  stop.abort();
  await Promise.all([watching, killing]);
  const isMet = await tellFigures(net, book);
  if (refused === undefined) return isMet && isDone;
  // Told behind the figures, which are an hour's.
  narrator.line(`a price was refused: ${refused.message}`);
  return false;
}

/** Prints the figures, and says if every aim is met. */
async function tellFigures({ network }: Devnet, book: CrashBook): Promise<boolean> {
  const figures = await book.figures();
  const { started, startedAfter, lateForRoom, lateInBursts, lateByTimeS, unstarted, ended, running } = figures;
  const { filledAfterS, discountPpm, lossWad } = figures;
  const { writtenOff } = await readMarketFigures(network);
  // An account may breach again after its auction.
  const starts = Object.values(startedAfter).reduce((sum, count) => sum + count, 0);
  const inTime = starts === 0 ? 0 : (100 * (startedAfter[1] ?? 0)) / starts;
  const { half, ninetyNine, last } = filledAfterS;
  narrator.chapter('figures');
  narrator.table([
    ['what', 'figure'],
    ['accounts', String(accounts)],
    ['accounts in auction, auctions', `${started}, ${starts}`],
    ['in the block after the breach, %', inTime.toFixed(2)],
    ['started, by blocks after the breach', JSON.stringify(startedAfter)],
    ['of the later ones, behind a full block', String(lateForRoom)],
    ['of the later ones, by breaches in a block', JSON.stringify(lateInBursts)],
    ['of the later ones, by seconds to the next block', JSON.stringify(lateByTimeS)],
    ['never started', String(unstarted)],
    ['ended, still running', `${ended}, ${running}`],
    ['half, 99 of 100, all ended after, s', `${half}, ${ninetyNine}, ${last}`],
    ['discount, ppm of what was sold', String(discountPpm)],
    ['lost in fills, WAD', String(lossWad)],
    ['written off by the market, token units', String(writtenOff)],
  ]);
  const { fixedBonus, none } = await book.judgeOtherRules();
  narrator.chapter('the same breaches under other rules');
  narrator.table([
    ['what', 'auction', 'fixed bonus of 5 %', 'no keeper'],
    ['discount, ppm of what was sold', String(discountPpm), String(fixedBonus.discountPpm), 'nothing is sold'],
    ['debts not covered, WAD', String(lossWad), String(fixedBonus.lostWad), String(none.lostWad)],
    ['accounts left below maintenance', String(unstarted), String(fixedBonus.left), String(none.left)],
  ]);
  const ok = inTime >= NEXT_BLOCK_PERCENT && unstarted === 0 && lossWad === 0n && writtenOff === 0n;
  const discount = Number(discountPpm);
  process.stdout.write(
    `${JSON.stringify({ ok, accounts, started, startedAfter, lateForRoom, lateInBursts, lateByTimeS, unstarted, ended, running, kills, gone, filledAfterS, discount })}\n`,
  );
  return ok;
}

/** Locks, borrows and starts all processes. */
async function openBooks(net: Devnet, loans: readonly BulkLoan[]): Promise<void> {
  const { network } = net;
  narrator.chapter(`${accounts} accounts borrow`);
  await startRoles(net, campaignRoles());
  await lend(network, 'governor', BigInt(accounts) * DEBT.most);
  for (const { by } of TAKERS) await lockTokens(network, { chainId: CHAIN_ID, by, asset: 'USDC', units: OF_TAKER });
  const bulk = { chainId: CHAIN_ID, asset: 'WBTC', count: accounts, owners: accounts, units: COLLATERAL } as const;
  await lockInBulk(network, { ...bulk, progress: (mined) => narrator.line(`${mined} of ${accounts} locks mined`) });
  await waitUntil({
    what: 'all locks applied',
    withinMs: WITHIN_MS,
    everyMs: 2_000,
    probe: async () => {
      const edge = (await net.aggregator.readEdges()).find((one) => one.originChainId === CHAIN_ID);
      return edge !== undefined && edge.appliedCount >= BigInt(accounts + TAKERS.length) ? true : undefined;
    },
  });
  narrator.line('all locks are applied');
  await passTime(net, SEASON_S);
  await feedPercent(net, {});
  const last = bulkOwner(accounts - 1, accounts);
  await waitUntil({
    what: 'initial margin of the last account',
    withinMs: WITHIN_MS,
    everyMs: 1_000,
    probe: async () => {
      const { grades } = await net.aggregator.readMargin(accountId({ owner: last, home: 0, sub: 0n }));
      return grades.initial.assetsWad > 0n ? true : undefined;
    },
  });
  for (const { by } of TAKERS) await joinMarket(network, by);
  await borrowInBulk(network, {
    asset: { chainId: CHAIN_ID, asset: 'WBTC' },
    loans,
    progress: (drawn) => narrator.line(`${drawn} of ${accounts} loans drawn`),
  });
  await startKeepers(net);
}

async function startKeepers(net: Devnet): Promise<void> {
  for (const index of STARTERS.keys()) await startStarter(net, index);
  const { market } = marketOf(net.network);
  for (const [index, { by, leastPpm }] of TAKERS.entries()) {
    const keeper = await net.start('keeper', STARTERS.length + index + 1, {
      ...keeperOf(net, by),
      SURETY_KEEPER_START: 'no',
      SURETY_KEEPER_BID: 'yes',
      SURETY_KEEPER_PROTOCOLS: market,
      SURETY_KEEPER_LEAST_PPM: String(leastPpm),
      SURETY_KEEPER_BURDEN_MAX: '10000',
      // What a price that moves between quote and fill leaves behind is taken too.
      SURETY_KEEPER_BURDEN_MIN: '0',
      SURETY_KEEPER_TOTAL_MAX: '20000000',
    });
    await awaitReadiness(keeper, 60_000);
  }
  narrator.line(`${STARTERS.length} keepers start auctions, ${TAKERS.length} bid`);
}

async function startStarter(net: Devnet, index: number): Promise<void> {
  const by = STARTERS[index] ?? 'riskAdmin';
  await awaitReadiness(await net.start('keeper', index + 1, keeperOf(net, by)), 60_000);
}

/** Returns what a keeper of this campaign is told beside its rights: its key, and the node itself instead of this process's proxy. */
function keeperOf({ network }: Devnet, by: AccountName): Readonly<Record<string, string>> {
  const [settlement] = CHAINS;
  const url = network.nodes.get(settlement.chainId)?.url ?? '';
  const numbers = Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => at + 1);
  return {
    SURETY_KEEPER_KEY: devnetAccount(by).key,
    SURETY_GAS_BUDGET_WEI: String(10n ** 21n),
    ...Object.fromEntries(numbers.map((number) => [providerOf(settlement, number).urlEnv, url])),
  };
}

/** Sets a new price for each block, along a line that the seed roughens; the other prices stand still. Returns the first refusal. */
async function letFall({ network }: Devnet, book: CrashBook): Promise<Error | undefined> {
  const first = UNDERLYINGS.find(({ symbol }) => symbol === 'BTC')?.answer ?? 0n;
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const wholeMs = seconds * 1_000;
  const startedAt = Date.now();
  const begun = startedAt - (wholeMs * fallen) / FALL_PERCENT;
  const lastMs = (wholeMs * fall) / FALL_PERCENT;
  let [renewedAt, toldAt] = [startedAt, startedAt];
  const refusals: Error[] = [];
  // One after another, since one key says all of them. No block is waited for, so that none goes without a price.
  let said: Promise<unknown> = Promise.resolve();
  const say = (
    symbol: string,
    answer: bigint,
    set: (...told: Parameters<typeof setPrice>) => Promise<unknown> = sendPrice,
  ): unknown => (said = said.then(() => set(network, symbol, answer)).catch((error: Error) => refusals.push(error)));
  for (let [step, height] = [0, -1n]; ; step++) {
    const isLater = async (): Promise<true | undefined> =>
      (await reader.getBlockNumber({ cacheTime: 0 })) > height ? true : undefined;
    await waitUntil({ what: 'the next block', withinMs: WITHIN_MS, everyMs: 100, probe: isLater });
    height = await reader.getBlockNumber({ cacheTime: 0 });
    const passedMs = BigInt(Math.round(Math.min(Date.now() - begun, lastMs)));
    const fallPpm = mulDivDown(BigInt(FALL_PERCENT) * 10_000n, passedMs, BigInt(wholeMs));
    const roughPpm = draw(`price ${step}`, 2_000n);
    const price = mulDivDown(first, MILLION - fallPpm - roughPpm, MILLION);
    const isOver = passedMs >= BigInt(Math.round(lastMs));
    // The last one is waited for: what it breaches is to be started, too.
    say('BTC', price, isOver ? setPrice : sendPrice);
    if (isOver || Date.now() - renewedAt > RENEWED_AFTER_MS) {
      renewedAt = Date.now();
      for (const { symbol, answer } of UNDERLYINGS) if (symbol !== 'BTC') say(symbol, answer);
    }
    if (Date.now() - toldAt > TOLD_AFTER_MS) {
      toldAt = Date.now();
      narrator.line(book.progress());
    }
    if (isOver) break;
  }
  await said;
  return refusals[0];
}

/** Ends some of the takers once the first auctions run. */
async function loseTakers(net: Devnet, book: CrashBook, signal: AbortSignal): Promise<void> {
  while (gone > 0 && book.started === 0 && !signal.aborted)
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  for (let index = TAKERS.length - gone; index < TAKERS.length && !signal.aborted; index++)
    await net.running('keeper', STARTERS.length + index + 1)?.kill();
  if (gone > 0) narrator.line(`${gone} of ${TAKERS.length} takers are gone`);
}

/** Kills one of the keepers that start auctions, by turns, and starts it again. */
async function killStarters(net: Devnet, signal: AbortSignal): Promise<void> {
  for (let kill = 0; kill < kills && !signal.aborted; kill++) {
    await sleep((seconds * 1_000) / kills, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const index = kill % STARTERS.length;
    await net.running('keeper', index + 1)?.kill();
    await startStarter(net, index);
  }
}
