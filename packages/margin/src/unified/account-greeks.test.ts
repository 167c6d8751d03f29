import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WORLD, accountOf, at, perpOf, withUnderlying } from '../testing/unified-world.js';
import type { HeldOption, UnifiedAccount } from './account.js';
import { type UnderlyingGreeks, accountGreeksOf } from './account-greeks.js';
import { marketPositionsOf } from './market-position.js';
import type { ExpiryMarket, MarketSnapshot } from './market-snapshot.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { JudgedPrices } from './unified-collateral.js';

const SEED = 20_261_121;
const option = (of: Partial<HeldOption>): HeldOption => ({
  underlying: 'BTC',
  expiry: '30d',
  strike: at('62000'),
  type: 'call',
  quantity: at('1'),
  ...of,
});
const real = (value: bigint): number => Number(value) / 1e18;

function greeksOn(underlying: string, account: UnifiedAccount, world = WORLD): UnderlyingGreeks {
  const found = accountGreeksOf(account, world).find((one) => one.underlying === underlying);
  if (found === undefined) throw new TypeError(`no Greeks of ${underlying}`);
  return found;
}

/** The value of an account's options as the portfolio mode marks it. */
function valueOf(account: UnifiedAccount, world: MarketSnapshot): number {
  const [position] = marketPositionsOf(account, world, new JudgedPrices(world));
  if (position === undefined) return 0;
  return real(new RevaluedMarket(position).marks.reduce((sum, mark) => sum + mark, 0n));
}

function withExpiries(change: (market: ExpiryMarket) => ExpiryMarket, price?: bigint): MarketSnapshot {
  return withUnderlying(WORLD, 'BTC', (one) => {
    const { derivatives } = one;
    if (derivatives === undefined) return one;
    const expiries = new Map([...derivatives.expiries].map(([name, market]) => [name, change(market)]));
    const feed = price === undefined ? one.feed : { ...one.feed, price, slow: price, lastValid: price };
    return { ...one, feed, derivatives: { ...derivatives, expiries } };
  });
}

/** The market with spot and forwards by a factor other. */
function spotBy(factor: bigint): MarketSnapshot {
  return withExpiries(
    (market) => ({ ...market, forward: (market.forward * factor) / WAD }),
    (at('60000') * factor) / WAD,
  );
}

