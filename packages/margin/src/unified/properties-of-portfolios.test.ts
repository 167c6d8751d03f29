import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grade } from '../line-margin.js';
import { worstGain } from '../portfolio/scenario-revaluation.js';
import { anyAccount, anyOption } from '../testing/unified-accounts.js';
import { LIVE, WORLD, accountOf, at, perpOf, withUnderlying } from '../testing/unified-world.js';
import type { HeldOption, UnifiedAccount } from './account.js';
import { marketPositionsOf } from './market-position.js';
import type { MarketSnapshot } from './market-snapshot.js';
import { creditShareOf, offsetRequirement } from './offset-credit.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { portfolioScenarios } from './portfolio-scenarios.js';
import { SHIPPED_MARKET_TERMS, SHIPPED_TERMS } from './shipped-terms.js';
import { type MarketRequirement, standardRequirementOf } from './standard-requirement.js';
import { JudgedPrices } from './unified-collateral.js';
import { freeMargin } from '../account-margin.js';
import { GRADES, unifiedMarginOf } from './unified-margin.js';
import type { MarketTerms } from './unified-terms.js';

const WAD = 10n ** 18n;
const RUNS = { numRuns: 250 };
const positionsOf = (account: UnifiedAccount, world = WORLD) =>
  marketPositionsOf(account, world, new JudgedPrices(world));
const revaluedOf = (options: readonly HeldOption[], world = WORLD) =>
  positionsOf(accountOf({ mode: 'portfolio', options }), world).map((position) => new RevaluedMarket(position));
const withTerms = (change: (terms: MarketTerms) => MarketTerms): MarketSnapshot =>
  ['BTC', 'ETH'].reduce(
    (world, name) =>
      withUnderlying(world, name, (one) =>
        one.derivatives === undefined
          ? one
          : { ...one, derivatives: { ...one.derivatives, terms: change(one.derivatives.terms) } },
      ),
    WORLD,
  );
const NO_DISCOUNT = {
  longBase: WAD,
  longRateMult: 0n,
  longRateAdd: 0n,
  shortBase: WAD,
  shortRateMult: 0n,
  shortRateAdd: 0n,
};
const PLAIN = withTerms((terms) => ({
  ...terms,
  liquidity: { least: 0n, most: 0n, impact: 0n },
  portfolio: { ...terms.portfolio, staticDiscount: NO_DISCOUNT },
}));
const SKEWS = 2;
const btcOptions = fc.array(
  anyOption.map((option): HeldOption => ({
    ...option,
    underlying: 'BTC',
    strike: option.underlying === 'BTC' ? option.strike : option.strike * 20n,
  })),
  { minLength: 1, maxLength: 4 },
);

