import { tokenUnits } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLines, grossValueOf, inSaleOrder, saleKeyOf, soldUnitsOf } from './sale-line.js';

const line = (place: bigint, grossWad: bigint, exitWad: bigint) => ({ class: place, grossWad, exitWad });

describe('the order of sale', () => {
  it.each([
    [line(0n, 100n, 100n), 0n],
    [line(1n, 100n, 80n), 2n ** 32n + 200_000n],
    [line(1n, 3n, 1n), 2n ** 32n + 666_667n],
    [line(3n, 0n, 0n), 3n * 2n ** 32n + 1_000_000n],
  ])('of %o', (one, key) => {
    expect(saleKeyOf(one)).toBe(key);
  });

  it('puts classes one after the other, small haircuts first, and leaves equal lines as they are', () => {
    const lines = [
      { ...line(2n, 100n, 95n), name: 'stale' },
      { ...line(1n, 100n, 50n), name: 'half' },
      { ...line(1n, 100n, 90n), name: 'first of two' },
      { ...line(0n, 100n, 10n), name: 'local' },
      { ...line(1n, 10n, 9n), name: 'second of two' },
    ];
    const names = inSaleOrder(lines).map(({ name }) => name);
    expect(names).toEqual(['local', 'first of two', 'second of two', 'half', 'stale']);
  });

  it('cuts the last line that a value reaches, and rounds up what it counted', () => {
    const lines = [line(0n, 10n, 9n), line(1n, 10n, 5n), line(1n, 10n, 4n)];
    expect(cutLines(lines, 17n)).toEqual([
      { grossWad: 10n, exitWad: 9n },
      { grossWad: 7n, exitWad: 4n },
      { grossWad: 0n, exitWad: 0n },
    ]);
    expect(cutLines(lines, 100n).map(({ exitWad }) => exitWad)).toEqual([9n, 5n, 4n]);
    expect(cutLines([line(1n, 0n, 0n)], 1n)).toEqual([{ grossWad: 0n, exitWad: 0n }]);
  });
});

describe('units', () => {
  it('are worth their price without weights, rounded down', () => {
    expect(grossValueOf(tokenUnits(1_500_000n), { price1e12: 2n * 10n ** 12n, decimals: 6 })).toBe(3n * 10n ** 18n);
    expect(grossValueOf(tokenUnits(10n ** 18n), { price1e12: 3n * 10n ** 12n, decimals: 18 })).toBe(3n * 10n ** 18n);
    expect(grossValueOf(tokenUnits(1n), { price1e12: 999_999n, decimals: 12 })).toBe(0n);
    expect(grossValueOf(tokenUnits(1n), { price1e12: 1_000_001n, decimals: 12 })).toBe(1n);
  });

  it('of a cut line are rounded down: all of them for all of its value, none for none', () => {
    expect(soldUnitsOf(tokenUnits(10n), 99n, 100n)).toBe(9n);
    expect(soldUnitsOf(tokenUnits(10n), 100n, 100n)).toBe(10n);
    expect(soldUnitsOf(tokenUnits(10n), 9n, 100n)).toBe(0n);
    expect(soldUnitsOf(tokenUnits(10n), 0n, 0n)).toBe(0n);
  });

  it('are never worth more than the part that they stand for', () => {
    const of = (max: bigint) => fc.bigInt({ min: 1n, max });
    fc.assert(
      fc.property(of(10n ** 27n), of(10n ** 17n), fc.nat(18), of(10n ** 6n), (units, price1e12, decimals, ppm) => {
        const grossWad = grossValueOf(tokenUnits(units), { price1e12, decimals });
        fc.pre(grossWad > 0n);
        const partWad = (grossWad * ppm) / 1_000_000n;
        const sold = soldUnitsOf(tokenUnits(units), partWad, grossWad);
        expect(grossValueOf(sold, { price1e12, decimals }) <= partWad).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
