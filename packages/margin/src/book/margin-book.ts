import { wad } from '@surety/domain';
import type { GradeMargin } from '../account-margin.js';
import { marginError } from '../errors.js';
import { type ByGrade, type Line, type LineLimits, UNLIMITED, lineMarginOf } from '../line-margin.js';
import { bitLength } from '../pricing/fixed-point.js';
import {
  type BookSide,
  type PreparedRate,
  UNIT_LIMBS,
  type UnitRate,
  VALUE_LIMBS,
  addValue,
  prepareRate,
  readLimbs,
  writeLimbs,
} from './limbs.js';

/** What many accounts hold or owe alike: one token at one source, or a debt in one. */
export interface BookPosition {
  readonly side: BookSide;
  /** At each grade; initial counts no more than exit, exit no more than maintenance, for what is owned. */
  readonly rates: ByGrade<UnitRate>;
}

/** One amount of one account in one position. */
export interface BookLine {
  readonly account: number;
  readonly position: number;
  readonly units: bigint;
  /** Units that count for initial, where some have not seasoned. */
  readonly unitsInitial?: bigint;
}

/** How large a book is. */
export interface BookSize {
  readonly accounts: number;
  readonly lines: number;
}

type PreparedPosition = readonly [initial: PreparedRate, exit: PreparedRate, maintenance: PreparedRate];

/** Positions that 16 bits name. */
const POSITIONS_MAX = 65_536;
const GRADE_COUNT = 3;
/** Limbs of an account: what is owned at three grades, then what is owed. */
const ACCOUNT_LIMBS = 2 * GRADE_COUNT * VALUE_LIMBS;

/**
 * The assets and debts of many accounts in columns, revalued without a bigint in the loop and to the same integers as line
 * by line. 46 bytes a line and 292 an account. One changed price touches its holders only.
 */
export class MarginBook {
  /** Lines by account, for a pass over all: those of account a from #starts[a] to #starts[a + 1]. */
  readonly #starts: Uint32Array;
  readonly #positions: Uint16Array;
  readonly #units: Uint32Array;
  /** The same lines by position, for one price: memory read in order costs half of what a jump for each line does. */
  readonly #holderStarts: Uint32Array;
  readonly #holderAccounts: Uint32Array;
  readonly #holderUnits: Uint32Array;
  /** Units for initial of the few lines where they are others, by place in either order. */
  readonly #unseasoned = new Map<number, Uint32Array>();
  readonly #holderUnseasoned = new Map<number, Uint32Array>();
  readonly #sides: readonly BookSide[];
  readonly #bits: Uint8Array;
  readonly #rates: PreparedPosition[];
  readonly #sums: Float64Array;
  /** Where the next value goes; one object for all lines, since a pass makes millions. */
  readonly #into: { readonly limbs: Float64Array; from: number; sign: number };

  /** Takes lines in any order, read three times. @throws OUT_OF_RANGE for an amount beyond 120 bits, a value beyond 144, or a line of no account or position. */
  constructor(positions: readonly BookPosition[], lines: () => Iterable<BookLine>, size: BookSize) {
    if (positions.length > POSITIONS_MAX)
      throw marginError('OUT_OF_RANGE', `${positions.length} positions; expected ${POSITIONS_MAX} at most`);
    this.#positions = new Uint16Array(size.lines);
    this.#units = new Uint32Array(size.lines * UNIT_LIMBS);
    this.#sides = positions.map(({ side }) => side);
    this.#bits = new Uint8Array(positions.length);
    this.#starts = startsOf(lines(), size.accounts, ({ account }) => account);
    this.#holderStarts = startsOf(lines(), positions.length, ({ position }) => position);
    this.#holderAccounts = new Uint32Array(size.lines);
    this.#holderUnits = new Uint32Array(size.lines * UNIT_LIMBS);
    this.#place(lines());
    this.#rates = positions.map(({ rates }, position) => this.#prepare(position, rates));
    this.#sums = new Float64Array(size.accounts * ACCOUNT_LIMBS);
    this.#into = { limbs: this.#sums, from: 0, sign: 1 };
    this.revalue();
  }