describe('properties of portfolios', () => {
  test('11. arrays add by scenario without discounts, and the scan of a sum is at most the sum of scans', () => {
    fc.assert(
      fc.property(btcOptions, btcOptions, (left, right) => {
        const [one] = revaluedOf(left, PLAIN);
        const [other] = revaluedOf(right, PLAIN);
        const [both] = revaluedOf([...left, ...right], PLAIN);
        if (one === undefined || other === undefined || both === undefined) throw new Error('one market each');
        for (const [index, gain] of both.optionGains.slice(0, -SKEWS).entries()) {
          const off = gain - (one.optionGains[index] ?? 0n) - (other.optionGains[index] ?? 0n);
          expect(off <= 20n && off >= -20n, `${off}`).toBe(true);
        }
        expect(both.scan(0n) <= one.scan(0n) + other.scan(0n) + 40n).toBe(true);
      }),
      RUNS,
    );
  });

  test('12. more scenarios never lower a requirement; order and repetition do not matter', () => {
    const gains = fc.array(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), { maxLength: 40 });
    fc.assert(
      fc.property(gains, gains, fc.bigInt({ min: -(10n ** 24n), max: 0n }), (some, more, basis) => {
        expect(worstGain([...some, ...more], basis) <= worstGain(some, basis)).toBe(true);
        expect(worstGain([...some].reverse(), basis)).toBe(worstGain([...some, ...some], basis));
      }),
    );
    const { scanRange } = SHIPPED_MARKET_TERMS.portfolio;
    const scenarios = portfolioScenarios({ scanRange, tailDivisor: 2n * WAD });
    expect(scenarios).toHaveLength(31);
    expect(scenarios[0]).toEqual({ spot: WAD, vol: 'none', dampening: WAD });
    // A tail charges a linear book half a scan range, less than the end of the range does.
    for (const { spot, dampening } of scenarios.slice(27, 29)) {
      const moved = (spot > WAD ? spot - WAD : WAD - spot) * dampening;
      expect(moved / WAD).toBe(scanRange / 2n);
    }
  });

  test('13. an expiry with no net short call never needs more by rules than it can lose', () => {
    const free = withTerms((terms) => ({ ...terms, liquidity: { least: 0n, most: 0n, impact: 0n } }));
    fc.assert(
      fc.property(btcOptions, (options) => {
        const sameExpiry = options.map((option): HeldOption => ({ ...option, expiry: '30d' }));
        const netCalls = sameExpiry.reduce((sum, { type, quantity }) => sum + (type === 'call' ? quantity : 0n), 0n);
        fc.pre(netCalls >= 0n);
        const [requirement] = positionsOf(accountOf({ options: sameExpiry }), free).map(standardRequirementOf);
        const payoff = (price: bigint) =>
          sameExpiry.reduce((sum, { type, strike, quantity }) => {
            const inside = type === 'call' ? price - strike : strike - price;
            return sum + (inside > 0n ? (quantity * inside) / WAD : 0n);
          }, 0n);
        const worst = [0n, ...sameExpiry.map(({ strike }) => strike)].map(payoff).reduce((a, b) => (a < b ? a : b), 0n);
        for (const grade of GRADES) expect((requirement?.required[grade] ?? 0n) <= 10n - worst).toBe(true);
      }),
      RUNS,
    );
  });

  test('14. a long box needs no more than its discount, and a call less a put is a forward in every scenario', () => {
    const leg = (type: 'call' | 'put', strike: string, quantity: string): HeldOption => ({
      underlying: 'BTC',
      expiry: '90d',
      strike: at(strike),
      type,
      quantity: at(quantity),
    });
    const box = [
      leg('call', '50000', '1'),
      leg('put', '50000', '-1'),
      leg('put', '70000', '1'),
      leg('call', '70000', '-1'),
    ];
    const [market] = revaluedOf(box);
    const [mark] = market?.marks ?? [];
    if (market === undefined || mark === undefined) throw new Error('one market');
    const years = 90 / 365;
    const discount = Number(mark) * (1 - 0.95 * Math.exp(-years * (4 * 0.04 + 0.05)));
    expect(Number(market.scan(0n)) <= discount * (1 + 1e-9)).toBe(true);
    const [synthetic] = revaluedOf([leg('call', '60000', '1'), leg('put', '60000', '-1')], PLAIN);
    const forward = 60_000 * 1.012 * Math.exp(-0.04 * years);
    for (const [index, { spot, vol, dampening }] of portfolioScenarios(SHIPPED_MARKET_TERMS.portfolio).entries()) {
      if (vol.startsWith('skew')) continue;
      const expected = forward * (Number(spot) / 1e18 - 1) * (Number(dampening) / 1e18);
      const gain = Number(synthetic?.optionGains[index] ?? 0n) / 1e18;
      expect(Math.abs(gain - expected)).toBeLessThan(1e-12 * forward);
    }
  });

  test('15. offsets stay between the largest and the sum, count opposite sides only, alike in both orders', () => {
    const risk = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n });
    const one = fc.tuple(risk, fc.bigInt({ min: 0n, max: 10n ** 22n }));
    const requirementOf = (underlying: string, [directional, extra]: readonly [bigint, bigint]): MarketRequirement => {
      const required = (directional < 0n ? -directional : directional) + extra;
      const same = (value: bigint) => ({ initial: value, exit: value, maintenance: value });
      return { underlying, required: same(required), directional: same(directional), optionMark: 0n };
    };
    const standings = new Map(['BTC', 'ETH'].map((name) => [name, { sure: true, pegged: true, settlement: 'USD' }]));
    const needed = (markets: readonly MarketRequirement[], correlation: bigint, swapped = false) => {
      const [left, right] = swapped ? ['ETH', 'BTC'] : ['BTC', 'ETH'];
      const terms = {
        ...SHIPPED_TERMS.offsets,
        pairs: [{ left: left ?? '', right: right ?? '', stressCorrelation: correlation }],
      };
      return offsetRequirement(markets, 'initial', { standings, terms });
    };
    const share = fc.bigInt({ min: -WAD, max: WAD });
    fc.assert(
      fc.property(one, one, share, share, (btc, eth, a, b) => {
        const markets = [requirementOf('BTC', btc), requirementOf('ETH', eth)];
        const [low, high] = a < b ? [a, b] : [b, a];
        const each = markets.map(({ required }) => required.initial);
        const sum = each.reduce((left, right) => left + right, 0n);
        const result = needed(markets, high);
        expect(result <= sum && each.every((required) => result >= required)).toBe(true);
        expect(result <= needed(markets, low)).toBe(true);
        expect(needed(markets, high, true)).toBe(result);
        expect(btc[0] > 0n !== eth[0] > 0n || result === sum).toBe(true);
      }),
    );
  });

  test('no credit for a feed that is unsure at initial, for a lost peg, and less between two stablecoins', () => {
    const pair = { left: 'BTC', right: 'ETH', stressCorrelation: at('0.7') };
    const standing = { sure: true, pegged: true, settlement: 'USD' };
    const shareOf = (grade: Grade, change: Partial<typeof standing>) =>
      creditShareOf(pair, grade, {
        standings: new Map([
          ['BTC', standing],
          ['ETH', { ...standing, ...change }],
        ]),
        terms: SHIPPED_TERMS.offsets,
      });
    expect(shareOf('initial', {})).toBe(at('0.6'));
    expect([shareOf('initial', { sure: false }), shareOf('maintenance', { sure: false })]).toEqual([0n, at('0.6')]);
    expect([shareOf('initial', { pegged: false }), shareOf('maintenance', { pegged: false })]).toEqual([0n, 0n]);
    expect(shareOf('exit', { settlement: 'EUR' })).toBe(at('0.54'));
  });

  test('options that are only owned never need more than they count', () => {
    fc.assert(
      fc.property(btcOptions, (options) => {
        const owned = options.map((option) => ({
          ...option,
          quantity: option.quantity < 0n ? -option.quantity : option.quantity,
        }));
        const { grades } = unifiedMarginOf(accountOf({ mode: 'portfolio', options: owned }), WORLD);
        for (const grade of GRADES) expect(freeMargin(grades[grade]) >= 0n).toBe(true);
      }),
      RUNS,
    );
  });

  test('collateral keeps its weight where to hedge would cost more than it gives', () => {
    // Short of delta by a little and of gamma by much: a fall is the worst, and a hedge would make it worse.
    const puts = { underlying: 'ETH', expiry: '30d', strike: at('2700'), type: 'put', quantity: at('-10') } as const;
    const short = accountOf({ mode: 'portfolio', options: [puts], perps: [perpOf('ETH', at('-2.9'))] });
    const holding = { ...short, lines: [{ asset: 'eth.near', amount: at('0.1') }] };
    const [bare, held] = [unifiedMarginOf(short, WORLD), unifiedMarginOf(holding, WORLD)];
    expect(freeMargin(held.grades.maintenance) - freeMargin(bare.grades.maintenance)).toBe(at('255'));
  });

  describe('a cap of one account on one source', () => {
    const cappedAt = (cap: string): MarketSnapshot => ({
      ...WORLD,
      sources: new Map([...WORLD.sources, ['near', { source: LIVE, accountCap: at(cap) }] as const]),
    });
    const holding = accountOf({
      mode: 'portfolio',
      lines: [
        { asset: 'btc.near', amount: 10n * 10n ** 8n },
        { asset: 'eth.near', amount: at('200') },
      ],
    });
    const shorts = [perpOf('BTC', at('-2')), perpOf('ETH', at('-40'))];

    test.each([0, 1, 2])('counts once, whatever %i underlyings are hedged with what stands there', (hedged) => {
      const { grades } = unifiedMarginOf({ ...holding, perps: shorts.slice(0, hedged) }, cappedAt('100000'));
      expect(grades.initial.assets).toBe(at('100000'));
    });

    test('bounds the hedges that it lets count, too', () => {
      const { grades } = unifiedMarginOf({ ...holding, perps: shorts }, cappedAt('60000'));
      // One bitcoin is what the cap lets count, and it hedges the first of the shorts.
      const lines = [{ asset: 'btc.near', amount: 10n ** 8n }];
      const one = unifiedMarginOf(accountOf({ mode: 'portfolio', lines, perps: shorts }), WORLD);
      expect(grades.initial).toEqual(one.grades.initial);
    });

    test('changes nothing where it is out of reach, and holds for any lines', () => {
      fc.assert(
        fc.property(anyAccount(), (account) => {
          expect(unifiedMarginOf(account, cappedAt('1000000000'))).toEqual(unifiedMarginOf(account, WORLD));
          const { grades } = unifiedMarginOf({ ...account, perps: [], options: [], cash: 0n }, cappedAt('7'));
          const far = account.lines.filter(({ asset }) => asset.endsWith('.far'));
          const beyond = unifiedMarginOf(accountOf({ lines: far }), WORLD).grades.initial.assets;
          expect(grades.initial.assets <= at('7') + beyond + 10n).toBe(true);
        }),
        RUNS,
      );
    });
  });

  test('collateral of the same underlying hedges a short and never hurts', () => {
    const short = accountOf({ mode: 'portfolio', perps: [perpOf('ETH', at('-10'))] });
    const holding = { ...short, lines: [{ asset: 'eth.near', amount: at('10') }] };
    const [bare, held] = [unifiedMarginOf(short, WORLD), unifiedMarginOf(holding, WORLD)];
    // Ten tokens at full chain weight, with nothing left to scan: only the perpetual's own charge and its liquidity.
    expect(held.grades.maintenance.assets).toBe(at('30000'));
    expect(held.grades.maintenance.requirement < bare.grades.maintenance.requirement / 4n).toBe(true);
    fc.assert(
      fc.property(anyAccount('portfolio'), (account) => {
        const without = unifiedMarginOf({ ...account, lines: [] }, WORLD).grades;
        const { grades } = unifiedMarginOf(account, WORLD);
        for (const grade of GRADES) expect(freeMargin(grades[grade]) + 10n >= freeMargin(without[grade])).toBe(true);
      }),
      RUNS,
    );
  });
});
