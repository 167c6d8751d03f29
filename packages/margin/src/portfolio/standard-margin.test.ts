import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal, toScaled } from '../number/decimal.js';
import {
  type StandardAccount,
  type StandardMarginParameters,
  type StandardMarket,
  type StandardOption,
  standardMargin,
} from './standard-margin.js';

const wad = (text: string) => toScaled(decimal(text), 18, 'halfUp');
const wads = <const Name extends string>(of: Record<Name, string>) =>
  Object.fromEntries(Object.entries<string>(of).map(([name, text]) => [name, wad(text)])) as Record<Name, bigint>;

const parameters: StandardMarginParameters = {
  option: wads({
    maxSpotReq: '0.15',
    minSpotReq: '0.1',
    mmCallSpotReq: '0.075',
    mmPutSpotReq: '0.075',
    mmPutMtmReq: '0.075',
    imOverMmScale: '1.05',
    unpairedIMScale: '1.2',
    unpairedMMScale: '1.1',
  }),
  perp: wads({ im: '0.065', mm: '0.05' }),
  base: wads({ marginFactor: '0.8', imScale: '0.9' }),
  oracleContingency: wads({ perpThreshold: '0.4', optionThreshold: '0.4', baseThreshold: '0.4', factor: '0.4' }),
  depeg: wads({ threshold: '0.98', factor: '1.2' }),
};

const optionOf = (type: 'call' | 'put', strike: string, quantity: string): StandardOption => ({
  type,
  strike: wad(strike),
  quantity: wad(quantity),
  vol: wad('0.6'),
  secondsToExpiry: 900_000n,
  forward: wad('2010'),
  confidence: WAD,
});

const marketOf = (change: Partial<StandardMarket> = {}): StandardMarket => ({
  spot: wad('2000'),
  spotConfidence: WAD,
  base: 0n,
  options: [],
  ...change,
});
const perpOf = (size: string) => ({ size: wad(size), price: wad('2001'), confidence: WAD, unrealisedPnl: wad('7') });
const accountOf = (market: Partial<StandardMarket>, change: Partial<StandardAccount> = {}): StandardAccount => ({
  cash: 0n,
  stablePrice: WAD,
  markets: [marketOf(market)],
  ...change,
});
const marginOf = (market: Partial<StandardMarket>, change: Partial<StandardAccount> = {}) =>
  standardMargin(accountOf(market, change), parameters);

const options = fc.array(
  fc
    .record({
      type: fc.constantFrom('call' as const, 'put' as const),
      strike: fc.integer({ min: 8, max: 40 }),
      quantity: fc.integer({ min: -50, max: 50 }),
      late: fc.boolean(),
    })
    .map(({ type, strike, quantity, late }) => ({
      ...optionOf(type, String(strike * 100), String(quantity)),
      secondsToExpiry: late ? 5_000_000n : 900_000n,
    })),
  { maxLength: 6 },
);

/** Payoff at a settlement price, from the definition. */
const payoff = (book: readonly StandardOption[], settlement: bigint) =>
  book.reduce((sum, { type, strike, quantity }) => {
    const inside = type === 'call' ? settlement - strike : strike - settlement;
    return sum + (inside > 0n ? (inside * quantity) / WAD : 0n);
  }, 0n);

