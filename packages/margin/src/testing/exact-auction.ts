import { WAD } from '@surety/domain';
import { EXIT_SLACK_WAD, type LineAuction } from '../auction/line-auction.js';
import type { SaleLine } from '../auction/sale-line.js';

/*
 * A second, slow way to the share of a bid. It solves nothing: it sells lines for a share, looks at the account, and searches the
 * least share at which the exit grade is reached, by halving. All of it is exact: what the engine rounds stays a fraction here.
 */

/** Inputs of the search. */
export interface ExactSale {
  /** Debt assumed for a share of 1; WAD. */
  readonly wholeWad: bigint;
  /** Price of gross value, in parts per million. */
  readonly pricePpm: bigint;
  /** The largest share; WAD. */
  readonly capWad: bigint;
}

/** The least share that reaches the exit grade, WAD, and how far the engine's roundings may lead from it; no share if none below the cap does. */
export interface ExactShare {
  readonly shareWad?: bigint;
  readonly toleranceWad: bigint;
}

/** Searches the least share of a protocol's burden that brings an account to its exit grade, with the slack. */
export function exactShareOf(auction: LineAuction, protocol: number, sale: ExactSale): ExactShare {
  const ordered = orderedLines(auction.lines);
  const after = (shareWad: bigint) => exitReached(auction, ordered, { ...sale, protocol, shareWad });
  const requirementWad = auction.protocols[protocol]?.requirementWad ?? 0n;
  let [start, gross] = [0n, 0n];
  for (const line of ordered) {
    gross += line.grossWad;
    // Within one line the account moves evenly toward its exit grade or away from it.
    const end = smaller(sale.capWad, (gross * sale.pricePpm * WAD) / (sale.wholeWad * 1_000_000n));
    if (after(end))
      return { shareWad: halve(start, end, after), toleranceWad: toleranceOf(line, requirementWad, sale) };
    if (end === sale.capWad) break;
    start = end;
  }
  return { toleranceWad: 0n };
}

/** The first share above `low` for which the answer is yes, which it is at `high`. */
function halve(low: bigint, high: bigint, isReached: (shareWad: bigint) => boolean): bigint {
  let [no, yes] = [low, high];
  while (yes - no > 1n) {
    const middle = (no + yes) / 2n;
    if (isReached(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Sells lines for a share and says whether exit assets then cover what is required, with the slack to spare. */
function exitReached(
  { otherExitWad, protocols }: LineAuction,
  ordered: readonly SaleLine[],
  { wholeWad, pricePpm, protocol, shareWad }: ExactSale & { readonly protocol: number; readonly shareWad: bigint },
): boolean {
  // Value that is sold: share·whole/price, over this denominator.
  const unit = WAD * pricePpm;
  let toSell = shareWad * wholeWad * 1_000_000n;
  // Left of the account's exit assets: `left` and, of the line that is cut, cut/(its gross value · unit).
  let [left, cut, cutGross] = [otherExitWad, 0n, 1n];
  for (const { grossWad, exitWad } of ordered) {
    const kept = larger(grossWad * unit - toSell, 0n);
    toSell = larger(toSell - grossWad * unit, 0n);
    if (kept === grossWad * unit) left += exitWad;
    else if (kept > 0n) [cut, cutGross] = [exitWad * kept, grossWad];
  }
  const required = protocols.reduce((sum, each) => sum + each.requirementWad, EXIT_SLACK_WAD) - left;
  const relieved = shareWad * (protocols[protocol]?.requirementWad ?? 0n);
  return cut * WAD + relieved * cutGross * unit >= required * cutGross * unit * WAD;
}

/**
 * How much the engine's share may lie above: a line's weight is rounded by 1e-18, values and the cost of the burden by a unit each;
 * all of it counts by how slowly the line leads to the exit grade.
 */
function toleranceOf(
  { grossWad, exitWad }: SaleLine,
  requirementWad: bigint,
  { wholeWad, pricePpm }: ExactSale,
): bigint {
  const costWad = (wholeWad * 1_000_000n) / pricePpm;
  const gain = requirementWad - (costWad * exitWad) / grossWad - 1n;
  const errors = grossWad + WAD * (requirementWad / costWad + 2n);
  return gain <= 0n ? WAD : (2n * errors) / gain + (2n * WAD) / costWad + 4n;
}

function orderedLines(lines: readonly SaleLine[]): readonly SaleLine[] {
  const weightOf = ({ grossWad, exitWad }: SaleLine): number => Number((exitWad * 1_000_000n) / grossWad);
  return lines
    .filter(({ grossWad }) => grossWad > 0n)
    .toSorted((a, b) => (a.class === b.class ? weightOf(b) - weightOf(a) : a.class < b.class ? -1 : 1));
}

const smaller = (left: bigint, right: bigint): bigint => (left < right ? left : right);
const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);
