import { wad } from '@surety/domain';
import type { ByGrade, GradeMargin, UnitRate } from '@surety/margin';
import {
  type BookSide,
  type PreparedRate,
  type RateChange,
  UNIT_LIMBS,
  VALUE_LIMBS,
  type ValueSum,
  addValue,
  bitLength,
  prepareRate,
  rateChangeOf,
  readSum,
  writeChange,
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

type PositionChange = readonly [initial: RateChange, exit: RateChange, maintenance: RateChange];

/** Positions that 16 bits name. */
const POSITIONS_MAX = 65_536;
const GRADE_COUNT = 3;
/** Limbs of an account on one side: three grades. */
const ACCOUNT_LIMBS = GRADE_COUNT * VALUE_LIMBS;
/**
 * What a change adds to a limb is below 2^28 and carries nothing, so that limbs grow from change to change, and a sum is exact
 * below 2^53: after so many changes of an account's lines all is summed anew, long before.
 */
const LINE_CHANGES_MOST = 2 ** 20;
/** Numbers that memory gives together. */
const FETCHED = 8;
/** Lines whose change is worked out before any of it is added: few enough to stay at hand. */
const BLOCK = 128;

/**
 * The assets and debts of many accounts in columns, revalued without a bigint in the loop and to the same integers as line
 * by line. 46 bytes a line, 148 an account, and 144 more where anything is owed. One changed price touches its holders only.
 */
export class AccountColumns {
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
  /** What each account owns, then from #owedFrom on what each owes; apart, since memory is what one price costs. */
  readonly #sums: Float64Array;
  readonly #owedFrom: number;
  /** Changes of a rate that sums bear, and those that are left before the next full pass. */
  readonly #changesMost: number;
  #changesLeft = 0;
  /** Where the next value goes; one object for all lines, since a pass makes millions. */
  readonly #into: ValueSum;
  readonly #change: ValueSum = { limbs: new Float64Array(BLOCK * ACCOUNT_LIMBS), from: 0, sign: 1 };

  /** Takes lines in any order, read three times. @throws RangeError for an amount beyond 120 bits, a value beyond 144, or a line of no account or position. */
  constructor(positions: readonly BookPosition[], lines: () => Iterable<BookLine>, size: BookSize) {
    if (positions.length > POSITIONS_MAX)
      throw new RangeError(`${positions.length} positions; expected ${POSITIONS_MAX} at most`);
    this.#positions = new Uint16Array(size.lines);
    this.#units = new Uint32Array(size.lines * UNIT_LIMBS);
    this.#sides = positions.map(({ side }) => side);
    this.#bits = new Uint8Array(positions.length);
    this.#starts = startsOf(lines(), size.accounts, ({ account }) => account);
    this.#holderStarts = startsOf(lines(), positions.length, ({ position }) => position);
    this.#holderAccounts = new Uint32Array(size.lines);
    this.#holderUnits = new Uint32Array(size.lines * UNIT_LIMBS);
    this.#place(lines());
    let most = 1;
    for (let account = 0; account < size.accounts; account += 1)
      most = Math.max(most, (this.#starts[account + 1] ?? 0) - (this.#starts[account] ?? 0));
    this.#changesMost = Math.max(1, Math.floor(LINE_CHANGES_MOST / most));
    this.#rates = positions.map(({ rates }, position) => this.#prepare(position, rates));
    this.#owedFrom = size.accounts * ACCOUNT_LIMBS;
    this.#sums = new Float64Array(this.#sides.includes('owed') ? 2 * this.#owedFrom : this.#owedFrom);
    this.#into = { limbs: this.#sums, from: 0, sign: 1 };
    this.revalue();
  }

  /** Values every line of every account anew. */
  revalue(): void {
    this.#sums.fill(0);
    this.#changesLeft = this.#changesMost;
    const accounts = this.#starts.length - 1;
    for (let account = 0; account < accounts; account += 1) {
      const end = this.#starts[account + 1] ?? 0;
      for (let line = this.#starts[account] ?? 0; line < end; line += 1) {
        const position = this.#positions[line] ?? 0;
        const rates = this.#rates[position];
        this.#into.from = account * ACCOUNT_LIMBS + this.#sideOffset(position);
        if (rates !== undefined) addLine(rates, this.#units, { line, others: this.#unseasoned }, this.#into);
      }
    }
  }

  /**
   * Changes the rates of one position and revalues its holders; gives how many lines were touched.
   * @throws RangeError as the constructor; nothing is changed then.
   */
  setRates(position: number, rates: ByGrade<UnitRate>): number {
    const [before, after] = [this.#rates[position], this.#prepare(position, rates)];
    if (before === undefined) return 0;
    this.#rates[position] = after;
    const changes: PositionChange = [
      rateChangeOf(before[0], after[0]),
      rateChangeOf(before[1], after[1]),
      rateChangeOf(before[2], after[2]),
    ];
    const [start, end] = [this.#holderStarts[position] ?? 0, this.#holderStarts[position + 1] ?? 0];
    // Accounts lie far apart in memory: a block of changes is made first, so that many are fetched at once.
    for (let from = start; from < end; from += BLOCK) {
      const holders = this.#holderAccounts.subarray(from, Math.min(from + BLOCK, end));
      this.#writeBlock(from, holders.length, changes);
      addBlock(this.#change.limbs, holders, this.#sums, this.#sideOffset(position));
    }
    this.#changesLeft -= 1;
    if (this.#changesLeft === 0) this.revalue();
    return end - start;
  }

  /** Writes by how much the values of a block of holders change. */
  #writeBlock(from: number, count: number, changes: PositionChange): void {
    const [units, others, into] = [this.#holderUnits, this.#holderUnseasoned, this.#change];
    into.from = 0;
    for (let line = from; line < from + count; line += 1) {
      const unseasoned = others.size === 0 ? undefined : others.get(line);
      if (unseasoned === undefined) writeChange(changes[0], units, line * UNIT_LIMBS, into);
      else writeChange(changes[0], unseasoned, 0, into);
      into.from += VALUE_LIMBS;
      writeChange(changes[1], units, line * UNIT_LIMBS, into);
      into.from += VALUE_LIMBS;
      writeChange(changes[2], units, line * UNIT_LIMBS, into);
      into.from += VALUE_LIMBS;
    }
  }

  /** Gives an account's assets and debts at each grade. */
  gradesOf(account: number): ByGrade<GradeMargin> {
    const sum = (side: number, grade: number) =>
      wad(readSum(this.#sums, side + account * ACCOUNT_LIMBS + grade * VALUE_LIMBS));
    const grade = (at: number): GradeMargin => ({ assets: sum(0, at), requirement: sum(this.#owedFrom, at) });
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
    if (side === undefined) throw new RangeError(`position ${position} is not in the book`);
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
    return this.#sides[position] === 'owned' ? 0 : this.#owedFrom;
  }
}

/**
 * Adds changes that lie one after the other to the sums of the accounts that they are of. First one number in each 64 bytes
 * of every sum, since memory fetches for many accounts at once only what is asked for close together.
 */
function addBlock(changes: Float64Array, holders: Uint32Array, sums: Float64Array, side: number): void {
  for (let at = 0; at < holders.length; at += 1) {
    const [into, from] = [side + (holders[at] ?? 0) * ACCOUNT_LIMBS, at * ACCOUNT_LIMBS];
    sums[into] = (sums[into] ?? 0) + (changes[from] ?? 0);
    sums[into + FETCHED] = (sums[into + FETCHED] ?? 0) + (changes[from + FETCHED] ?? 0);
    sums[into + 2 * FETCHED] = (sums[into + 2 * FETCHED] ?? 0) + (changes[from + 2 * FETCHED] ?? 0);
  }
  for (let at = 0; at < holders.length; at += 1) {
    const [into, from] = [side + (holders[at] ?? 0) * ACCOUNT_LIMBS, at * ACCOUNT_LIMBS];
    for (let limb = 1; limb < FETCHED; limb += 1) {
      sums[into + limb] = (sums[into + limb] ?? 0) + (changes[from + limb] ?? 0);
      const next = limb + FETCHED;
      sums[into + next] = (sums[into + next] ?? 0) + (changes[from + next] ?? 0);
    }
    const last = ACCOUNT_LIMBS - 1;
    sums[into + last] = (sums[into + last] ?? 0) + (changes[from + last] ?? 0);
  }
}

/** Adds a line at all grades from the limb on that `into` names, and leaves that as it was. */
function addLine(
  rates: PreparedPosition,
  units: Uint32Array,
  { line, others }: { readonly line: number; readonly others: ReadonlyMap<number, Uint32Array> },
  into: ValueSum,
): void {
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

function unseasonedLimbs(units: bigint, unitsInitial: bigint): Uint32Array {
  if (unitsInitial > units) {
    throw new RangeError(`${unitsInitial} units count for initial of ${units} held`);
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
      throw new RangeError(`a line names ${group} of ${groups}`);
    }
    starts[group + 1] = (starts[group + 1] ?? 0) + 1;
  }
  for (let at = 0; at < groups; at += 1) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  return starts;
}

/** With one amount for all grades the lower of two rates gives the lower of two values. */
function orderedRates({ initial, exit, maintenance }: ByGrade<UnitRate>): ByGrade<UnitRate> {
  const lowerExit = lower(exit, maintenance);
  return { initial: lower(initial, lowerExit), exit: lowerExit, maintenance };
}

function lower(left: UnitRate, right: UnitRate): UnitRate {
  return left.n * right.d <= right.n * left.d ? left : right;
}
