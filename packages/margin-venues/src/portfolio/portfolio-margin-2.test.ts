import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ExpiryBook,
  type OptionPosition,
  type Scenario,
  decimal,
  forwardParts,
  netShortOptions,
  toScaled,
} from '@surety/margin';
import { type Portfolio2, type PortfolioMargin2Parameters, portfolioMargin2 } from './portfolio-margin-2.js';

const wad = (text: string) => toScaled(decimal(text), 18, 'halfUp');
const wads = <const Name extends string>(of: Record<Name, string>) =>
  Object.fromEntries(Object.entries<string>(of).map(([name, text]) => [name, wad(text)])) as Record<Name, bigint>;

const MOVES = ['up', 'none', 'down'] as const;
const grid: readonly Scenario[] = ['1.15', '1.05', '1', '0.95', '0.85'].flatMap((spot) =>
  MOVES.map((vol) => ({ spot: wad(spot), vol, dampening: WAD })),
);
const skews: readonly Scenario[] = (['skew-linear', 'skew-abs'] as const).map((vol) => ({
  spot: WAD,
  vol,
  dampening: WAD,
}));
const volShock = wads({ rangeUp: '0.5', rangeDown: '0.3', shortPower: '0.3', longPower: '0.13', dteFloorDays: '1' });
const basis = wads({ spotUp: '1.05', spotDown: '0.95', add: '0.25', mult: '0.1' });

const parameters: PortfolioMargin2Parameters = {
  scenarios: [...grid, ...skews],
  volShock: { ...volShock, minVolUp: wad('0.45') },
  basis,
  skew: wads({
    linearCBase: '-0.05',
    linearCap: '0.15',
    absCBase: '-0.05',
    absCap: '0.15',
    minKStar: '0.01',
    widthScale: '4',
    volStatic: '0.6',
    volScale: '-0.1',
  }),
  margin: wads({
    mmFactor: '0.8',
    imFactor: '1',
    longBaseDiscount: '0.95',
    longRateMult: '1',
    longRateAdd: '0.08',
    shortBaseDiscount: '1.04',
    shortRateMult: '0.5',
    shortRateAdd: '0.08',
  }),
  other: wads({
    pegThreshold: '0.98',
    pegFactor: '2',
    confThreshold: '0.55',
    confMargin: '1',
    mmPerp: '0.015',
    imPerp: '0.005',
    mmOption: '0.003',
    imOption: '0.002',
  }),
};

/** The same without discounts of value, charges and basis: what is left is the scenarios. */
const bare: PortfolioMargin2Parameters = {
  ...parameters,
  scenarios: grid,
  basis: { ...basis, add: 0n, mult: 0n },
  margin: {
    ...parameters.margin,
    longBaseDiscount: WAD,
    longRateMult: 0n,
    longRateAdd: 0n,
    shortBaseDiscount: WAD,
    shortRateMult: 0n,
    shortRateAdd: 0n,
  },
  other: { ...parameters.other, mmPerp: 0n, imPerp: 0n, mmOption: 0n, imOption: 0n },
};

const EXPIRIES = [2_000_000n, 9_000_000n];
const market = { spot: wad('2000'), spotConfidence: WAD, stablePrice: WAD };

const option = fc.record({
  strike: fc.integer({ min: 5, max: 60 }).map((hundreds) => wad(String(hundreds * 100))),
  type: fc.constantFrom('call' as const, 'put' as const),
  quantity: fc.bigInt({ min: -20n * WAD, max: 20n * WAD }),
  vol: fc.integer({ min: 20, max: 150 }).map((percent) => (WAD * BigInt(percent)) / 100n),
});
const book = fc.array(option, { maxLength: 6 });
const perpSize = fc.bigInt({ min: -10n * WAD, max: 10n * WAD });
const books = fc.record({ near: book, far: book, perp: perpSize });
type Books = { near: readonly OptionPosition[]; far: readonly OptionPosition[]; perp: bigint };

function portfolioOf({ near, far, perp }: Books, change: Partial<Portfolio2> = {}): Portfolio2 {
  const expiries = [near, far].map((options, index) => ({
    secondsToExpiry: EXPIRIES[index] ?? 0n,
    forward: wad(index === 0 ? '2010' : '2050'),
    rate: wad('0.05'),
    confidence: WAD,
    options,
  }));
  const future = { size: perp, price: wad('2001'), confidence: WAD, unrealisedPnl: 0n, unrealisedFunding: 0n };
  return { ...market, cash: 0n, collaterals: [], expiries, perp: future, ...change };
}

