import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type GradeMargin,
  HEALTH_FACTOR_MAX,
  accountMarginOf,
  freeMargin,
  healthFactorOf,
  isLiquidatable,
  mayTakeRisk,
} from '../account-margin.js';
import { steadyPrice } from '../line-price.js';
import { wad, tokenUnits } from '@surety/domain';
import { anyAccount, anyLine } from '../testing/unified-accounts.js';
import {
  LIVE,
  NOW,
  WORLD,
  accountOf,
  at,
  feedAt,
  perpOf,
  withAsset,
  withUnderlying,
} from '../testing/unified-world.js';
import type { UnifiedAccount } from './account.js';
import type { MarketSnapshot } from './market-snapshot.js';
import {
  GRADES,
  compareRisk,
  marginRatioOf,
  mayActBelowInitial,
  mayEndLiquidation,
  mayOpen,
  unifiedMarginOf,
} from './unified-margin.js';

/** Units by which sums of so many rounded terms may differ. */
const DUST = 200n;
const RUNS = { numRuns: 250 };
const maintenance = (assets: bigint, requirement: bigint) => ({
  assets: wad(assets),
  requirement: wad(requirement),
});
const whole = (grade: GradeMargin) => ({ grades: { initial: grade, exit: grade, maintenance: grade } });

