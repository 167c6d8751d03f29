import { tokenUnits } from '@surety/domain';
import type { Line, Source } from '@surety/margin';
import type { BookLine } from './account-columns.js';

/** The time of every made book, in seconds. */
export const AT = 1_800_000_000n;

const UNDERLYINGS = 12;
const SOURCES = 2;
const LINES_PER_ACCOUNT = 6;

/** A book of accounts with six lines each, in 12 underlyings on 2 sources; the same for the same number of accounts. */
export interface MadeBook {
  readonly accounts: number;
  readonly tokens: readonly Line[];
  readonly lines: () => Iterable<BookLine>;
  readonly lineCount: number;
  /** Positions of one underlying, whose price changes alone. */
  readonly onePrice: readonly number[];
}

/** Makes a book. Amounts span six orders of magnitude, prices and ages have all their digits, as on a chain. */
export function makeBook(accounts: number): MadeBook {
  const tokens = Array.from({ length: UNDERLYINGS * SOURCES }, (_, at) => tokenAt(at, 0n));
  return {
    accounts,
    tokens,
    lines: () => linesOf(accounts, tokens),
    lineCount: accounts * LINES_PER_ACCOUNT,
    onePrice: [6, 6 + UNDERLYINGS],
  };
}

/** Gives a token of a made book with its price moved by parts of 1e12. */
export function tokenAt(position: number, moved: bigint): Line {
  const underlying = position % UNDERLYINGS;
  const far = position >= UNDERLYINGS;
  const source: Source = {
    state: 'LIVE',
    stateUntil: 0n,
    asOf: far ? AT - 6_543n : AT,
    weightInitialBps: far ? 9_125 : 10_000,
    weightMaintenanceBps: far ? 9_725 : 10_000,
    staleAfterMinutes: 90,
    darkAfterMinutes: 360,
    floorAfterMinutes: 4_320,
    frozenMaintenanceBps: 10_000,
    thawedAt: 0n,
  };
  const price1e12 = 10n ** BigInt(12 + (underlying % 5)) + 123_456_789_012n * BigInt(underlying + 1) + moved;
  return {
    amount: tokenUnits(0n),
    unseasoned: tokenUnits(0n),
    seasonEnd: 0n,
    asset: { decimals: underlying < 3 ? 6 : underlying < 6 ? 8 : 18, baseInitialBps: 8_000, baseMaintenanceBps: 8_500 },
    source,
    prices: [{ price1e12, observedAt: AT, maxAgeS: 3_600 }],
  };
}

function* linesOf(accounts: number, tokens: readonly Line[]): Generator<BookLine> {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  for (let account = 0; account < accounts; account += 1) {
    for (let line = 0; line < LINES_PER_ACCOUNT; line += 1) {
      const position = next() % tokens.length;
      const decimals = tokens[position]?.asset.decimals ?? 0;
      const whole = BigInt((next() % 1_000_000) + 1) * 10n ** BigInt(decimals - 3);
      yield { account, position, units: whole + BigInt(next() % 1_000) };
    }
  }
}