const joined = (left: Books, right: Books): Books => ({
  near: [...left.near, ...right.near],
  far: [...left.far, ...right.far],
  perp: left.perp + right.perp,
});

/** The requirement of initial margin: what the value loses. */
const requirementOf = (of: Books, by: PortfolioMargin2Parameters = parameters) => {
  const { mtmPlusCash, initialMargin } = portfolioMargin2(portfolioOf(of), by);
  return mtmPlusCash - initialMargin;
};

/** Roundings of a joined portfolio and of its parts differ by a unit for each term. */
const ROUNDING = 1_000n;
const runs = { numRuns: 25 };

describe('scenario revaluation', () => {
  test('discounts what is owned by a rate that is rounded down', () => {
    // A rate of one unit times a share below 1 is none, so that nothing but the base discount is taken of what counts.
    const options = [{ strike: wad('1'), type: 'call', quantity: 10n ** 33n, vol: 0n } as const];
    const { margin } = parameters;
    const by = {
      ...parameters,
      margin: { ...margin, longBaseDiscount: WAD, longRateMult: wad('0.5'), longRateAdd: 0n },
    };
    const expiry = { secondsToExpiry: 9_000_000n, forward: wad('2000'), rate: 1n, confidence: WAD, options };
    const { gains } = portfolioMargin2({ ...market, cash: 0n, collaterals: [], expiries: [expiry] }, by);
    // The unmoved price with volatility unmoved: what counts is the mark itself.
    expect(gains[MOVES.length * 2 + 1]).toBe(0n);
  });

  test('needs nothing from an account without positions', () => {
    const empty = { near: [], far: [], perp: 0n };
    const margin = portfolioMargin2(portfolioOf(empty, { cash: 7n }), parameters);
    expect([margin.initialMargin, margin.maintenanceMargin, margin.mtmPlusCash]).toEqual([7n, 7n, 7n]);
  });

  test('adds up by scenario, and never asks more of two books than of each', () => {
    fc.assert(
      fc.property(books, books, (left, right) => {
        const [first, second, both] = [left, right, joined(left, right)].map((each) =>
          portfolioMargin2(portfolioOf(each), bare),
        );
        for (const [index, gain] of both?.gains.entries() ?? []) {
          const sum = (first?.gains[index] ?? 0n) + (second?.gains[index] ?? 0n);
          expect(gain - sum <= ROUNDING && sum - gain <= ROUNDING).toBe(true);
        }
        const apart = requirementOf(left, bare) + requirementOf(right, bare);
        expect(requirementOf(joined(left, right), bare) <= apart + ROUNDING).toBe(true);
      }),
      runs,
    );
  });

  test('does not depend on order or repetition, and never asks less for more scenarios', () => {
    fc.assert(
      fc.property(books, fc.integer({ min: 0, max: grid.length }), (of, count) => {
        const by = (scenarios: readonly Scenario[]) => portfolioMargin2(portfolioOf(of), { ...parameters, scenarios });
        const all = by(parameters.scenarios);
        const mixed = by([...parameters.scenarios.toReversed(), ...grid]);
        expect([mixed.initialMargin, mixed.maintenanceMargin]).toEqual([all.initialMargin, all.maintenanceMargin]);
        const fewer = by(parameters.scenarios.slice(0, count));
        expect(fewer.initialMargin >= all.initialMargin && fewer.maintenanceMargin >= all.maintenanceMargin).toBe(true);
      }),
      runs,
    );
  });

  test('asks the initial margin for at least the maintenance margin', () => {
    fc.assert(
      fc.property(books, (of) => {
        const margin = portfolioMargin2(portfolioOf(of), parameters);
        expect(margin.initialMargin <= margin.maintenanceMargin).toBe(true);
        expect(margin.maintenanceMargin <= margin.mtmPlusCash + 1n).toBe(true);
      }),
      runs,
    );
  });

  test('moves a call less a put like its forward in every scenario', () => {
    fc.assert(
      fc.property(option, (one) => {
        const pair: readonly OptionPosition[] = [
          { ...one, type: 'call', quantity: WAD },
          { ...one, type: 'put', quantity: -WAD },
        ];
        const parts = forwardParts(wad('2010'), 900n, 1_800n);
        const synthetic = new ExpiryBook({ secondsToExpiry: 900n, ...parts, options: pair }, parameters);
        for (const { spot, vol } of parameters.scenarios) {
          const forward = parts.forwardFixed + (parts.forwardVariable * spot) / WAD;
          expect(synthetic.valueAt(spot, vol)).toBe(forward - one.strike);
        }
      }),
      runs,
    );
  });

  test('asks a long box for no more than its discount', () => {
    const box = (low: bigint, high: bigint, quantity: bigint): readonly OptionPosition[] =>
      (
        [
          ['call', low, quantity],
          ['call', high, -quantity],
          ['put', high, quantity],
          ['put', low, -quantity],
        ] as const
      ).map(([type, strike, each]) => ({ type, strike, quantity: each, vol: wad('0.7') }));
    const margin = portfolioMargin2(portfolioOf({ near: [], far: box(wad('1800'), wad('2200'), WAD), perp: 0n }), {
      ...bare,
      margin: parameters.margin,
    });
    expect(margin.mtmPlusCash > wad('390')).toBe(true);
    expect(margin.initialMargin > (margin.mtmPlusCash * 90n) / 100n).toBe(true);
    expect(margin.initialMargin < margin.mtmPlusCash).toBe(true);
  });

  test('never takes more from long options than they are worth', () => {
    fc.assert(
      fc.property(books, (of) => {
        const long = (options: readonly OptionPosition[]) =>
          options.map((each) => ({ ...each, quantity: each.quantity < 0n ? -each.quantity : each.quantity }));
        const scenarios = grid;
        const margin = portfolioMargin2(portfolioOf({ near: long(of.near), far: long(of.far), perp: 0n }), {
          ...parameters,
          scenarios,
          basis: { ...basis, add: wad('0.5'), mult: 0n },
        });
        expect(margin.initialMargin >= -ROUNDING).toBe(true);
      }),
      runs,
    );
  });
});