describe('properties of accounts', () => {
  const freeOf = (account: UnifiedAccount, world: MarketSnapshot = WORLD) => {
    const { grades } = unifiedMarginOf(account, world);
    return {
      initial: freeMargin(grades.initial),
      exit: freeMargin(grades.exit),
      maintenance: freeMargin(grades.maintenance),
    };
  };

  test('1. initial is never freer than exit, nor exit than maintenance', () => {
    fc.assert(
      fc.property(anyAccount(), (account) => {
        const free = freeOf(account);
        expect(free.initial <= free.exit && free.exit <= free.maintenance).toBe(true);
      }),
      RUNS,
    );
  });

  test('2. adding a valid amount never lowers assets, what is free, or health', () => {
    fc.assert(
      fc.property(anyAccount(), anyLine, (account, line) => {
        const before = unifiedMarginOf(account, WORLD);
        const after = unifiedMarginOf({ ...account, lines: [...account.lines, line] }, WORLD);
        for (const grade of GRADES) {
          expect(freeMargin(after.grades[grade]) + DUST >= freeMargin(before.grades[grade])).toBe(true);
          expect(after.collateral.values[grade] + DUST >= before.collateral.values[grade]).toBe(true);
        }
        expect(isLiquidatable(after) && !isLiquidatable(before)).toBe(false);
      }),
      RUNS,
    );
  });

  test('3. adding a debt, a fee or an order never raises what is free', () => {
    const size = fc.integer({ min: 1, max: 3_000 }).map((n) => BigInt(n) * 10n ** 15n);
    const anyBurden = fc.record({
      debt: size,
      fee: size,
      bid: fc.boolean(),
      off: fc.integer({ min: -30, max: 30 }),
      size,
    });
    fc.assert(
      fc.property(anyAccount(), anyBurden, (account, burden) => {
        const before = freeOf(account);
        const [perp = perpOf('BTC', 0n), ...others] = account.perps;
        const order = {
          size: burden.bid ? burden.size : -burden.size,
          price: (perp.entryPrice * BigInt(1_000 + burden.off)) / 1_000n,
        };
        const heavier: readonly UnifiedAccount[] = [
          { ...account, debts: [...account.debts, { asset: 'eth.near', amount: burden.debt }] },
          { ...account, feesAccrued: account.feesAccrued + burden.fee },
          { ...account, perps: [{ ...perp, orders: [...perp.orders, order] }, ...others] },
        ];
        for (const one of heavier) {
          const after = freeOf(one);
          for (const grade of GRADES) expect(after[grade] <= before[grade]).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('4. a health factor of at least 1 says exactly that an account is not liquidatable', () => {
    const near = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 40n }), fc.bigInt({ min: -2n, max: 2n }));
    fc.assert(
      fc.property(near, ([requirement, off]) => {
        const grade = maintenance(requirement + off > 0n ? requirement + off : 0n, requirement);
        expect(healthFactorOf(grade) >= 10n ** 18n).toBe(!isLiquidatable(whole(grade)));
      }),
    );
  });

  test('5. who owes nothing is never liquidatable, whatever the equity', () => {
    fc.assert(
      fc.property(anyAccount(), (account) => {
        const bare = unifiedMarginOf(accountOf({ lines: account.lines }), WORLD);
        expect(isLiquidatable(bare)).toBe(false);
        expect(healthFactorOf(bare.grades.maintenance)).toBe(HEALTH_FACTOR_MAX);
      }),
      RUNS,
    );
  });

  test('6. three times every position without size terms is three times assets and requirement', () => {
    const flat = ['BTC', 'ETH'].reduce(
      (world, name) =>
        withUnderlying(world, name, (one) => {
          if (one.derivatives === undefined) return one;
          const { terms } = one.derivatives;
          const perp = { ...terms.perp, sizeFactor: 0n, orderCharge: 0n };
          const liquidity = { ...terms.liquidity, impact: 0n };
          return { ...one, derivatives: { ...one.derivatives, terms: { ...terms, perp, liquidity } } };
        }),
      { ...WORLD, terms: { ...WORLD.terms, gainCap: 10n ** 40n } },
    );
    fc.assert(
      fc.property(anyAccount(), (account) => {
        const [one, three] = [unifiedMarginOf(account, flat), unifiedMarginOf(times(account, 3n), flat)];
        for (const grade of GRADES) {
          const off = freeMargin(three.grades[grade]) - 3n * freeMargin(one.grades[grade]);
          // A hedge is taken in whole units of its token: the largest is worth 0.0006.
          expect(off < 4n * 10n ** 15n && off > -4n * 10n ** 15n, `${grade} ${off}`).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('16. a lower confidence or a wider band never frees initial and leaves maintenance alone', () => {
    const anyDoubt = fc.record({
      name: fc.constantFrom('USD', 'BTC', 'ETH'),
      width: fc.integer({ min: 0, max: 19 }),
      confidence: fc.integer({ min: 0, max: 1_000 }),
    });
    fc.assert(
      fc.property(anyAccount(), anyDoubt, (account, { name, width, confidence }) => {
        const doubted = withUnderlying(WORLD, name, (one) => ({
          ...one,
          feed: {
            ...one.feed,
            halfWidth: (one.feed.price * BigInt(width)) / 1_000n,
            confidence: BigInt(confidence) * 10n ** 15n,
          },
        }));
        const [before, after] = [freeOf(account), freeOf(account, doubted)];
        expect(after.initial <= before.initial).toBe(true);
        expect([after.exit, after.maintenance]).toEqual([before.exit, before.maintenance]);
      }),
      RUNS,
    );
  });

  test('17. a stablecoin below its threshold never frees initial', () => {
    const fallen = fc.integer({ min: 800, max: 979 }).map((promille) => BigInt(promille) * 10n ** 15n);
    fc.assert(
      fc.property(anyAccount(), fallen, (account, price) => {
        const feed = { ...feedAt(price), slow: at('1') };
        const depegged = withUnderlying(WORLD, 'USD', (one) => ({ ...one, feed }));
        expect(freeOf(account, depegged).initial <= freeOf(account).initial).toBe(true);
      }),
      RUNS,
    );
  });

  test('18. a source beyond its age counts nothing for initial, and debts stay', () => {
    const sources = new Map([...WORLD.sources, ['far', { source: { ...LIVE, asOf: NOW - 361n * 60n } }] as const]);
    fc.assert(
      fc.property(anyAccount(), (account) => {
        const dark = { ...WORLD, sources };
        const without = { ...account, lines: account.lines.filter(({ asset }) => !asset.endsWith('.far')) };
        expect(freeOf(account, dark).initial).toBe(freeOf(without, dark).initial);
      }),
      RUNS,
    );
  });

  test('26. lines alone give the integers of the ledger', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 6 }), fc.integer({ min: 0, max: 400 }), (lines, minutes) => {
        const source = {
          ...LIVE,
          asOf: NOW - 60n * BigInt(minutes),
          weightInitialBps: 9_000,
          weightMaintenanceBps: 9_500,
        };
        const world = {
          ...WORLD,
          sources: new Map([
            ['near', { source: LIVE }],
            ['far', { source }],
          ]),
        };
        const ours = unifiedMarginOf(accountOf({ lines }), world);
        const ledger = accountMarginOf(
          lines.map(({ asset: name, amount }) => {
            const asset = world.assets.get(name);
            const price1e12 = (asset?.feed.price ?? 0n) / 10n ** 6n;
            return {
              amount: tokenUnits(amount),
              unseasoned: tokenUnits(0n),
              seasonEnd: 0n,
              asset: asset?.asset ?? { decimals: 0, baseInitialBps: 0, baseMaintenanceBps: 0 },
              source: asset?.source === 'far' ? source : LIVE,
              prices: [steadyPrice({ price1e12, observedAt: NOW, maxAgeS: 3_600 })],
            };
          }),
          NOW,
        );
        expect(ours.grades).toEqual(ledger.grades);
      }),
      RUNS,
    );
  });

  test('27. one unit of dust in any token saves nobody from liquidation', () => {
    fc.assert(
      fc.property(anyAccount(), fc.constantFrom('usd.near', 'eth.far', 'btc.near'), (account, asset) => {
        const { grades } = unifiedMarginOf(account, WORLD);
        // An account that falls short by more than a unit of any token is worth.
        fc.pre(freeMargin(grades.maintenance) < -(10n ** 13n));
        const dusted = { ...account, lines: [...account.lines, { asset, amount: 1n }] };
        expect(isLiquidatable(unifiedMarginOf(dusted, WORLD))).toBe(true);
      }),
      RUNS,
    );
  });

  test('28. the order of risk is total, transitive, and that of health where health differs', () => {
    const amount = fc.bigInt({ min: 0n, max: 1_000n });
    const grade = fc.tuple(amount, amount).map(([assets, requirement]) => maintenance(assets, requirement));
    fc.assert(
      fc.property(grade, grade, grade, (a, b, c) => {
        expect(compareRisk(a, b) + compareRisk(b, a)).toBe(0);
        const ascending = compareRisk(a, b) <= 0 && compareRisk(b, c) <= 0;
        expect(!ascending || compareRisk(a, c) <= 0).toBe(true);
        const [left, right] = [healthFactorOf(a), healthFactorOf(b)];
        expect(left === right || compareRisk(a, b) === (left > right ? -1 : 1)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('29. an empty account needs nothing and risks nothing', () => {
    for (const mode of ['standard', 'portfolio'] as const) {
      const margin = unifiedMarginOf(accountOf({ mode }), WORLD);
      const zero = maintenance(0n, 0n);
      expect(margin.grades).toEqual({ initial: zero, exit: zero, maintenance: zero });
      expect([margin.netValue, marginRatioOf(zero), healthFactorOf(zero)]).toEqual([0n, 0n, HEALTH_FACTOR_MAX]);
      expect([isLiquidatable(margin), mayOpen(margin), mayEndLiquidation(margin)]).toEqual([false, true, true]);
    }
  });

  test('30. a dead or a worthless feed changes only the terms of its own asset', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 6 }), fc.boolean(), (lines, dead) => {
        const broken = withAsset(WORLD, 'eth.far', (one) => ({
          ...one,
          ...(dead ? { feed: feedAt(0n) } : { asset: { ...one.asset, baseInitialBps: 0, baseMaintenanceBps: 0 } }),
        }));
        const account = accountOf({ lines, debts: [{ asset: 'usd.near', amount: at('10') }] });
        const [before, after] = [unifiedMarginOf(account, WORLD), unifiedMarginOf(account, broken)];
        const others = (margin: typeof before) =>
          margin.collateral.lines.filter((_, index) => lines[index]?.asset !== 'eth.far').map(({ value }) => value);
        expect(others(after)).toEqual(others(before));
        expect(after.grades.maintenance.requirement).toBe(before.grades.maintenance.requirement);
      }),
      RUNS,
    );
  });
});

describe('an account without a price for what it owes', () => {
  test('may open nothing, and is not liquidated on that price', () => {
    const dead = withUnderlying(WORLD, 'BTC', (one) => ({ ...one, feed: { ...one.feed, price: 0n } }));
    const account = accountOf({ lines: [{ asset: 'usd.near', amount: 10n ** 12n }], perps: [perpOf('BTC', at('1'))] });
    expect(mayOpen(unifiedMarginOf(account, WORLD))).toBe(true);
    const margin = unifiedMarginOf(account, dead);
    expect([margin.initialDefined, margin.paused, mayOpen(margin)]).toEqual([false, ['BTC'], false]);
    expect(mayTakeRisk(margin)).toBe(true);
  });

  test('may act below initial only to become no riskier', () => {
    const deep = accountOf({
      lines: [{ asset: 'usd.near', amount: 4_000n * 10n ** 6n }],
      perps: [perpOf('BTC', at('1'))],
    });
    const [before, half, more] = ['1', '0.5', '1.5'].map((size) =>
      unifiedMarginOf({ ...deep, perps: [perpOf('BTC', at(size))] }, WORLD),
    );
    if (before === undefined || half === undefined || more === undefined)
      throw new Error('three sizes give three margins');
    expect(mayOpen(before)).toBe(false);
    expect([mayActBelowInitial(before, half, 0n), mayActBelowInitial(before, more, 0n)]).toEqual([true, false]);
    expect(mayActBelowInitial(before, { ...half, netValue: half.netValue - 5n }, 4n)).toBe(false);
  });
});

function times(account: UnifiedAccount, factor: bigint): UnifiedAccount {
  return {
    mode: account.mode,
    lines: account.lines.map((line) => ({ ...line, amount: line.amount * factor })),
    debts: account.debts.map((debt) => ({ ...debt, amount: debt.amount * factor })),
    perps: account.perps.map((perp) => ({
      ...perp,
      size: perp.size * factor,
      orders: perp.orders.map((order) => ({ ...order, size: order.size * factor })),
    })),
    options: account.options.map((option) => ({ ...option, quantity: option.quantity * factor })),
    feesAccrued: account.feesAccrued * factor,
    ...(account.cash === undefined ? {} : { cash: account.cash * factor }),
  };
}