  /** Values every line of every account anew. */
  revalue(): void {
    this.#sums.fill(0);
    const accounts = this.#starts.length - 1;
    for (let account = 0; account < accounts; account += 1) {
      const end = this.#starts[account + 1] ?? 0;
      for (let line = this.#starts[account] ?? 0; line < end; line += 1) {
        const position = this.#positions[line] ?? 0;
        const rates = this.#rates[position];
        this.#into.from = account * ACCOUNT_LIMBS + this.#sideOffset(position);
        this.#into.sign = 1;
        if (rates !== undefined) this.#add(rates, this.#units, line, this.#unseasoned);
      }
    }
  }

  /**
   * Changes the rates of one position and revalues its holders; gives how many lines were touched.
   * @throws OUT_OF_RANGE as the constructor; nothing is changed then.
   */
  setRates(position: number, rates: ByGrade<UnitRate>): number {
    const [before, after] = [this.#rates[position], this.#prepare(position, rates)];
    this.#rates[position] = after;
    const end = this.#holderStarts[position + 1] ?? 0;
    const side = this.#sideOffset(position);
    for (let at = this.#holderStarts[position] ?? 0; at < end; at += 1) {
      this.#into.from = (this.#holderAccounts[at] ?? 0) * ACCOUNT_LIMBS + side;
      // One after the other while the line is at hand: memory is what this costs.
      this.#into.sign = -1;
      if (before !== undefined) this.#add(before, this.#holderUnits, at, this.#holderUnseasoned);
      this.#into.sign = 1;
      this.#add(after, this.#holderUnits, at, this.#holderUnseasoned);
    }
    return (this.#holderStarts[position + 1] ?? 0) - (this.#holderStarts[position] ?? 0);
  }

  /** Gives an account's assets and debts at each grade. */
  gradesOf(account: number): ByGrade<GradeMargin> {
    const sum = (side: number, grade: number) =>
      wad(readLimbs(this.#sums, account * ACCOUNT_LIMBS + (side * GRADE_COUNT + grade) * VALUE_LIMBS, VALUE_LIMBS));
    const grade = (at: number): GradeMargin => ({ assets: sum(0, at), requirement: sum(1, at) });
    return { initial: grade(0), exit: grade(1), maintenance: grade(2) };
  }

  /** Bytes that lines and accounts take; the few unseasoned amounts are left out. */
  get bytes(): number {
    const byAccount = [this.#starts, this.#positions, this.#units, this.#sums];
    const columns = [...byAccount, this.#holderStarts, this.#holderAccounts, this.#holderUnits];
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  #prepare(position: number, rates: ByGrade<UnitRate>): PreparedPosition {
    const side = this.#sides[position];
    const bits = this.#bits[position] ?? 0;
    if (side === undefined) throw marginError('OUT_OF_RANGE', `position ${position} is not in the book`);
    const { initial, exit, maintenance } = side === 'owned' ? orderedRates(rates) : rates;
    return [prepareRate(initial, side, bits), prepareRate(exit, side, bits), prepareRate(maintenance, side, bits)];
  }

  #place(lines: Iterable<BookLine>): void {
    const [next, nextHolder] = [this.#starts.slice(), this.#holderStarts.slice()];
    for (const { account, position, units, unitsInitial } of lines) {
      const at = next[account] ?? 0;
      next[account] = at + 1;
      const holder = nextHolder[position] ?? 0;
      nextHolder[position] = holder + 1;
      this.#positions[at] = position;
      this.#holderAccounts[holder] = account;
      writeLimbs(units, this.#units, at * UNIT_LIMBS, UNIT_LIMBS);
      writeLimbs(units, this.#holderUnits, holder * UNIT_LIMBS, UNIT_LIMBS);
      this.#bits[position] = Math.max(this.#bits[position] ?? 0, bitLength(units));
      if (unitsInitial === undefined || unitsInitial === units) continue;
      const limbs = unseasonedLimbs(units, unitsInitial);
      this.#unseasoned.set(at, limbs);
      this.#holderUnseasoned.set(holder, limbs);
    }
  }

  #sideOffset(position: number): number {
    return this.#sides[position] === 'owned' ? 0 : GRADE_COUNT * VALUE_LIMBS;
  }

  /** Adds a line at all grades from the limb on that `#into` names, and leaves that as it was. */
  #add(rates: PreparedPosition, units: Uint32Array, line: number, others: ReadonlyMap<number, Uint32Array>): void {
    const into = this.#into;
    const from = line * UNIT_LIMBS;
    const unseasoned = others.size === 0 ? undefined : others.get(line);
    if (unseasoned === undefined) addValue(rates[0], units, from, into);
    else addValue(rates[0], unseasoned, 0, into);
    into.from += VALUE_LIMBS;
    addValue(rates[1], units, from, into);
    into.from += VALUE_LIMBS;
    addValue(rates[2], units, from, into);
    into.from -= 2 * VALUE_LIMBS;
  }
}

function unseasonedLimbs(units: bigint, unitsInitial: bigint): Uint32Array {
  if (unitsInitial > units) {
    throw marginError('OUT_OF_RANGE', `${unitsInitial} units count for initial of ${units} held`);
  }
  const limbs = new Uint32Array(UNIT_LIMBS);
  writeLimbs(unitsInitial, limbs, 0, UNIT_LIMBS);
  return limbs;
}

/** Where each group begins, with the end of the last: counted once, summed up. */
function startsOf(lines: Iterable<BookLine>, groups: number, groupOf: (line: BookLine) => number): Uint32Array {
  const starts = new Uint32Array(groups + 1);
  for (const line of lines) {
    const group = groupOf(line);
    if (!Number.isInteger(group) || group < 0 || group >= groups) {
      throw marginError('OUT_OF_RANGE', `a line names ${group} of ${groups}`);
    }
    starts[group + 1] = (starts[group + 1] ?? 0) + 1;
  }
  for (let at = 0; at < groups; at += 1) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  return starts;
}

/** Gives the rates at which the ledger weighs a line's amount at a time in seconds. The amount itself does not matter. */
export function lineRatesOf(line: Line, at: bigint, limits: LineLimits = UNLIMITED): ByGrade<UnitRate> {
  const { price, factors } = lineMarginOf(line, at, limits);
  const d = 10n ** BigInt(line.asset.decimals + 24);
  const rate = (price1e12: bigint, of: (typeof factors)['initial'], size = limits.sizeInitial): UnitRate => ({
    n: price1e12 * of.base * of.source * of.freshness * 1_000_000n * of.vol * size.n,
    d: d * size.d,
  });
  const whole = UNLIMITED.sizeInitial;
  const highest = limits.priceInitial1e12 ?? price.price1e12;
  const initial = price.stale ? 0n : highest < price.price1e12 ? highest : price.price1e12;
  return {
    initial: rate(initial, factors.initial),
    exit: rate(price.price1e12, factors.exit, whole),
    maintenance: rate(price.price1e12, factors.maintenance, whole),
  };
}

/** With one amount for all grades the lower of two rates gives the lower of two values. */
function orderedRates({ initial, exit, maintenance }: ByGrade<UnitRate>): ByGrade<UnitRate> {
  const lowerExit = lower(exit, maintenance);
  return { initial: lower(initial, lowerExit), exit: lowerExit, maintenance };
}

function lower(left: UnitRate, right: UnitRate): UnitRate {
  return left.n * right.d <= right.n * left.d ? left : right;
}