describe('charges of a portfolio', () => {
  const collateral = {
    amount: wad('3'),
    price: wad('2000'),
    confidence: WAD,
    mmHaircut: wad('0.1'),
    imHaircut: wad('0.05'),
    riskCancelling: false,
  };

  test('a feed of less confidence never raises the initial margin and leaves the maintenance margin', () => {
    fc.assert(
      fc.property(books, fc.bigInt({ min: 0n, max: WAD }), fc.bigInt({ min: 0n, max: WAD }), (of, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        const by = (spotConfidence: bigint) =>
          portfolioMargin2(portfolioOf(of, { spotConfidence, collaterals: [collateral] }), parameters);
        expect(by(low).initialMargin <= by(high).initialMargin).toBe(true);
        expect(by(low).maintenanceMargin).toBe(by(high).maintenanceMargin);
      }),
      runs,
    );
  });

  test('the least of all confidences that touch a position is the one that counts', () => {
    const short = { strike: wad('2000'), type: 'put', quantity: -WAD, vol: wad('0.6') } as const;
    const none = { near: [], far: [], perp: 0n };
    const low = wad('0.25');
    const initial = (of: Books, change: Partial<Portfolio2>) =>
      portfolioMargin2(portfolioOf(of, change), parameters).initialMargin;
    // (1 − 0.25)·1·2000 for each unit whose confidence is low: of an option, of a perp and its options, of a collateral.
    const options = portfolioOf({ ...none, near: [short] });
    const unsure = options.expiries.map((each) => ({ ...each, confidence: low }));
    const sure = initial({ ...none, near: [short] }, {});
    expect(sure - initial({ ...none, near: [short] }, { expiries: unsure })).toBe(wad('1500'));
    expect(sure - initial({ ...none, near: [short] }, { spotConfidence: low })).toBe(wad('1500'));
    const both = { ...none, near: [short], perp: WAD };
    const perp = { size: WAD, price: wad('2001'), confidence: low, unrealisedPnl: 0n, unrealisedFunding: 0n };
    expect(initial(both, {}) - initial(both, { perp })).toBe(wad('3000'));
    const future = { ...none, perp: WAD };
    expect(initial(future, {}) - initial(future, { spotConfidence: low })).toBe(wad('1500'));
    const held = (confidence: bigint) => ({ collaterals: [{ ...collateral, amount: WAD, confidence }] });
    expect(initial(none, held(WAD)) - initial(none, held(low))).toBe(wad('1500'));
    expect(initial(none, held(WAD)) - initial(none, { ...held(WAD), spotConfidence: low })).toBe(wad('1500'));
  });

  test('a rate below 0 counts as 0, and premium owed counts for no more than without its discount', () => {
    const of = {
      near: [],
      far: [{ strike: wad('2000'), type: 'put', quantity: -WAD, vol: wad('0.6') } as const],
      perp: 0n,
    };
    const by = (rate: string, change: Partial<PortfolioMargin2Parameters['margin']> = {}) => {
      const portfolio = portfolioOf(of);
      const expiries = portfolio.expiries.map((each) => ({ ...each, rate: wad(rate) }));
      return portfolioMargin2(
        { ...portfolio, expiries },
        { ...parameters, margin: { ...parameters.margin, ...change } },
      );
    };
    expect(by('-0.5')).toEqual(by('0'));
    expect(by('0.1').mtmPlusCash > by('0').mtmPlusCash).toBe(true);
    const capped = by('0.1', { shortBaseDiscount: wad('9') });
    expect(by('0.1', { shortBaseDiscount: wad('99') })).toEqual(capped);
    const below = by('0.1', { shortBaseDiscount: WAD, shortRateAdd: 0n });
    expect(capped.initialMargin < below.initialMargin).toBe(true);
  });

  test('a stablecoin further below its peg never raises the initial margin', () => {
    fc.assert(
      fc.property(
        books,
        fc.integer({ min: 500, max: 1_050 }),
        fc.integer({ min: 0, max: 200 }),
        (of, promille, less) => {
          const by = (price: number) =>
            portfolioMargin2(portfolioOf(of, { stablePrice: (WAD * BigInt(price)) / 1_000n }), parameters);
          expect(by(promille - less).initialMargin <= by(promille).initialMargin).toBe(true);
        },
      ),
      runs,
    );
  });

  test('more collateral never lowers a margin, and one that cancels risk takes part in the scenarios', () => {
    const short = { near: [], far: [], perp: -3n * WAD };
    const by = (amount: bigint, riskCancelling: boolean) =>
      portfolioMargin2(portfolioOf(short, { collaterals: [{ ...collateral, amount, riskCancelling }] }), parameters);
    expect(by(wad('4'), false).initialMargin > by(wad('3'), false).initialMargin).toBe(true);
    expect(by(wad('3'), true).initialMargin > by(wad('3'), false).initialMargin).toBe(true);
  });

  test('a forward whose every move gains brings no contingency to set against another', () => {
    const straddle = (quantity: bigint): readonly OptionPosition[] =>
      (['call', 'put'] as const).map((type) => ({ type, strike: wad('2030'), quantity, vol: wad('0.05') }));
    const contingency = (of: Books) => portfolioMargin2(portfolioOf(of), parameters).basisContingency;
    const short = contingency({ near: [], far: straddle(-WAD), perp: 0n });
    expect(short < 0n).toBe(true);
    expect(contingency({ near: straddle(WAD), far: [], perp: 0n })).toBe(0n);
    expect(contingency({ near: straddle(WAD), far: straddle(-WAD), perp: 0n })).toBe(short);
  });

  test('a net short option is charged by strike, calls and puts together', () => {
    const at = (strike: string, type: 'call' | 'put', quantity: string): OptionPosition => ({
      strike: wad(strike),
      type,
      quantity: wad(quantity),
      vol: wad('0.5'),
    });
    expect(netShortOptions([at('100', 'call', '-3'), at('100', 'put', '1'), at('90', 'put', '2')])).toBe(wad('2'));
    expect(netShortOptions([at('100', 'call', '-3'), at('90', 'call', '5')])).toBe(wad('3'));
    expect(netShortOptions([])).toBe(0n);
  });

  test('a forward is fixed in proportion to the window that has passed', () => {
    expect(forwardParts(1_800n, 1_800n, 1_800n)).toEqual({ forwardFixed: 0n, forwardVariable: 1_800n });
    expect(forwardParts(1_800n, 600n, 1_800n)).toEqual({ forwardFixed: 1_200n, forwardVariable: 600n });
    expect(forwardParts(1_800n, 0n, 1_800n)).toEqual({ forwardFixed: 1_800n, forwardVariable: 0n });
    expect(forwardParts(1_800n, 1_801n, 1_800n).forwardFixed).toBe(0n);
  });
});
