import type { MarginLineView } from '@surety/client';
import { readCommandLine } from '../acts/read-command-line.js';
import { openCreditLine } from '../acts/credit-line.js';
import { type MarginComparison, areSame, compareMargins, tokenDecimalsOf } from '../acts/compare-margins.js';
import { type LockProgress, followLock } from '../acts/follow-lock.js';
import { type LockAct, type MinedLock, accountOf, lockTokens } from '../acts/lock.js';
import { type Rebuild, rebuildAggregator } from '../acts/rebuild-aggregator.js';
import { setPrice } from '../acts/set-price.js';
import { storyRequires } from '../errors.js';
import { CHAINS } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { formatAmount, formatFactor } from './format-amount.js';
import type { Narrator } from './narrator.js';
import { LENT, type WayBack, tellWayBack } from './tell-way-back.js';
import { type SecondOpinions, followLargeLock, tellForgery, tellLargeLock } from './tell-witnesses.js';

/** A lock of the story with how it went. */
export interface ToldLock {
  readonly request: LockAct;
  readonly mined: MinedLock;
  readonly progress: LockProgress;
}

/** Everything the story found out. */
export interface Story {
  readonly locks: readonly ToldLock[];
  readonly margin: MarginComparison;
  readonly marginAfterFall: MarginComparison;
  readonly wayBack: WayBack;
  readonly witnesses: SecondOpinions;
  readonly rebuild: Rebuild;
  /** From the fall of the price to the new margin over HTTP. */
  readonly priceToMarginMs: number;
}

const APPLIED_WITHIN_MS = 60_000;
/** The ledger's promise: three settlement blocks from a final lock to its credit. */
export const SETTLEMENT_BLOCKS_MAX = 3n;

const LOCKS: readonly LockAct[] = [
  { chainId: 901, by: 'alice', asset: 'USDC', units: 25_000_000_000n },
  { chainId: 902, by: 'alice', asset: 'WETH', units: 4_000_000_000_000_000_000n },
];

/**
 * Runs the whole story on a network and stops at the first broken promise. `forges` forges a packet, which leaves beta
 * contested. Acts of other parties start early and have their own chapter.
 */
export async function runStory(
  devnet: Devnet,
  narrator: Narrator,
  { forges }: { readonly forges: boolean },
): Promise<Story> {
  narrator.chapter('Collateral is locked where it is');
  const opening = beside(openCreditLine(devnet.network, LENT));
  const locks = await tellLocks(devnet, narrator);
  const largeLock = beside(followLargeLock(devnet));
  narrator.chapter('One margin, learnt three ways');
  const margin = await tellMargin(devnet, narrator);
  narrator.chapter('The price of ether falls by a fifth');
  const { marginAfterFall, priceToMarginMs } = await tellFall(devnet, narrator, margin);
  const wayBack = await tellWayBack(devnet, narrator, opening);
  narrator.chapter(forges ? 'A second opinion, and a forged one' : 'A second opinion');
  const confirmedMs = await tellLargeLock(narrator, largeLock);
  const forged = forges ? await tellForgery(devnet, narrator) : null;
  const witnesses = { parked: 'UNCONFIRMED', confirmedMs, forged, other: 'live' } as const;
  narrator.chapter('The aggregator loses its database');
  const rebuild = await rebuildAggregator(devnet, (line) => narrator.line(line));
  narrator.line(`rebuilt from the chains in ${rebuild.tookMs} ms, both hashes of settlement block ${rebuild.height}`);
  storyRequires(rebuild.hashBefore === rebuild.hashAfter, 'the rebuilt state hash differs');
  return { locks, margin, marginAfterFall, wayBack, witnesses, rebuild, priceToMarginMs };
}

/** Tells no more than two locks and the margin that they become. @throws STORY_BROKE, TIMED_OUT. */
export async function runQuickStory(devnet: Devnet, narrator: Narrator): Promise<Pick<Story, 'locks' | 'margin'>> {
  narrator.chapter('Collateral is locked where it is');
  const locks = await tellLocks(devnet, narrator);
  narrator.chapter('One margin, learnt three ways');
  return { locks, margin: await tellMargin(devnet, narrator) };
}

/** Starts work beside the story. Its failure is thrown where the story awaits it. */
function beside<Value>(work: Promise<Value>): Promise<Value> {
  work.catch(() => undefined);
  return work;
}