const anyOptions = fc
  .array(
    fc.record({
      expiry: fc.constantFrom('7d', '30d', '90d'),
      strike: fc.bigInt({ min: 45_000n, max: 80_000n }).map((strike) => strike * WAD),
      type: fc.constantFrom('call' as const, 'put' as const),
      quantity: fc.bigInt({ min: -5n, max: 5n }).map((quantity) => quantity * WAD),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((options) => accountOf({ options: options.map(option) }));

describe('the Greeks of an account', () => {
  it('are the tokens, debts and perpetuals themselves by underlying, over all chains', () => {
    const account = accountOf({
      lines: [
        { asset: 'eth.near', amount: 2n * WAD },
        { asset: 'eth.far', amount: 3n * WAD },
        { asset: 'btc.near', amount: 10n ** 8n },
      ],
      debts: [{ asset: 'usd.near', amount: at('700') }],
      perps: [perpOf('ETH', at('-4'))],
    });
    const flat = { gamma: 0n, vega: 0n, theta: 0n, rho: 0n };
    const deltas = { collateral: 0n, debt: 0n, perp: 0n, options: 0n };
    expect(accountGreeksOf(account, WORLD)).toEqual([
      { underlying: 'BTC', deltas: { ...deltas, collateral: WAD }, delta: WAD, deltaValue: at('60000'), ...flat },
      {
        underlying: 'ETH',
        deltas: { ...deltas, collateral: 5n * WAD, perp: -4n * WAD },
        delta: WAD,
        deltaValue: at('3000'),
        ...flat,
      },
      {
        underlying: 'USD',
        deltas: { ...deltas, debt: at('-700') },
        delta: at('-700'),
        deltaValue: at('-700'),
        ...flat,
      },
    ]);
    expect(accountGreeksOf(accountOf({}), WORLD)).toEqual([]);
  });

  it('of options are the slopes and the curvature of the value that the portfolio mode marks', () => {
    const step = 10n ** 14n;
    fc.assert(
      fc.property(anyOptions, (account) => {
        const greeks = greeksOn('BTC', account);
        const [up, down] = [valueOf(account, spotBy(WAD + step)), valueOf(account, spotBy(WAD - step))];
        const unit = 60_000 * 1e-4;
        expect((up - down) / (2 * unit)).toBeCloseTo(real(greeks.delta), 6);
        expect((up - 2 * valueOf(account, WORLD) + down) / unit ** 2).toBeCloseTo(real(greeks.gamma), 6);
        const vol = (by: bigint) => withExpiries((market) => ({ ...market, vol: market.vol + by }));
        const vega = (valueOf(account, vol(step)) - valueOf(account, vol(-step))) / 2e-4;
        expect(Math.abs(vega - real(greeks.vega))).toBeLessThan(1e-5 * (1 + Math.abs(vega)) + 0.05);
      }),
      { seed: SEED, numRuns: 25 },
    );
  });

  it('of options are what time and rate do to a value whose spot stays', () => {
    const account = accountOf({
      options: [option({}), option({ type: 'put', strike: at('58000'), quantity: at('-2') })],
    });
    const greeks = greeksOn('BTC', account);
    const seconds = 2_592_000;
    // F = S·e^((r − q)t): the carry of the forward that is quoted.
    const carry = Math.log(60_240 / 60_000) / (seconds / 31_536_000);
    const later = (by: number, rate = 0): MarketSnapshot => {
      const years = (seconds - by) / 31_536_000;
      const forward = BigInt(Math.round(60_000 * Math.exp((carry + rate) * years) * 1e9)) * 10n ** 9n;
      const moved = withExpiries((market) => ({ ...market, secondsToExpiry: BigInt(seconds - by), forward }));
      return withUnderlying(moved, 'BTC', (one) =>
        one.derivatives === undefined
          ? one
          : {
              ...one,
              derivatives: { ...one.derivatives, rate: one.derivatives.rate + BigInt(Math.round(rate * 1e18)) },
            },
      );
    };
    const theta = (valueOf(account, later(60)) - valueOf(account, later(-60))) / (120 / 31_536_000);
    expect(theta / real(greeks.theta)).toBeCloseTo(1, 4);
    const rho = (valueOf(account, later(0, 1e-5)) - valueOf(account, later(0, -1e-5))) / 2e-5;
    expect(rho / real(greeks.rho)).toBeCloseTo(1, 4);
  });

  it('of a call less a put are those of the forward', () => {
    const account = accountOf({ options: [option({}), option({ type: 'put', quantity: -WAD })] });
    const { delta, gamma, vega } = greeksOn('BTC', account);
    expect([gamma, vega]).toEqual([0n, 0n]);
    expect(real(delta)).toBeCloseTo(1.004 * Math.exp((-0.04 * 30) / 365), 12);
  });

  it('of two accounts add up to those of both in one', () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, (left, right) => {
        const both = greeksOn('BTC', accountOf({ options: [...left.options, ...right.options] }));
        const [one, other] = [greeksOn('BTC', left), greeksOn('BTC', right)];
        for (const name of ['delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
          const off = both[name] - one[name] - other[name];
          expect(off <= 1n && off >= -1n).toBe(true);
        }
      }),
      { seed: SEED, numRuns: 25 },
    );
  });

  it('fade while the settlement price is averaged, and are none once it is known or nothing has a price', () => {
    const account = accountOf({ options: [option({ strike: at('50000') })] });
    const expiring = (secondsToExpiry: bigint) => withExpiries((market) => ({ ...market, secondsToExpiry }));
    expect(real(greeksOn('BTC', account, expiring(900n)).delta)).toBeCloseTo(0.502, 3);
    expect(greeksOn('BTC', account, expiring(0n))).toMatchObject({ delta: 0n, gamma: 0n, theta: 0n });
    const unpriced = withExpiries((market) => market, 0n);
    const gone = withUnderlying(unpriced, 'BTC', ({ derivatives, feed }) => ({
      feed: { ...feed, lastValid: 0n },
      ...(derivatives === undefined ? {} : { derivatives }),
    }));
    expect(greeksOn('BTC', account, gone)).toMatchObject({ delta: 0n, deltaValue: 0n, vega: 0n });
  });

  it('of what is not listed are refused', () => {
    const lines = [{ asset: 'doge.near', amount: 1n }];
    expect(() => accountGreeksOf(accountOf({ lines }), WORLD)).toThrow('asset doge.near is not listed');
  });
});
