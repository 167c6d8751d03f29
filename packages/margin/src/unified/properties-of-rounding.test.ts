import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fraction, ZERO, add, compare, fraction, fromScaled, multiply } from '../number/decimal.js';
import { floatFreeMargin } from '../testing/float-margin.js';
import { anyAccount } from '../testing/unified-accounts.js';
import { WORLD } from '../testing/unified-world.js';
import { freeMargin } from '../account-margin.js';
import { GRADES, unifiedMarginOf } from './unified-margin.js';

const wad = (value: bigint) => fromScaled(value, 18);

describe('properties of rounding', () => {
  test('25. assets are short of their exact sum by less than a unit a term, debts above theirs by less', () => {
    fc.assert(
      fc.property(anyAccount('standard'), (account) => {
        const holding = { ...account, perps: [], options: [] };
        const { grades } = unifiedMarginOf(holding, WORLD);
        const sumOf = (terms: readonly Fraction[]) => terms.reduce(add, ZERO);
        const assets = sumOf([
          wad(holding.cash ?? 0n),
          ...holding.lines.map(({ asset: name, amount }) => {
            const asset = WORLD.assets.get(name);
            const source = WORLD.sources.get(asset?.source ?? '')?.source;
            if (asset === undefined || source === undefined) throw new Error(name);
            const weight = BigInt(asset.asset.baseMaintenanceBps) * BigInt(source.weightMaintenanceBps);
            return multiply(fromScaled(amount, asset.asset.decimals), wad(asset.feed.price), fromScaled(weight, 8));
          }),
        ]);
        const owed = sumOf([
          wad(holding.feesAccrued),
          ...holding.debts.map(({ asset: name, amount }) => {
            const asset = WORLD.assets.get(name);
            if (asset === undefined) throw new Error(name);
            return multiply(wad(amount), wad(asset.feed.price), wad(asset.debtMaintenance));
          }),
        ]);
        const { assets: counted, requirement } = grades.maintenance;
        const slack = (terms: number) => fraction(BigInt(terms) + 1n, 10n ** 18n);
        expect(compare(wad(counted), assets) <= 0).toBe(true);
        expect(compare(assets, add(wad(counted), slack(holding.lines.length))) < 0).toBe(true);
        expect(compare(owed, wad(requirement)) <= 0).toBe(true);
        expect(compare(wad(requirement), add(owed, slack(holding.debts.length))) < 0).toBe(true);
      }),
    );
  });

  test('an independent model in floating point agrees in both modes', () => {
    fc.assert(
      fc.property(anyAccount(), (account) => {
        const { grades } = unifiedMarginOf(account, WORLD);
        for (const grade of GRADES) {
          const ours = Number(freeMargin(grades[grade])) / 1e18;
          const scale = (Number(grades[grade].assets) + Number(grades[grade].requirement)) / 1e18 + 1;
          const theirs = floatFreeMargin(account, WORLD, grade);
          expect(Math.abs(ours - theirs) / scale, `${grade}: ${ours} and ${theirs}`).toBeLessThan(2e-8);
        }
      }),
      { numRuns: 25 },
    );
  });
});
