import { mulDivDown } from '@surety/domain';

/** Initial assets and requirement of an account, 18 decimals. */
export interface InitialMargin {
  readonly assetsWad: bigint;
  readonly requiredWad: bigint;
}

/** A line as a search for its largest release sees it; amounts in token units. */
export interface ReleaseSearch {
  /** Most that the line itself lets go. */
  readonly seasoned: bigint;
  /** The smallest release, unless it takes the whole line. */
  readonly minimum: bigint;
  /** The account's margin with nothing gone. */
  readonly now: InitialMargin;
  /** Asks the ledger about an amount: undefined where it would be taken, else the margin that is too low for it. */
  readonly ask: (amount: bigint) => Promise<InitialMargin | undefined>;
}

/** Part of a line that may leave now. */
export interface LeavingPart {
  /** Token units; 0 where nothing may leave. */
  readonly amount: bigint;
  /** The margin that keeps the rest, as if all of it left; undefined where all of it may. */
  readonly short: InitialMargin | undefined;
}

/** Share of the requirement that stays free, since interest and prices move until the release is in a block. */
const SPARE_PART = 10_000n;
const STEPS_MAX = 24;

/**
 * Finds the largest amount that the ledger lets go now. Margin falls about in a straight line with the amount, so that a few questions
 * suffice; where it does not, the interval is halved until it is a thousandth of the line. The answer is one that the ledger took; on a
 * straight line it leaves a ten thousandth of the requirement free.
 */
export async function findLeavingPart(search: ReleaseSearch): Promise<LeavingPart> {
  const { seasoned, minimum, now, ask } = search;
  if (seasoned === 0n) return { amount: 0n, short: undefined };
  const short = await ask(seasoned);
  if (short === undefined) return { amount: seasoned, short: undefined };
  const wanted = short.requiredWad + mulDivDown(short.requiredWad, 1n, SPARE_PART);
  if (now.assetsWad <= wanted) return { amount: 0n, short };
  const fine = mulDivDown(seasoned, 1n, 1_000n);
  let low = 0n;
  let high = seasoned;
  let atHigh = short.assetsWad;
  for (let step = 0; step < STEPS_MAX && high - low > fine; step += 1) {
    // The amount that leaves so much, were the margin a straight line from nothing to `high`.
    const leaving = (wad: bigint): bigint =>
      now.assetsWad > atHigh ? mulDivDown(high, now.assetsWad - wad, now.assetsWad - atHigh) : 0n;
    const straight = leaving(wanted);
    const guess = straight > low && straight < high ? straight : (low + high) >> 1n;
    const margin = await ask(guess);
    if (margin === undefined) {
      low = guess;
      // On a straight line more than its end is refused, and the guess stands.
      const limit = leaving(short.requiredWad);
      const more = (limit > guess ? limit : guess) + fine + 1n;
      if (more >= high || (await ask(more)) !== undefined) break;
      low = more;
    } else {
      high = guess;
      atHigh = margin.assetsWad;
    }
  }
  return { amount: low >= minimum ? low : 0n, short };
}
