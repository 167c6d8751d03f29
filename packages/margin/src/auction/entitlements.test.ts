import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProtocolClaim, entitlementsOf } from './entitlements.js';

const claim = (burdenWad: bigint, reservedWad: bigint): ProtocolClaim => ({ burdenWad, reservedWad });
const sumOf = (figures: readonly bigint[]): bigint => figures.reduce((sum, figure) => sum + figure, 0n);

describe('entitlements', () => {
  const claims = [claim(100n, 60n), claim(50n, 80n), claim(0n, 10n)];

  it.each([
    [1_000n, [100n, 50n, 0n]],
    [150n, [100n, 50n, 0n]],
    [149n, [99n, 50n, 0n]],
    [130n, [80n, 50n, 0n]],
    [110n, [60n, 50n, 0n]],
    [109n, [59n, 49n, 0n]],
    [55n, [30n, 25n, 0n]],
    [0n, [0n, 0n, 0n]],
  ])('of %d', (netWad, expected) => {
    expect(entitlementsOf(netWad, claims)).toEqual(expected);
  });

  it('share what no protocol reserved by the junior parts', () => {
    expect(entitlementsOf(100n, [claim(100n, 20n), claim(60n, 40n)])).toEqual([52n, 48n]);
  });

  it('of one protocol are its burden or what is there, whatever it reserved', () => {
    for (const reservedWad of [0n, 50n, 100n, 200n]) {
      expect(entitlementsOf(70n, [claim(100n, reservedWad)])).toEqual([70n]);
      expect(entitlementsOf(170n, [claim(100n, reservedWad)])).toEqual([100n]);
    }
    expect(entitlementsOf(0n, [claim(0n, 0n)])).toEqual([0n]);
    expect(entitlementsOf(5n, [])).toEqual([]);
  });

  it('never exceed what is there, serve reserved parts first, and give equal parts of equal rank', () => {
    const figure = fc.bigInt({ min: 0n, max: 10n ** 24n });
    const anyClaim = fc.tuple(figure, figure).map(([burdenWad, reservedWad]) => claim(burdenWad, reservedWad));
    const anyClaims = fc.array(anyClaim, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyClaims, fc.bigInt({ min: 0n, max: 11_000n }), (all, part) => {
        const burdens = all.map(({ burdenWad }) => burdenWad);
        const netWad = (sumOf(burdens) * part) / 10_000n;
        const parts = entitlementsOf(netWad, all);
        const given = sumOf(parts);
        const owed = netWad < sumOf(burdens) ? netWad : sumOf(burdens);
        expect(given <= owed && given + BigInt(all.length) > owed).toBe(true);
        const ranks = all.map(({ burdenWad, reservedWad }, at) => {
          const senior = burdenWad < reservedWad ? burdenWad : reservedWad;
          const served = parts[at] ?? 0n;
          return served > senior
            ? { rank: 'junior', of: burdenWad - senior, served: served - senior, senior }
            : { rank: 'senior', of: senior, served, senior };
        });
        for (const [at, one] of ranks.entries()) {
          expect((parts[at] ?? 0n) <= (burdens[at] ?? 0n)).toBe(true);
          for (const [place, other] of ranks.entries()) {
            expect(one.rank === 'senior' || (parts[place] ?? 0n) >= other.senior).toBe(true);
            if (one.rank !== other.rank || one.of === 0n || other.of === 0n) continue;
            const apart = one.served * other.of - other.served * one.of;
            expect(apart < one.of + other.of && -apart < one.of + other.of).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