async function tellLocks(devnet: Devnet, narrator: Narrator): Promise<ToldLock[]> {
  const told = await Promise.all(
    LOCKS.map(async (request): Promise<ToldLock> => {
      const name = `${chainName(request.chainId)} ${request.asset}`;
      const mined = await lockTokens(devnet.network, request);
      const decimals = request.asset === 'USDC' ? 6 : 18;
      narrator.line(
        `${name}: ${formatAmount(request.units, decimals)} locked in block ${mined.height}, ${mined.txHash}`,
      );
      const tell = (stage: string, afterMs: number): void =>
        narrator.line(`${name}: ${stage.padEnd(8)} ${String(afterMs).padStart(6)} ms after the lock`);
      const progress = await followLock(devnet, {
        chainId: request.chainId,
        lock: mined,
        withinMs: APPLIED_WITHIN_MS,
        tell,
      });
      return { request, mined, progress };
    }),
  );
  for (const { request, progress } of told) {
    const blocks = progress.settlementBlocksToApply;
    const promise = blocks <= SETTLEMENT_BLOCKS_MAX ? 'as promised' : 'LATE: this machine is busy, promised are';
    narrator.line(
      `${chainName(request.chainId)} ${request.asset}: applied ${blocks} settlement blocks after its block was final, ${promise} at most ${SETTLEMENT_BLOCKS_MAX}`,
    );
  }
  return told;
}

async function tellMargin(devnet: Devnet, narrator: Narrator): Promise<MarginComparison> {
  const margin = await waitUntil({
    what: 'both lines in the margin',
    withinMs: APPLIED_WITHIN_MS,
    probe: async () => {
      const seen = await compareMargins(devnet, accountOf('alice'));
      return seen.http.lines.length === LOCKS.length ? seen : undefined;
    },
  });
  narrator.table(breakdownOf(margin));
  narrator.table(sumsOf(margin));
  storyRequires(margin.allEqual, 'the three margins differ');
  const { told, onChain } = await readCommandLine(devnet, accountOf('alice'));
  narrator.line(
    `surety account says ${formatAmount(told.initialWad, 18)} initial, ${formatAmount(told.maintenanceWad, 18)} maintenance: the same`,
  );
  storyRequires(areSame(told, onChain), 'the command line tells another margin than the ledger');
  return margin;
}

async function tellFall(
  devnet: Devnet,
  narrator: Narrator,
  before: MarginComparison,
): Promise<{ marginAfterFall: MarginComparison; priceToMarginMs: number }> {
  await setPrice(devnet.network, 'ETH', 280_000_000_000n);
  const fellMs = Date.now();
  narrator.line('the feed says 2,800 instead of 3,500; the relayer pokes the ledger');
  const marginAfterFall = await waitUntil({
    what: 'the margin after the fall',
    withinMs: APPLIED_WITHIN_MS,
    probe: async () => {
      const seen = await compareMargins(devnet, accountOf('alice'));
      return seen.overHttp.initialWad < before.overHttp.initialWad ? seen : undefined;
    },
  });
  const priceToMarginMs = Date.now() - fellMs;
  narrator.table(sumsOf(marginAfterFall));
  narrator.line(`all three followed ${priceToMarginMs} ms after the feed`);
  storyRequires(marginAfterFall.allEqual, 'the three margins differ after the fall');
  return { marginAfterFall, priceToMarginMs };
}

function breakdownOf({ http }: MarginComparison): string[][] {
  const row = (line: MarginLineView): string[] => [
    `${line.symbol} on ${chainName(line.chainId)}`,
    formatAmount(line.amount, tokenDecimalsOf(line)),
    formatAmount(line.price1e12, 12),
    ...(['initial', 'maintenance'] as const).flatMap((grade) => {
      const { base, source, freshness } = line.factors[grade];
      return [
        formatFactor(base),
        formatFactor(source),
        formatFactor(freshness),
        formatAmount(line.valueWad[grade], 18),
      ];
    }),
  ];
  const head = [
    'line',
    'amount',
    'price',
    'asset I',
    'chain I',
    'fresh I',
    'initial',
    'asset M',
    'chain M',
    'fresh M',
    'maintenance',
  ];
  return [head, ...http.lines.map(row)];
}

function sumsOf({ overHttp, onChain, byHand }: MarginComparison): string[][] {
  const rows = { 'over HTTP': overHttp, 'on chain': onChain, 'by hand': byHand };
  return [
    ['margin', 'initial', 'exit', 'maintenance'],
    ...Object.entries(rows).map(([how, sums]) => [how, sums.initialWad, sums.exitWad, sums.maintenanceWad].map(String)),
  ];
}

function chainName(chainId: number): string {
  return CHAINS.find((chain) => chain.chainId === chainId)?.name ?? String(chainId);
}
