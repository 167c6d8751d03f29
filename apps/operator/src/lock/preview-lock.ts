import type { AssetView, ExplanationView } from '@surety/client';
import { PPM, WAD, mulDivDown, oneLine } from '@surety/domain';
import { sentenceOf } from '../explain/format-explanation.js';
import type { LockCost } from './check-lock.js';
import { formatAge, formatReadable, formatPpm, formatWad } from '../terminal/format.js';
import type { LockPlan } from './plan-lock.js';

/** Basis of a preview. Fields that only an aggregator tells are undefined without one. */
export interface LockPreviewFacts {
  readonly plan: LockPlan;
  /** Token units of the amount that pay the relayer. */
  readonly fee: bigint;
  readonly cost: LockCost;
  readonly asset: AssetView | undefined;
  /** Explanation of the edge from the vault to the ledger. */
  readonly edge: ExplanationView | undefined;
}

/** Figures that a person decides on before a lock. */
export interface LockPreview {
  /** About what the lock adds to the initial margin once it counts, 18 decimals; null where nobody tells. */
  readonly gainWad: bigint | null;
  /** About how long until it counts where nothing holds it up, in seconds. */
  readonly seconds: number;
  /** Causes that may hold it up; empty where none is known. */
  readonly delays: readonly string[];
  readonly lines: readonly string[];
}

/** From a scale of 1e12 to 18 decimals. */
const PRICE_TO_WAD = 10n ** 6n;
const COIN_DECIMALS = 18;
/** Blocks of the settlement chain in which signatures arrive and a relayer posts. */
const POSTING_BLOCKS = 3;

/**
 * Previews a lock. The line is weighed as the ledger will weigh it once the lock is counted: the statement that brings it also makes
 * its source fresh, so that the present age of the source does not matter. Rounded down.
 */
export function previewLock({ plan, fee, cost, asset, edge }: LockPreviewFacts): LockPreview {
  const { decimals, symbol } = plan.asset;
  const units = plan.amount - fee;
  const gainWad = asset === undefined ? null : gainOf(units, decimals, asset);
  const seconds =
    plan.vault.source === 0 ? secondsOf(plan, 1) : secondsUntilFinal(plan) + secondsOf(plan, POSTING_BLOCKS);
  const delays = [
    ...(asset === undefined ? [] : delaysOf(units, plan, asset)),
    ...(edge?.cause == null ? [] : [sentenceOf(edge.summary)]),
  ];
  const initial = asset?.factors.initial;
  const lines = [
    `amount: ${formatReadable(plan.amount, decimals)} ${symbol} into the vault ${plan.vault.address} on ${plan.chain.name} (${plan.chain.chainId})`,
    initial === undefined
      ? 'margin: unknown, since no aggregator answers'
      : `margin: about +${formatWad(gainWad ?? 0n)} initial, at ${formatPpm(initial.base)} for the asset × ${formatPpm(initial.source)} for the chain`,
    `fee: ${fee === 0n ? 'none' : `${formatReadable(fee, decimals)} ${symbol} of the amount, for the relayer`}`,
    `gas: about ${formatReadable(cost.feeWei, COIN_DECIMALS)} of the coin of ${plan.chain.name} (${cost.gas} gas${cost.approval ? ', approval included' : ''})`,
    plan.vault.source === 0
      ? 'counts: at once, in the same transaction'
      : `counts: about ${formatAge(seconds)} from now, by the finality of ${plan.chain.name}`,
    ...delays.map((delay) => `may take longer: ${delay}`),
  ];
  return { gainWad, seconds, delays, lines };
}

/** Value at the initial price × the factors that do not depend on the source's age. */
function gainOf(units: bigint, decimals: number, { priceInitial1e12, factors, coverageWad }: AssetView): bigint {
  const { base, source, size, vol } = factors.initial;
  const value = mulDivDown(units * priceInitial1e12, PRICE_TO_WAD, 10n ** BigInt(decimals));
  const weighed = [base, source, size, vol].reduce((sum, ppm) => mulDivDown(sum, BigInt(ppm), PPM), value);
  return mulDivDown(weighed, coverageWad, WAD);
}

function delaysOf(units: bigint, { chain, asset }: LockPlan, view: AssetView): string[] {
  const text = (amount: bigint): string => `${formatReadable(amount, asset.decimals)} ${asset.symbol}`;
  const delays: string[] = [];
  if (view.sourceState !== 'LIVE')
    delays.push(`${chain.name} is ${oneLine(view.sourceState)} at the ledger, which credits it once it is LIVE again`);
  if (view.priceInitial1e12 === 0n)
    delays.push(
      `its price opens nothing now (${view.conditions.join(', ') || 'none is accepted'}): it counts 0 until that ends`,
    );
  if (view.fastLimit !== null && view.fastUsed + units > view.fastLimit)
    delays.push(
      `it is above the fast limit (${text(view.fastUsed)} of ${text(view.fastLimit)} in use): parked until a witness confirms it`,
    );
  if (units > view.room) delays.push(`the ledger's cap leaves room for ${text(view.room)}: parked until there is more`);
  else if (units > view.seasonRoom)
    delays.push(`${text(units - view.seasonRoom)} of it count only after they have seasoned`);
  return delays;
}

function secondsUntilFinal({ chain }: LockPlan): number {
  const { finality, blockTimeMs } = chain;
  const blocks = finality.stepBlocks + (finality.rule === 'depth' ? finality.depth : finality.stepBlocks);
  return Math.ceil((blocks * blockTimeMs) / 1_000);
}

function secondsOf({ chain }: LockPlan, blocks: number): number {
  return Math.ceil((blocks * chain.blockTimeMs) / 1_000);
}
