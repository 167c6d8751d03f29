import { mulDivDown, mulDivUp, tokenUnits } from '@surety/domain';
import { type Line, type Source, accountMarginOf, lineRatesOf } from '@surety/margin';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { AccountColumns, type BookLine, type BookPosition } from './account-columns.js';
import {
  type BookSide,
  VALUE_LIMBS,
  addValue,
  prepareRate,
  rateChangeOf,
  readSum,
  writeChange,
  writeLimbs,
} from './limbs.js';

const NOW = 1_800_000_000n;
const LIVE: Source = {
  state: 'LIVE',
  stateUntil: 0n,
  asOf: NOW,
  weightInitialBps: 10_000,
  weightMaintenanceBps: 10_000,
  staleAfterMinutes: 90,
  darkAfterMinutes: 360,
  floorAfterMinutes: 4_320,
  frozenMaintenanceBps: 10_000,
  thawedAt: 0n,
};

const tokenOf = (price1e12: bigint, decimals: number, source = LIVE): Line => ({
  amount: tokenUnits(0n),
  unseasoned: tokenUnits(0n),
  seasonEnd: NOW + 1n,
  asset: { decimals, baseInitialBps: 8_000, baseMaintenanceBps: 8_500 },
  source,
  prices: [{ price1e12, observedAt: NOW, maxAgeS: 3_600 }],
});
const aged = { ...LIVE, asOf: NOW - 7_777n, weightInitialBps: 9_127, weightMaintenanceBps: 9_731 };
const TOKENS = [
  tokenOf(1_000_000_000_000n, 6),
  tokenOf(60_123_456_789_012_345n, 8),
  tokenOf(3_001_987_654_321_099n, 18, aged),
  tokenOf(17n, 24, aged),
  tokenOf(0n, 18),
];
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.bigInt({ min: 0n, max: 2n ** 84n }));

