import type { EngineTermsAnswer, EngineTermsView, GradeView, MarginLineView, MarginView } from '@surety/client';
import { PPM, WAD, coveredLine, mulDivDown, tokenUnits, wad } from '@surety/domain';
import {
  type AccountMargin,
  type ByGrade,
  type CachedPrice,
  type Fraction,
  type GradeMargin,
  LINE_STATUS_BITS,
  ONE,
  type Line,
  accountMarginOf,
  isInfiniteRequirement,
  knownMarginOf,
} from '@surety/margin';

/** Changes of an account as it stands. */
export interface SupposedChange {
  /** Change of every price of an underlying, slow ones too, in basis points; −10,000 leaves nothing. */
  readonly priceBps: ReadonlyMap<number, number>;
  /** Units more or less of an asset; new ones count at once. */
  readonly units: ReadonlyMap<number, bigint>;
  /** Change of what protocols require at each grade, 18 decimals. */
  readonly requiredWad: bigint;
}

/** Everything as it stands. */
export const AS_IT_STANDS: SupposedChange = { priceBps: new Map(), units: new Map(), requiredWad: 0n };

const WHOLE_BPS = 10_000;

/**
 * Weighs an account with the engine itself, at the block of its margin. With {@link AS_IT_STANDS} it gives the very integers of
 * `margin`; both arguments must be of one block.
 */
export function weighWhatIf(margin: MarginView, terms: EngineTermsAnswer, change: SupposedChange): AccountMargin {
  const held = new Map(margin.lines.map((line) => [line.assetId, line]));
  const lines = terms.assets.flatMap((asset) => lineOf(asset, held.get(asset.assetId), change) ?? []);
  const weighed = knownMarginOf(accountMarginOf(lines, margin.block.timestamp));
  const { initial, exit, maintenance } = weighed.grades;
  const required = ({ assets }: GradeMargin, { requirementWad }: GradeView): GradeMargin => ({
    assets,
    requirement: wad(changedRequirement(requirementWad, change.requiredWad)),
  });
  return {
    ...weighed,
    // A protocol that does not answer is the ledger's word, whatever prices are.
    status: weighed.status | (BigInt(margin.status) & ~LINE_STATUS_BITS),
    grades: {
      initial: required(initial, margin.grades.initial),
      exit: required(exit, margin.grades.exit),
      maintenance: required(maintenance, margin.grades.maintenance),
    },
  };
}

/** True if the engine here gives every integer that the aggregator gave. */
export function agrees(ours: AccountMargin, { grades, status }: MarginView): boolean {
  const same = (left: GradeMargin, right: GradeView): boolean =>
    left.assets === right.assetsWad && left.requirement === right.requirementWad;
  const { initial, exit, maintenance }: ByGrade<GradeMargin> = ours.grades;
  return (
    ours.status === BigInt(status) &&
    same(initial, grades.initial) &&
    same(exit, grades.exit) &&
    same(maintenance, grades.maintenance)
  );
}

function changedRequirement(required: bigint, more: bigint): bigint {
  if (isInfiniteRequirement(required)) return required;
  return required + more > 0n ? required + more : 0n;
}

function lineOf(terms: EngineTermsView, held: MarginLineView | undefined, change: SupposedChange): Line | undefined {
  const more = change.units.get(terms.assetId) ?? 0n;
  const units = (held?.amount ?? 0n) + more;
  if (units <= 0n) return undefined;
  const coverageWad = held?.coverageWad ?? (held === undefined ? terms.coverageWad : WAD);
  const covered = (amount: bigint): bigint => coveredLine({ amount, unseasoned: 0n }, coverageWad).amount;
  const unseasoned = held === undefined ? 0n : covered(held.amount) - held.amountInitial;
  const { decimals, baseInitialBps, baseMaintenanceBps, maintenanceRamp } = terms.asset;
  const { maintenanceRamp: sourceRamp, ...source } = terms.sourceTerms;
  const bps = change.priceBps.get(terms.underlying) ?? 0;
  return {
    amount: tokenUnits(covered(units)),
    unseasoned: tokenUnits(unseasoned),
    // The aggregator has judged by the time already: what is left does not count at this block.
    seasonEnd: unseasoned === 0n ? 0n : FAR_AHEAD,
    asset: { decimals, baseInitialBps, baseMaintenanceBps, ...(maintenanceRamp === null ? {} : { maintenanceRamp }) },
    source: { ...source, ...(sourceRamp === null ? {} : { maintenanceRamp: sourceRamp }) },
    prices: terms.prices.map((price) => movedPrice(price, bps)),
  };
}

const FAR_AHEAD = 2n ** 64n - 1n;

function movedPrice(price: CachedPrice, bps: number): CachedPrice {
  if (bps === 0) return price;
  const moved = (figure: bigint): bigint => mulDivDown(figure, BigInt(WHOLE_BPS + bps), BigInt(WHOLE_BPS));
  return { ...price, price1e12: moved(price.price1e12), slow1e12: moved(price.slow1e12) };
}

/** One cut on the way from a line's value to its margin. */
export interface Cut {
  readonly name: string;
  /** Part of a unit that the cut leaves, parts per million; undefined where it is no factor. */
  readonly factorPpm?: number;
  /** Value left after it, 18 decimals. */
  readonly leftWad: bigint;
}

/** Lists the steps from a line's value at its price to what counts at a grade; the last is exact, those between are cut down. */
export function cutsOf(line: MarginLineView, decimals: number, grade: keyof MarginView['grades']): readonly Cut[] {
  // Rounded once at each step, of exact products, so that no step shows more than the one before it.
  const valued = (units: bigint, price1e12: bigint, weight: Fraction = ONE): bigint =>
    mulDivDown(units * price1e12 * weight.n, 10n ** 6n, 10n ** BigInt(decimals) * weight.d);
  const covered = coveredLine({ amount: line.amount, unseasoned: 0n }, line.coverageWad ?? WAD).amount;
  const factors = line.factors[grade];
  const whole = valued(line.amount, line.price1e12);
  const [units, price] = grade === 'initial' ? [line.amountInitial, line.priceInitial1e12] : [covered, line.price1e12];
  const counted = valued(units, price);
  const parts = [
    { name: 'Asset weight', factorPpm: factors.base },
    { name: 'Chain weight', factorPpm: factors.source },
    { name: 'Freshness', factorPpm: factors.freshness },
    { name: 'Size and volatility', factorPpm: Number(mulDivDown(BigInt(factors.size), BigInt(factors.vol), PPM)) },
  ];
  const cuts: Cut[] = [{ name: 'Value at its price', leftWad: whole }];
  // Named only where it takes something: doubtful prices, what has not seasoned yet, units without cover.
  if (counted !== whole) cuts.push({ name: 'Price in doubt, or new', leftWad: counted });
  let weight: Fraction = ONE;
  for (const part of parts) {
    weight = { n: weight.n * BigInt(part.factorPpm), d: weight.d * PPM };
    cuts.push({ ...part, leftWad: valued(units, price, weight) });
  }
  return [...cuts.slice(0, -1), { ...(cuts.at(-1) as Cut), leftWad: line.valueWad[grade] }];
}
