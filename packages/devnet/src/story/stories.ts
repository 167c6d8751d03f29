import { CHAINS } from '../network/chain-facts.js';
import type { Devnet } from '../start-devnet.js';
import type { Narrator } from './narrator.js';
import { SETTLEMENT_BLOCKS_MAX, type Story, runQuickStory, runStory } from './run-story.js';
import { tellBadDebt } from './tell-bad-debt.js';
import { tellCrash } from './tell-crash.js';

/** The results of a told story as JSON values; amounts are decimal text. */
export interface StoryReport {
  readonly timings: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

/** One story of the demo. */
export interface DemoStory {
  /** True if its locks need witnesses over both bridges. */
  readonly hasBridges: boolean;
  /** Seconds by which the chains' clocks begin behind this machine's; so far the story moves them on. */
  readonly behindS: number;
  /** Tells it on a running line. `isKept` leaves out what would leave a source contested. @throws STORY_BROKE, TIMED_OUT. */
  readonly tell: (devnet: Devnet, narrator: Narrator, isKept: boolean) => Promise<StoryReport>;
}

/** The demo's stories by name. */
export const STORIES = {
  margin: { hasBridges: true, behindS: 0, tell: tellMarginStory },
  quick: { hasBridges: false, behindS: 0, tell: tellQuickStory },
  crash: { hasBridges: false, behindS: 0, tell: tellCrashStory },
  'bad-debt': { hasBridges: false, behindS: 10_800, tell: tellBadDebtStory },
} as const satisfies Record<string, DemoStory>;

async function tellMarginStory(devnet: Devnet, narrator: Narrator, isKept: boolean): Promise<StoryReport> {
  const story = await runStory(devnet, narrator, { forges: !isKept });
  tellSummary(story, narrator);
  const { overHttp, allEqual } = story.margin;
  return {
    chains: CHAINS.length,
    locks: locksOf(story),
    margin: {
      initialWad: overHttp.initialWad.toString(),
      exitWad: overHttp.exitWad.toString(),
      maintenanceWad: overHttp.maintenanceWad.toString(),
      healthFactorWad: story.wayBack.healthFactorWad.toString(),
      onChainEqualsHttp: allEqual && story.marginAfterFall.allEqual,
    },
    refused: story.wayBack.refused,
    release: {
      txHash: story.wayBack.release.txHash,
      amount: story.wayBack.release.units.toString(),
      paid: true,
    },
    witnesses: { parked: story.witnesses.parked, forged: story.witnesses.forged, other: story.witnesses.other },
    rebuild: { hashBefore: story.rebuild.hashBefore, hashAfter: story.rebuild.hashAfter },
    timings: {
      priceToMarginMs: story.priceToMarginMs,
      releaseToPaidMs: story.wayBack.release.paidMs,
      lockToConfirmedMs: story.witnesses.confirmedMs,
      rebuildMs: story.rebuild.tookMs,
      finalToAppliedBlocks: Math.max(...story.locks.map(({ progress }) => Number(progress.settlementBlocksToApply))),
      finalToAppliedBlocksMax: Number(SETTLEMENT_BLOCKS_MAX),
    },
  };
}

async function tellQuickStory(devnet: Devnet, narrator: Narrator): Promise<StoryReport> {
  const story = await runQuickStory(devnet, narrator);
  const { overHttp, allEqual } = story.margin;
  return {
    locks: locksOf(story),
    margin: { initialWad: overHttp.initialWad.toString(), onChainEqualsHttp: allEqual },
    timings: { appliedMs: Math.max(...story.locks.map(({ progress }) => progress.stageMs.applied ?? 0)) },
  };
}

function locksOf({ locks }: Pick<Story, 'locks'>): readonly object[] {
  return locks.map(({ request, mined, progress }) => ({
    chainId: request.chainId,
    asset: request.asset,
    amount: request.units.toString(),
    txHash: mined.txHash,
    appliedMs: progress.stageMs.applied,
  }));
}

function tellSummary(story: Story, narrator: Narrator): void {
  narrator.chapter('It holds');
  narrator.table([
    ['lock', 'applied after', 'settlement blocks from final'],
    ...story.locks.map(({ request, progress }) => [
      `${request.asset} on ${request.chainId}`,
      `${progress.stageMs.applied ?? 0} ms`,
      `${progress.settlementBlocksToApply}, ${progress.settlementBlocksToApply > SETTLEMENT_BLOCKS_MAX ? 'LATE: ' : ''}promised at most ${SETTLEMENT_BLOCKS_MAX}`,
    ]),
  ]);
  narrator.line('one margin: HTTP, command line, ledger and hand agree to the last integer, before and after the fall');
  narrator.line(
    `the rebuilt aggregator has the same state hash, ${story.rebuild.tookMs} ms after it was started with nothing`,
  );
}

async function tellCrashStory(devnet: Devnet, narrator: Narrator): Promise<StoryReport> {
  const { auctioned, healthFactorWad, margin, taken, release } = await tellCrash(devnet, narrator);
  return {
    auction: {
      grossWad: auctioned.grossWad.toString(),
      assumedWad: auctioned.assumedWad.toString(),
      lossWad: auctioned.lossWad.toString(),
      discountPpm: auctioned.discountPpm.toString(),
    },
    taken: { wbtcOnAlpha: taken.bitcoin.toString(), wethOnBeta: taken.ether.toString() },
    healthFactorWad: healthFactorWad.toString(),
    onChainEqualsHttp: margin.allEqual,
    release: { txHash: release.txHash, amount: taken.bitcoin.toString(), paid: true },
    timings: { breachToStartedS: auctioned.startedAfterS, breachToFilledS: auctioned.filledAfterS },
  };
}

async function tellBadDebtStory(devnet: Devnet, narrator: Narrator): Promise<StoryReport> {
  const { sale, lost, receivable, collected } = await tellBadDebt(devnet, narrator);
  return {
    loss: { units: lost.all.toString(), tranche: lost.byTranche.toString(), lenders: lost.byLenders.toString() },
    receivable: {
      booked: receivable.booked.toString(),
      paidByLaterLock: receivable.byLaterLock.toString(),
      paidByHand: receivable.byHand.toString(),
      left: '0',
    },
    collected: collected.toString(),
    timings: { breachToStartedS: sale.startedAfterS, breachToFilledS: sale.filledAfterS },
  };
}