describe('a book in columns', () => {
  test('refuses an amount, a value and a season beyond its width, and a position that it does not have', () => {
    const rate = { n: 1n, d: 1n };
    const positions: readonly BookPosition[] = [
      { side: 'owned', rates: { initial: rate, exit: rate, maintenance: rate } },
    ];
    const bookOf = (line: Partial<BookLine>) =>
      new AccountColumns(positions, () => [{ account: 0, position: 0, units: 1n, ...line }], { accounts: 1, lines: 1 });
    expect(() => bookOf({ units: 1n << 120n })).toThrow('does not fit 120 bits');
    expect(() => bookOf({ account: 1 })).toThrow('a line names 1 of 1');
    expect(() => bookOf({ position: -1 })).toThrow('a line names -1 of 1');
    const many = Array.from({ length: 65_537 }, (): BookPosition => ({
      side: 'owned',
      rates: { initial: rate, exit: rate, maintenance: rate },
    }));
    expect(() => new AccountColumns(many, () => [], { accounts: 0, lines: 0 })).toThrow(
      '65537 positions; expected 65536',
    );
    expect(() => bookOf({ units: 1n, unitsInitial: 2n })).toThrow('2 units count for initial of 1 held');
    expect(() => bookOf({}).setRates(1, { initial: rate, exit: rate, maintenance: rate })).toThrow('not in the book');
    const steep = { n: 1n << 144n, d: 1n };
    expect(() => bookOf({}).setRates(0, { initial: steep, exit: steep, maintenance: steep })).toThrow('beyond 144');
    expect(bookOf({ units: (1n << 120n) - 1n }).gradesOf(0).exit.assets).toBe((1n << 120n) - 1n);
  });

  test('gives exactly the rounded quotient for any rate and amount, also where it is whole', () => {
    const factor = fc.bigInt({ min: 0n, max: 10n ** 20n });
    const divisor = fc.bigInt({ min: 1n, max: 10n ** 30n });
    const side = fc.constantFrom<BookSide>('owned', 'owed');
    fc.assert(
      fc.property(
        factor,
        divisor,
        fc.bigInt({ min: 0n, max: 2n ** 70n - 1n }),
        fc.boolean(),
        side,
        (n, d, units, whole, kind) => {
          const rate = { n: whole ? n * d : n, d };
          fc.pre(!whole || n < 10n ** 15n);
          const limbs = new Uint32Array(5);
          writeLimbs(units, limbs, 0, 5);
          const into = new Float64Array(VALUE_LIMBS);
          addValue(prepareRate(rate, kind, 70), limbs, 0, { limbs: into, from: 0, sign: 1 });
          expect(readSum(into, 0)).toBe((kind === 'owned' ? mulDivDown : mulDivUp)(units, rate.n, d));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('gives exactly what a value changes by for any two rates, whole values and the least distance from them included', () => {
    // Few and many digits behind the point, so that what is left out of the product is known to matter and not to matter.
    const divisor = fc.oneof(
      fc.constantFrom(1n, 10n, 10n ** 6n, 2n ** 19n, 2n ** 19n + 1n, 10n ** 30n),
      fc.bigInt({ min: 1n, max: 10n ** 24n }),
    );
    const factor = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 15n }));
    const width = fc.constantFrom(40, 70, 90);
    fc.assert(
      fc.property(
        fc.tuple(factor, factor),
        fc.tuple(divisor, divisor, fc.boolean()),
        fc.bigInt({ min: 0n, max: 2n ** 90n - 1n }),
        fc.constantFrom(-1n, 0n, 1n, undefined),
        fc.tuple(width, fc.constantFrom<BookSide>('owned', 'owed')),
        ([n0, n1], [d0, other, alike], any, beside, [bits, side]) => {
          const d1 = alike ? d0 : other;
          const most = 2n ** BigInt(bits) - 1n;
          // Beside a whole value of the second rate, where there is an amount that gives one.
          const drawn = any & most;
          const near = beside === undefined || drawn < d1 ? drawn : drawn - (drawn % d1) + beside;
          const units = near > most ? most : near;
          const [before, after] = [
            prepareRate({ n: n0, d: d0 }, side, bits),
            prepareRate({ n: n1, d: d1 }, side, bits),
          ];
          const limbs = new Uint32Array(5);
          writeLimbs(units, limbs, 0, 5);
          const into = new Float64Array(VALUE_LIMBS).fill(7);
          writeChange(rateChangeOf(before, after), limbs, 0, { limbs: into, from: 0, sign: 1 });
          const value = (n: bigint, d: bigint) => (side === 'owned' ? mulDivDown : mulDivUp)(units, n, d);
          expect(readSum(into, 0)).toBe(value(n1, d1) - value(n0, d0));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('is exact where a small divisor and wide units leave no bit to spare', () => {
    const valueOf = (n: bigint, d: bigint, units: bigint, bits: number, side: BookSide) => {
      const limbs = new Uint32Array(5);
      writeLimbs(units, limbs, 0, 5);
      const into = new Float64Array(VALUE_LIMBS);
      addValue(prepareRate({ n, d }, side, bits), limbs, 0, { limbs: into, from: 0, sign: 1 });
      return readSum(into, 0);
    };
    const close = { n: 243_922_029n, d: 32_764n, units: 8_589_907_079n };
    expect(valueOf(close.n, close.d, close.units, 33, 'owned')).toBe((close.units * close.n) / close.d);
    const owed = { n: 66_504_172n, d: 32_763n, units: 144_115_188_075_849_643n };
    expect(valueOf(owed.n, owed.d, owed.units, 57, 'owed')).toBe((owed.units * owed.n) / owed.d + 1n);
  });

  test('gives the integers of the ledger for every account, after any change of prices, unseasoned amounts included', () => {
    const line = fc.record({
      account: fc.integer({ min: 0, max: 3 }),
      position: fc.integer({ min: 0, max: TOKENS.length - 1 }),
      units: amount,
      promille: fc.constantFrom(1_000, 1_000, 333, 0),
    });
    const change = fc.record({
      position: fc.integer({ min: 0, max: TOKENS.length - 1 }),
      price1e12: fc.bigInt({ min: 0n, max: 10n ** 18n }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.array(change, { maxLength: 4 }), (held, changes) => {
        const tokens = [...TOKENS];
        const lines = held.map(({ promille, ...one }): BookLine => ({
          ...one,
          unitsInitial: (one.units * BigInt(promille)) / 1_000n,
        }));
        const positions = tokens.map((token): BookPosition => ({ side: 'owned', rates: lineRatesOf(token, NOW) }));
        const book = new AccountColumns(positions, () => lines, { accounts: 4, lines: lines.length });
        const check = () => {
          for (let account = 0; account < 4; account += 1) {
            const own = lines.flatMap((one): Line[] => {
              const token = tokens[one.position];
              const unseasoned = tokenUnits(one.units - (one.unitsInitial ?? one.units));
              return one.account !== account || token === undefined
                ? []
                : [{ ...token, amount: tokenUnits(one.units), unseasoned }];
            });
            expect(book.gradesOf(account)).toEqual(accountMarginOf(own, NOW).grades);
          }
        };
        check();
        for (const { position, price1e12 } of changes) {
          const token = tokens[position];
          if (token === undefined) continue;
          const moved = { ...token, prices: [{ price1e12, observedAt: NOW, maxAgeS: 3_600 }] };
          tokens[position] = moved;
          expect(book.setRates(position, lineRatesOf(moved, NOW))).toBe(
            lines.filter((one) => one.position === position).length,
          );
          check();
        }
        book.revalue();
        check();
      }),
    );
  });

  test('sums everything anew before its limbs have grown beyond what they bear, and gives the same', () => {
    const rates = (n: bigint) => ({ initial: { n, d: 7n }, exit: { n, d: 7n }, maintenance: { n, d: 7n } });
    const lines = 2 ** 16;
    const many = function* (): Generator<BookLine> {
      for (let line = 0; line < lines; line += 1) yield { account: 0, position: 0, units: 10n };
    };
    const book = new AccountColumns([{ side: 'owned', rates: rates(1n) }], many, { accounts: 1, lines });
    const passes = vi.spyOn(book, 'revalue');
    for (let n = 1n; n <= 17n; n += 1n) {
      book.setRates(0, rates(n));
      expect(book.gradesOf(0).exit.assets).toBe(BigInt(lines) * mulDivDown(10n, n, 7n));
      expect(passes).toHaveBeenCalledTimes(n < 16n ? 0 : 1);
    }
  });

  test('adds debts to the requirement, rounded up, and tells how many bytes it takes', () => {
    const third = { n: 1n, d: 3n };
    const rates = { initial: third, exit: third, maintenance: third };
    const book = new AccountColumns(
      [{ side: 'owed', rates }],
      () => [7n, 9n, 0n].map((units) => ({ account: 0, position: 0, units })),
      {
        accounts: 1,
        lines: 3,
      },
    );
    expect(book.gradesOf(0).initial).toEqual({ assets: 0n, requirement: 6n });
    expect(book.bytes).toBe(3 * 46 + 288 + 8 + 8);
  });
});

test('a debt whose rate changes is required anew, and nothing that is owned changes with it', () => {
  const rates = (n: bigint) => ({ initial: { n, d: 1n }, exit: { n, d: 1n }, maintenance: { n, d: 1n } });
  const positions: BookPosition[] = [
    { side: 'owned', rates: rates(2n) },
    { side: 'owed', rates: rates(3n) },
  ];
  const lines = [0, 1].flatMap((account) => [0, 1].map((position) => ({ account, position, units: 10n })));
  const book = new AccountColumns(positions, () => lines, { accounts: 2, lines: lines.length });
  expect(book.setRates(1, rates(5n))).toBe(2);
  for (const account of [0, 1]) expect(book.gradesOf(account).maintenance).toEqual({ assets: 20n, requirement: 50n });
});
