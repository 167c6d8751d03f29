import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLiquidatable } from '../account-margin.js';
import { anyOption } from '../testing/unified-accounts.js';
import { WORLD, accountOf, at, feedAt, withUnderlying } from '../testing/unified-world.js';
import type { HeldOption } from './account.js';
import { marketPositionsOf } from './market-position.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { standardRequirementOf } from './standard-requirement.js';
import { GRADES, mayOpen, unifiedMarginOf } from './unified-margin.js';
import { JudgedPrices } from './unified-collateral.js';

const NO_HEDGE = { initial: 0n, exit: 0n, maintenance: 0n };
/** The world in which the spot of BTC is another one, or 0: never was. Forwards, perpetual and volatilities stay. */
const worldAt = (spot: bigint) => withUnderlying(WORLD, 'BTC', (one) => ({ ...one, feed: feedAt(spot) }));
const positionAt = (options: readonly HeldOption[], spot: bigint) => {
  const world = worldAt(spot);
  const [position] = marketPositionsOf(accountOf({ options }), world, new JudgedPrices(world));
  if (position === undefined) throw new TypeError('the account has no position');
  // What is charged by the price of a unit is compared at one price.
  return { ...position, price: { ...position.price, debtInitial: undefined } };
};
const option = (of: Partial<HeldOption>): HeldOption => ({
  underlying: 'BTC',
  expiry: '30d',
  strike: at('60000'),
  type: 'call',
  quantity: -WAD,
  ...of,
});
const onBitcoin = fc.array(
  anyOption.map((one) => ({ ...one, underlying: 'BTC' })),
  { minLength: 1, maxLength: 5 },
);

describe('options of an underlying without a price', () => {
  it('need their greatest loss by rules: a strike for a put, the forward by its factor for a call, the width of a spread', () => {
    const requiredOf = (...options: HeldOption[]) => {
      const charged = standardRequirementOf(positionAt(options, 0n)).required;
      // Liquidity is charged by what the perpetual costs and stays as it is.
      const without = standardRequirementOf({ ...positionAt(options, 0n), expiries: [] }).required;
      expect(without).toEqual(NO_HEDGE);
      return charged;
    };
    const { unpairedIMScale, unpairedMMScale } = WORLD.underlyings.get('BTC')?.derivatives?.terms.option ?? {
      unpairedIMScale: 0n,
      unpairedMMScale: 0n,
    };
    const put = requiredOf(option({ type: 'put' }));
    const priced = standardRequirementOf(positionAt([option({ type: 'put' })], at('60000'))).required;
    expect(put.maintenance >= at('60000')).toBe(true);
    expect(put.maintenance > priced.maintenance).toBe(true);
    // The liquidity of one unit is the same for a put and a call.
    const liquidity = put.maintenance - at('60000');
    const forward = (at('60000') * at('1.004')) / WAD;
    const call = requiredOf(option({}));
    expect(call.maintenance).toBe((forward * unpairedMMScale) / WAD + liquidity);
    expect(call.exit).toBe((forward * unpairedIMScale) / WAD + liquidity);
    const spread = requiredOf(option({ type: 'put' }), option({ type: 'put', strike: at('55000'), quantity: WAD }));
    expect(spread.maintenance).toBe(at('5000') + liquidity);
  });

  it('never need less by rules than at any price', () => {
    fc.assert(
      fc.property(onBitcoin, fc.bigInt({ min: 1n, max: at('1000000') }), (options, spot) => {
        const unpriced = standardRequirementOf(positionAt(options, 0n));
        const priced = standardRequirementOf(positionAt(options, spot));
        for (const grade of GRADES) expect(unpriced.required[grade] >= priced.required[grade]).toBe(true);
        // The mark follows from forwards, which are known.
        expect(unpriced.optionMark).toBe(priced.optionMark);
      }),
    );
  });

  it('keep their units by revaluation, so that liquidity and calendar are charged, and offset nothing', () => {
    fc.assert(
      fc.property(onBitcoin, (options) => {
        const one = options.map((each) => ({ ...each, expiry: '30d' }));
        const forward = (at('60000') * at('1.004')) / WAD;
        const unpriced = new RevaluedMarket(positionAt(one, 0n));
        const priced = new RevaluedMarket(positionAt(one, forward));
        expect(unpriced.deltas).toEqual(priced.deltas);
        expect(unpriced.requirement(NO_HEDGE).required).toEqual(priced.requirement(NO_HEDGE).required);
        expect(unpriced.requirement({ initial: WAD, exit: WAD, maintenance: WAD }).directional).toEqual(NO_HEDGE);
      }),
      { numRuns: 20 },
    );
  });

  it.each(['standard', 'portfolio'] as const)(
    'refuse new risk and stop liquidation in %s mode, as any without a price',
    (mode) => {
      const account = accountOf({
        mode,
        lines: [{ asset: 'usd.near', amount: 10_000n * 10n ** 6n }],
        options: [option({})],
      });
      const margin = unifiedMarginOf(account, worldAt(0n));
      expect(margin.grades.maintenance.requirement > 0n).toBe(true);
      expect(mayOpen(margin)).toBe(false);
      expect(margin.paused).toEqual(['BTC']);
      expect(isLiquidatable(unifiedMarginOf({ ...account, mode: 'standard' }, worldAt(0n)))).toBe(true);
      // One dead feed refuses nobody's evaluation.
      expect(margin.netValue < at('10000')).toBe(true);
    },
  );
});
