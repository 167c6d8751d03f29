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

const GRADE_COUNT = 3;
/** Limbs of an account: what is owned at three grades, then what is owed. */
const ACCOUNT_LIMBS = 2 * GRADE_COUNT * VALUE_LIMBS;

/**
 * The assets and debts of many accounts in columns, revalued without a bigint in the loop and to the same integers as line
 * by line. 24 bytes a line and 288 an account. One changed price touches its holders only.
 */
export class MarginBook {
  readonly #accounts: Uint32Array;
  readonly #units: Uint32Array;
  /** Units for initial of the few lines where they are others. */
  readonly #unseasoned = new Map<number, Uint32Array>();
  readonly #sides: readonly BookSide[];
  readonly #bits: Uint8Array;
  /** Lines are kept by position: those of position p from #starts[p] to #starts[p + 1]. */
  readonly #starts: Uint32Array;
  readonly #rates: PreparedPosition[];
  readonly #sums: Float64Array;

  /** Takes lines in any order, which may be read twice. @throws OUT_OF_RANGE for an amount beyond 120 bits, or a value beyond 144. */
  constructor(positions: readonly BookPosition[], lines: () => Iterable<BookLine>, size: BookSize) {
    this.#accounts = new Uint32Array(size.lines);
    this.#units = new Uint32Array(size.lines * UNIT_LIMBS);
    this.#sides = positions.map(({ side }) => side);
    this.#bits = new Uint8Array(positions.length);
    this.#starts = new Uint32Array(positions.length + 1);
    for (const { position } of lines()) this.#starts[position + 1] = (this.#starts[position + 1] ?? 0) + 1;
    for (let at = 0; at < positions.length; at += 1)
      this.#starts[at + 1] = (this.#starts[at + 1] ?? 0) + (this.#starts[at] ?? 0);
    const next = this.#starts.slice();
    for (const { account, position, units, unitsInitial } of lines()) {
      const at = next[position] ?? 0;
      next[position] = at + 1;
      this.#accounts[at] = account;
      writeLimbs(units, this.#units, at * UNIT_LIMBS, UNIT_LIMBS);
      this.#bits[position] = Math.max(this.#bits[position] ?? 0, bitLength(units));
      if (unitsInitial !== undefined && unitsInitial !== units) this.#keepUnseasoned(at, units, unitsInitial);
    }
    this.#rates = positions.map(({ rates }, position) => this.#prepare(position, rates));
    this.#sums = new Float64Array(size.accounts * ACCOUNT_LIMBS);
    this.revalue();
  }

  /** Values every line of every account anew. */
  revalue(): void {
    this.#sums.fill(0);
    for (let position = 0; position < this.#sides.length; position += 1) this.#addPosition(position, 1);
  }

  /**
   * Changes the rates of one position and revalues its holders; gives how many lines were touched.
   * @throws OUT_OF_RANGE as the constructor; nothing is changed then.
   */
  setRates(position: number, rates: ByGrade<UnitRate>): number {
    const prepared = this.#prepare(position, rates);
    this.#addPosition(position, -1);
    this.#rates[position] = prepared;
    this.#addPosition(position, 1);
    return (this.#starts[position + 1] ?? 0) - (this.#starts[position] ?? 0);
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
    return this.#accounts.byteLength + this.#units.byteLength + this.#sums.byteLength + this.#starts.byteLength;
  }

  #keepUnseasoned(at: number, units: bigint, unitsInitial: bigint): void {
    if (unitsInitial > units)
      throw marginError('OUT_OF_RANGE', `${unitsInitial} units count for initial of ${units} held`);
    const limbs = new Uint32Array(UNIT_LIMBS);
    writeLimbs(unitsInitial, limbs, 0, UNIT_LIMBS);
    this.#unseasoned.set(at, limbs);
  }

  #prepare(position: number, rates: ByGrade<UnitRate>): PreparedPosition {
    const side = this.#sides[position];
    const bits = this.#bits[position] ?? 0;
    if (side === undefined) throw marginError('OUT_OF_RANGE', `position ${position} is not in the book`);
    const { initial, exit, maintenance } = side === 'owned' ? orderedRates(rates) : rates;
    return [prepareRate(initial, side, bits), prepareRate(exit, side, bits), prepareRate(maintenance, side, bits)];
  }

  #addPosition(position: number, sign: number): void {
    const rates = this.#rates[position];
    if (rates === undefined) return;
    const [initial, exit, maintenance] = rates;
    const into = { limbs: this.#sums, from: 0, sign };
    const side = this.#sides[position] === 'owned' ? 0 : GRADE_COUNT * VALUE_LIMBS;
    const end = this.#starts[position + 1] ?? 0;
    for (let line = this.#starts[position] ?? 0; line < end; line += 1) {
      const from = line * UNIT_LIMBS;
      const first = (this.#accounts[line] ?? 0) * ACCOUNT_LIMBS + side;
      into.from = first + VALUE_LIMBS;
      addValue(exit, this.#units, from, into);
      into.from = first + 2 * VALUE_LIMBS;
      addValue(maintenance, this.#units, from, into);
      into.from = first;
      const unseasoned = this.#unseasoned.size === 0 ? undefined : this.#unseasoned.get(line);
      if (unseasoned === undefined) addValue(initial, this.#units, from, into);
      else addValue(initial, unseasoned, 0, into);
    }
  }
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
