import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OptionPosition, type Scenario, decimal, toScaled } from '@surety/margin';
import { type Portfolio1, type PortfolioMargin1Parameters, portfolioMargin1 } from './portfolio-margin-1.js';

const wad = (text: string) => toScaled(decimal(text), 18, 'halfUp');
const wads = <const Name extends string>(of: Record<Name, string>) =>
  Object.fromEntries(Object.entries<string>(of).map(([name, text]) => [name, wad(text)])) as Record<Name, bigint>;

const MOVES = ['up', 'none', 'down'] as const;
const grid: readonly Scenario[] = ['1.15', '1.05', '1', '0.95', '0.85'].flatMap((spot) =>
  MOVES.map((vol) => ({ spot: wad(spot), vol, dampening: WAD })),
);
const volShock = wads({ rangeUp: '0.5', rangeDown: '0.3', shortPower: '0.3', longPower: '0.13', dteFloorDays: '1' });
const basis = wads({ spotUp: '1.05', spotDown: '0.95', add: '0.25', mult: '0.1' });

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

const runs = { numRuns: 25 };

describe('the first version of portfolio margin', () => {
  const first: PortfolioMargin1Parameters = {
    scenarios: grid,
    volShock,
    basis,
    margin: wads({ imFactor: '1.3', staticDiscount: '0.95', rateMult: '4', rateAdd: '0.05' }),
    other: wads({
      pegThreshold: '0.98',
      pegFactor: '2',
      confThreshold: '0.6',
      confMargin: '0.5',
      basePercent: '0.02',
      perpPercent: '0.02',
      optionPercent: '0.01',
    }),
  };
  const portfolio = (of: Books, change: Partial<Portfolio1> = {}): Portfolio1 => ({
    ...market,
    cash: 0n,
    base: 0n,
    perp: { size: of.perp, price: wad('2001'), confidence: WAD, unrealisedPnl: 0n },
    expiries: [of.near, of.far].map((options, index) => ({
      secondsToExpiry: EXPIRIES[index] ?? 0n,
      forwardFixed: 0n,
      forwardVariable: wad('2010'),
      rate: wad('0.05'),
      confidence: WAD,
      options: options.map((each) => ({ ...each, volConfidence: WAD })),
    })),
    ...change,
  });

  test('asks the initial margin for at least the maintenance margin, and both for no more than the value', () => {
    fc.assert(
      fc.property(books, (of) => {
        const margin = portfolioMargin1(portfolio(of), first);
        expect(margin.initialMargin <= margin.maintenanceMargin).toBe(true);
        expect(margin.maintenanceMargin <= margin.mtmPlusCash).toBe(true);
        expect(margin.basisContingency <= 0n).toBe(true);
      }),
      runs,
    );
  });

  test('charges for confidence in the initial margin alone, once below the threshold', () => {
    const of = { near: [], far: [], perp: WAD };
    const by = (spotConfidence: string) =>
      portfolioMargin1(portfolio(of, { spotConfidence: wad(spotConfidence) }), first);
    expect(by('0.6')).toEqual(by('1'));
    // (1 − 0.5)·0.5·2000 for one perp.
    expect(by('0.6').initialMargin - by('0.5').initialMargin).toBe(wad('500'));
    expect(by('0.5').maintenanceMargin).toBe(by('1').maintenanceMargin);
  });

  test('rounds the notional that it charges for confidence up', () => {
    // One unit of 18 decimals at 0.5 is half a unit of value, counted as one, then charged in full.
    const dust = { strike: WAD, type: 'call', quantity: 1n, vol: 0n } as const;
    const spot = wad('0.5');
    const all = { ...first, other: { ...first.other, confMargin: wad('2'), optionPercent: 0n } };
    const by = (confidence: bigint) => {
      const of = portfolio({ near: [dust], far: [], perp: 0n }, { spot });
      const expiries = of.expiries.map((each) => ({ ...each, confidence }));
      return portfolioMargin1({ ...of, expiries }, all).initialMargin;
    };
    expect(by(WAD) - by(0n)).toBe(2n);
  });

  test('takes the least confidence of spot, forward and every volatility of an expiry', () => {
    const put = { strike: wad('2000'), type: 'put', quantity: -WAD, vol: wad('0.6') } as const;
    const whole = portfolio({ near: [put, put], far: [], perp: 0n });
    const changed = (forward: string, vol: string, spotConfidence: string): Portfolio1 => ({
      ...whole,
      spotConfidence: wad(spotConfidence),
      expiries: whole.expiries.map((each) => ({
        ...each,
        confidence: wad(forward),
        options: each.options.map((one, index) => ({ ...one, volConfidence: index === 1 ? wad(vol) : WAD })),
      })),
    });
    const sure = portfolioMargin1(whole, first).initialMargin;
    for (const low of [changed('0.5', '1', '1'), changed('1', '0.5', '1'), changed('1', '1', '0.5')]) {
      // (1 − 0.5)·0.5·2000 for two options.
      expect(sure - portfolioMargin1(low, first).initialMargin).toBe(wad('1000'));
    }
  });

  test('takes the least confidence of spot and perp, and charges base by the spot alone', () => {
    const of = { near: [], far: [], perp: WAD };
    const perp = { size: WAD, price: wad('2001'), confidence: wad('0.5'), unrealisedPnl: 0n };
    const sure = portfolioMargin1(portfolio(of, { base: WAD }), first).initialMargin;
    expect(sure - portfolioMargin1(portfolio(of, { base: WAD, perp }), first).initialMargin).toBe(wad('500'));
  });

  test('discounts what a shock leaves positive, and only that', () => {
    const call = { strike: wad('100'), type: 'call', quantity: WAD, vol: wad('0.2') } as const;
    const still = {
      ...first,
      scenarios: [{ spot: WAD, vol: 'none', dampening: WAD } as const],
      basis: { ...basis, add: 0n, mult: 0n },
    };
    const [long] = portfolioMargin1(portfolio({ near: [call], far: [], perp: 0n }), still).gains;
    const [short] = portfolioMargin1(
      portfolio({ near: [{ ...call, quantity: -WAD }], far: [], perp: 0n }),
      still,
    ).gains;
    expect((long ?? 0n) < 0n).toBe(true);
    expect(short).toBe(0n);
  });
});

test('an empty portfolio gains nothing in any scenario and is worth nothing', () => {
  const margin = wads({ imFactor: '1.3', staticDiscount: '0.95', rateMult: '4', rateAdd: '0.05' });
  const zero = wads({
    pegThreshold: '0',
    pegFactor: '0',
    confThreshold: '0',
    confMargin: '0',
    basePercent: '0',
    perpPercent: '0',
    optionPercent: '0',
  });
  const empty = { ...market, cash: 0n, base: 0n, expiries: [] };
  const { gains, ...rest } = portfolioMargin1(empty, { scenarios: grid, volShock, basis, margin, other: zero });
  expect(new Set(gains)).toEqual(new Set([0n]));
  expect(rest).toEqual({ initialMargin: 0n, maintenanceMargin: 0n, mtmPlusCash: 0n, basisContingency: 0n });
});