describe('standard margin', () => {
  test('is the cash of an account without positions', () => {
    expect(marginOf({}, { cash: -3n })).toEqual({ initialMargin: -3n, maintenanceMargin: -3n, markToMarket: -3n });
  });

  test('gives longs nothing and needs nothing for them', () => {
    const margin = marginOf({ options: [optionOf('call', '1900', '2'), optionOf('put', '2500', '1')] });
    expect([margin.initialMargin, margin.maintenanceMargin]).toEqual([0n, 0n]);
    expect(margin.markToMarket > wad('500')).toBe(true);
  });

  test('asks a short call by how far it is out of the money', () => {
    // 20% out of the money: the least share, 10% of spot. Its value is the same in both.
    const { initialMargin, maintenanceMargin, markToMarket } = marginOf({ options: [optionOf('call', '2400', '-1')] });
    expect(markToMarket - initialMargin).toBe(wad('200'));
    expect(markToMarket - maintenanceMargin).toBe(wad('150'));
    // At the money the largest, 15%; 2.5% out of it 12.5%.
    const near = marginOf({ options: [optionOf('call', '2000', '-1')] });
    expect(near.markToMarket - near.initialMargin).toBe(wad('300'));
    const middle = marginOf({ options: [optionOf('call', '2050', '-1')] });
    expect(middle.markToMarket - middle.initialMargin).toBe(wad('250'));
  });

  test('asks a short put deep in the money by its value', () => {
    const { initialMargin, maintenanceMargin, markToMarket } = marginOf({ options: [optionOf('put', '6000', '-1')] });
    // 7.5% of a value near 4,000 is more than 7.5% of spot; the greatest loss is 6,000.
    const byValue = (markToMarket * 1_075n) / 1_000n;
    expect(maintenanceMargin - byValue <= 0n && byValue - maintenanceMargin <= 2n).toBe(true);
    expect(initialMargin <= (maintenanceMargin * 105n) / 100n).toBe(true);
  });

  test('asks no more than the greatest loss where calls are not net short', () => {
    expect(marginOf({ options: [optionOf('call', '1800', '-1'), optionOf('call', '1900', '1')] })).toMatchObject({
      initialMargin: wad('-100'),
      maintenanceMargin: wad('-100'),
    });
    fc.assert(
      fc.property(options, (book) => {
        const margin = marginOf({ options: book });
        let worst = 0n;
        for (const expiry of new Set(book.map(({ secondsToExpiry }) => secondsToExpiry))) {
          const listed = book.filter(({ secondsToExpiry }) => secondsToExpiry === expiry);
          const calls = listed.filter(({ type }) => type === 'call').reduce((sum, { quantity }) => sum + quantity, 0n);
          fc.pre(calls >= 0n);
          const payoffs = [0n, ...listed.map(({ strike }) => strike)].map((each) => payoff(listed, each));
          worst += payoffs.reduce((least, each) => (each < least ? each : least), 0n);
        }
        expect(margin.initialMargin >= worst).toBe(true);
      }),
    );
  });

  test('adds the unpaired charge where calls are net short', () => {
    // Two calls short against one long: the payoff is worst at no strike, so a factor of the forward stands.
    const book = [optionOf('call', '100', '-2'), optionOf('call', '110', '1')];
    const margin = marginOf({ options: book });
    const isolated = margin.markToMarket;
    expect(margin.maintenanceMargin).toBe(-wad('20') - (wad('2010') * 11n) / 10n);
    expect(margin.initialMargin).toBe(-wad('20') - (wad('2010') * 12n) / 10n);
    expect(isolated < 0n).toBe(true);
  });

  test('asks the initial margin for at least the maintenance margin', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: -20, max: 20 }), (book, size) => {
        const margin = marginOf({ options: book, perp: perpOf(String(size)), base: WAD });
        expect(margin.initialMargin <= margin.maintenanceMargin).toBe(true);
      }),
    );
  });

  test('asks a perp a share of its notional and counts its gain', () => {
    const margin = marginOf({ perp: perpOf('-2') });
    expect(margin.maintenanceMargin).toBe(wad('7') - wad('200.1'));
    expect(margin.initialMargin).toBe(wad('7') - wad('260.13'));
    expect(margin.markToMarket).toBe(wad('7'));
  });

  test('counts base at its factors, and owed base in full', () => {
    expect(marginOf({ base: WAD })).toEqual({
      initialMargin: wad('1440'),
      maintenanceMargin: wad('1600'),
      markToMarket: wad('2000'),
    });
    expect(marginOf({ base: -WAD }).maintenanceMargin).toBe(wad('-2000'));
  });

  test('charges for low confidence and a lost peg in the initial margin alone, and only below the threshold', () => {
    const market = { perp: perpOf('3'), base: WAD, options: [optionOf('put', '1500', '-2')] };
    const sure = marginOf(market);
    expect(marginOf({ ...market, spotConfidence: wad('0.4') })).toEqual(sure);
    const unsure = marginOf({ ...market, spotConfidence: wad('0.3') });
    // 0.7·0.4·2000 for each of 3 perps, 1 base and 2 shorts.
    expect(sure.initialMargin - unsure.initialMargin).toBe(wad('3360'));
    expect(unsure.maintenanceMargin).toBe(sure.maintenanceMargin);
    expect(marginOf(market, { stablePrice: wad('0.98') })).toEqual(sure);
    // 0.02·1.2·2000 for each of 3 perps and 2 shorts.
    expect(sure.initialMargin - marginOf(market, { stablePrice: wad('0.96') }).initialMargin).toBe(wad('240'));
    expect(marginOf(market, { stablePrice: wad('0.96') }).maintenanceMargin).toBe(sure.maintenanceMargin);
  });

  test('takes the least confidence of a perp and its spot, of an expiry and its options', () => {
    const low = wad('0.3');
    const perp = perpOf('1');
    const loss = (market: Partial<StandardMarket>, changed: Partial<StandardMarket>) =>
      marginOf(market).initialMargin - marginOf({ ...market, ...changed }).initialMargin;
    expect(loss({ perp }, { perp: { ...perp, confidence: low } })).toBe(wad('560'));
    expect(loss({ perp }, { spotConfidence: low })).toBe(wad('560'));
    const pair = [optionOf('put', '1500', '-1'), optionOf('put', '1400', '1')];
    const unsure = pair.map((each, index) => (index === 1 ? { ...each, confidence: low } : each));
    // One feed of the expiry is unsure: its short quantity is charged, its long is not.
    expect(loss({ options: pair }, { options: unsure })).toBe(wad('560'));
  });

  test('offsets nothing between expiries or underlyings', () => {
    const short = optionOf('call', '2400', '-1');
    const late = { ...optionOf('call', '2300', '1'), secondsToExpiry: 5_000_000n };
    const apart = marginOf({ options: [short] });
    expect(marginOf({ options: [short, late] }).initialMargin).toBe(apart.initialMargin);
    const two = standardMargin({ ...accountOf({}), markets: [marketOf({ options: [short] }), marketOf()] }, parameters);
    expect(two.initialMargin).toBe(apart.initialMargin);
  });
});
