/** Verdict of the margin on an amount that is to leave. */
export type MarginWord = 'allowed' | 'margin' | 'unanswered' | 'price-missing';

/** One line as the ledger debits it, in token units. */
export interface DebitedLine {
  readonly held: bigint;
  /** Part of it that may leave; the rest has not seasoned. */
  readonly seasoned: bigint;
  /** Smallest release, unless it takes the whole line. */
  readonly minimum: bigint;
  /** Judges the account's initial margin once an amount is gone. No larger amount may be allowed than one that is not. */
  readonly afterRelease: (amount: bigint) => MarginWord;
}

/** The largest amount that may leave a line, and what keeps more from leaving. */
export interface LargestRelease {
  readonly amount: bigint;
  readonly bound: 'line' | 'season' | 'minimum' | Exclude<MarginWord, 'allowed'>;
}

/**
 * Returns the largest amount in token units that the ledger lets leave a line, by bisection: exact, whatever is rounded on the way.
 * The whole seasoned part is tried first: a line that is emptied leaves the account with its faults.
 * @source LedgerAccounts.sol `_release`, LedgerGate.sol `_debit`
 */
export function largestReleaseOf({ held, seasoned, minimum, afterRelease }: DebitedLine): LargestRelease {
  const whole = seasoned === held ? 'line' : 'season';
  if (seasoned === 0n) return { amount: 0n, bound: whole };
  const word = afterRelease(seasoned);
  if (word === 'allowed') return atLeast(minimum, held, { amount: seasoned, bound: whole });
  let [allowed, refused] = [0n, seasoned];
  while (refused - allowed > 1n) {
    const middle = (allowed + refused) >> 1n;
    if (afterRelease(middle) === 'allowed') allowed = middle;
    else refused = middle;
  }
  return allowed === 0n ? { amount: 0n, bound: word } : atLeast(minimum, held, { amount: allowed, bound: word });
}

/** Less than the smallest release leaves only if it is the whole line. */
function atLeast(minimum: bigint, held: bigint, largest: LargestRelease): LargestRelease {
  if (largest.amount >= minimum || largest.amount === held) return largest;
  return { amount: 0n, bound: 'minimum' };
}
