import { describe, expect, test } from 'vitest';
import book from '../../examples/book.json' with { type: 'json' };
import scenarios from '../../examples/scenarios.json' with { type: 'json' };
import { freshnessOf } from '../source-freshness.js';
import { at, withUnderlying } from '../testing/unified-world.js';
import { parseBookDocument, parseStresses } from './book-document.js';
import { drawChart } from './chart.js';
import { type Stress, movedSnapshot, stressedSnapshot } from './market-stress.js';
import { SeededNormal, simulateBook } from './price-path.js';
import { stressReportOf } from './stress-report.js';
import { GENERAL_STRESSES, WELL_KNOWN_DAYS } from './well-known-days.js';

const { snapshot, accounts } = parseBookDocument(book);
const stress = (steps: Stress['steps']): Stress => ({ name: 'test', says: '', steps });
const priceOf = (name: string, of = snapshot) => of.underlyings.get(name)?.feed.price;

const withSource = (raw: typeof book, change: object) => ({
  ...raw,
  sources: { ...raw.sources, alpha: { weightInitialBps: '10000', weightMaintenanceBps: '10000', ...change } },
});
const withAsset = (raw: typeof book, change: object) => {
  const one = { underlying: 'USD', source: 'alpha', decimals: '6', baseInitialBps: '0', baseMaintenanceBps: '0' };
  return { ...withSource(raw, {}), assets: { ...raw.assets, one: { ...one, ...change } } };
};

describe('documents', () => {
  test('are refused with the path of what is wrong', () => {
    expect(() => parseBookDocument([])).toThrow('book is a list');
    expect(() => parseBookDocument({ ...book, sources: [] })).toThrow('book.sources is no object');
    expect(() => parseBookDocument({ ...book, accounts: [{ id: 'a', lines: [{ asset: 'x', amount: 3 }] }] })).toThrow(
      'book.accounts[0].lines[0].amount is 3; expected decimal text',
    );
    const asset = { underlying: 'USD', source: 'alpha', decimals: '25', baseInitialBps: '1', baseMaintenanceBps: '1' };
    expect(() => parseBookDocument({ ...book, assets: { a: asset } })).toThrow('25 decimals');
    expect(() => parseBookDocument({ ...book, assets: { a: { ...asset, underlying: 'X' } } })).toThrow(
      'X is not listed',
    );
    expect(() => parseStresses([{ name: 'a', steps: [{ kind: 'crash' }] }])).toThrow('scenario a: crash has no factor');
    expect(() => parseStresses([{ name: 'a', steps: [{ kind: 'flood' }] }])).toThrow('expected crash, depeg');
  });

  test.each<readonly [string, (raw: typeof book) => unknown]>([
    [
      'book.sources.alpha.weightInitialBps is 10001; expected 10000 at most',
      (raw) => withSource(raw, { weightInitialBps: '10001' }),
    ],
    [
      'book.sources.alpha.weightInitialBps is 9000, above weightMaintenanceBps, 8999; expected as much or less',
      (raw) => withSource(raw, { weightInitialBps: '9000', weightMaintenanceBps: '8999' }),
    ],
    [
      'book.assets.one.baseInitialBps is 9501; expected 9500 at most',
      (raw) => withAsset(raw, { baseInitialBps: '9501' }),
    ],
    [
      'book.assets.one.baseMaintenanceBps is 9801; expected 9800 at most',
      (raw) => withAsset(raw, { baseMaintenanceBps: '9801' }),
    ],
    [
      'book.assets.one.baseInitialBps is 5, above baseMaintenanceBps, 4; expected as much or less',
      (raw) => withAsset(raw, { baseInitialBps: '5', baseMaintenanceBps: '4' }),
    ],
    [
      'book.assets.one.debtMaintenance is below 1',
      (raw) => withAsset(raw, { debtMaintenance: '0.999999999999999999' }),
    ],
    [
      'book.assets.one.debtInitial is below debtMaintenance',
      (raw) => withAsset(raw, { debtInitial: '1', debtMaintenance: '1.1' }),
    ],
    [
      'book.assets.one.source is moon, which is not listed; expected one of alpha',
      (raw) => withAsset(raw, { source: 'moon' }),
    ],
    [
      'book.accounts[1].id is twin, as of book.accounts[0]; expected another',
      (raw) => ({ ...raw, accounts: [{ id: 'twin' }, { id: 'twin' }] }),
    ],
    [
      'book.accounts[0].debts[0].asset is moon, which is not listed; expected one of ',
      (raw) => ({ ...raw, accounts: [{ id: 'a', debts: [{ asset: 'moon', amount: '1' }] }] }),
    ],
  ])('are refused where no ledger could hold them: %s', (message, change) => {
    expect(() => parseBookDocument(change(book))).toThrow(message);
  });

  test('give a book that stands as it is', () => {
    expect(accounts.map(({ id }) => id)).toContain('hedged-short');
    const calm = stressReportOf(accounts, snapshot, stress([]));
    expect([calm.newlyLiquidatable, calm.shortfall, calm.badDebt]).toEqual([[], 0n, 0n]);
    expect(parseStresses(scenarios)).toHaveLength(2);
  });
});

describe('a scenario', () => {
  test('refuses names that are not listed', () => {
    const unlisted: readonly Stress['steps'][] = [
      [{ kind: 'crash', underlying: 'DOGE', factor: 1n }],
      [{ kind: 'depeg', underlying: 'DOGE', price: 1n }],
      [{ kind: 'outage', source: 'gamma', seconds: 1n }],
      [{ kind: 'quarantine', source: 'gamma' }],
      [{ kind: 'oracle-freeze', underlying: 'DOGE', seconds: 1n }],
    ];
    for (const steps of unlisted) expect(() => stressedSnapshot(snapshot, { steps })).toThrow('is not listed');
  });

  test('leaves the whole maintenance weight of a source that is quarantined, and none of its initial weight', () => {
    const { sources } = stressedSnapshot(snapshot, { steps: [{ kind: 'quarantine', source: 'alpha' }] });
    const source = sources.get('alpha')?.source;
    if (source === undefined) throw new Error('alpha is in the book');
    const { initial, maintenance, condition } = freshnessOf(source, snapshot.at);
    expect([initial, maintenance, condition]).toEqual([0n, 1_000_000n, 'frozen']);
  });

  test('moves spot, perpetual and forwards alike, and what markets settle in only by a depeg', () => {
    const crashed = stressedSnapshot(snapshot, { steps: [{ kind: 'crash', factor: at('0.5') }] });
    const market = crashed.underlyings.get('BTC')?.derivatives;
    expect([priceOf('BTC', crashed), priceOf('USD', crashed)]).toEqual([at('30000'), at('1')]);
    expect([market?.perpPrice, market?.expiries.get('30d')?.forward]).toEqual([at('30000'), at('30100')]);
    const depegged = stressedSnapshot(snapshot, { steps: [{ kind: 'depeg', underlying: 'USD', price: at('0.9') }] });
    expect([priceOf('USD', depegged), depegged.assets.get('usdc.beta')?.feed.price]).toEqual([at('0.9'), at('0.9')]);
  });

  test('lets all fall as far as the furthest and takes offsets away where correlations go to 1', () => {
    const crash = { kind: 'crash', underlying: 'BTC', factor: at('0.8') } as const;
    const alone = stressedSnapshot(snapshot, { steps: [crash] });
    const all = stressedSnapshot(snapshot, { steps: [crash, { kind: 'correlation' }] });
    expect([priceOf('ETH', alone), priceOf('ETH', all), priceOf('BTC', all)]).toEqual([
      at('3000'),
      at('2400'),
      at('48000'),
    ]);
    expect(all.terms.offsets.pairs).toEqual([]);
  });

  test('without a source or a price stops new risk and liquidates nobody by itself', () => {
    const [dark] = parseStresses(scenarios);
    const frozen = GENERAL_STRESSES.find(({ name }) => name === 'oracle-freeze');
    if (dark === undefined || frozen === undefined) throw new Error('both are committed');
    for (const one of [dark, frozen]) {
      const report = stressReportOf(accounts, snapshot, one);
      expect(report.newlyLiquidatable).toEqual([]);
      const hedged = report.accounts.find(({ id }) => id === 'hedged-short');
      expect([hedged?.before.mayOpen, hedged?.after.mayOpen]).toEqual([true, false]);
      expect(hedged?.after.grades.maintenance).toEqual(hedged?.before.grades.maintenance);
    }
    const frozenPair = stressReportOf(accounts, snapshot, frozen).accounts.find(({ id }) => id === 'pair');
    expect(frozenPair?.after.paused).toEqual(['BTC', 'ETH']);
  });

  test('of any well-known day costs no less margin than calm, and its worst leaves debts', () => {
    for (const day of WELL_KNOWN_DAYS) {
      const report = stressReportOf(accounts, snapshot, day);
      expect([day.name, report.shortfall > 0n, report.badDebtBefore]).toEqual([day.name, true, 0n]);
    }
    const [worst] = WELL_KNOWN_DAYS.map((day) => stressReportOf(accounts, snapshot, day));
    // The long perpetual: 1.2·(60,000 − 28,800) lost of 12,000; the borrower: 38,000 owed, 27,000 left.
    expect(worst?.badDebt).toBe(at('36440'));
  });
});

describe('a path', () => {
  const terms = { seed: 7, steps: 40, hoursPerStep: 1n };

  test('refuses no step and too many', () => {
    for (const steps of [0, 10_001, 1.5])
      expect(() => simulateBook([], snapshot, { ...terms, steps })).toThrow('expected 1 to 10000');
  });

  test('is fixed by its seed, differs for another, and reaches its target', () => {
    const towards = WELL_KNOWN_DAYS[0];
    if (towards === undefined) throw new Error('days are committed');
    const path = simulateBook(accounts, snapshot, { ...terms, towards });
    expect(simulateBook(accounts, snapshot, { ...terms, towards })).toEqual(path);
    expect(simulateBook(accounts, snapshot, { ...terms, seed: 8, towards })).not.toEqual(path);
    const last = path.at(-1);
    const closed = path.flatMap(({ liquidated }) => liquidated);
    expect(accounts.length - (last?.open ?? 0)).toBe(closed.length);
    expect(new Set(closed).size).toBe(closed.length);
    const factor = Number(last?.factors.get('BTC') ?? 0n) / 1e18;
    expect(factor > 0.3 && factor < 0.7).toBe(true);
    expect(last?.factors.get('USD')).toBe(at('1'));
  });

  test('goes in a straight line to where it is led by two thirds of its steps, and stays there', () => {
    const towards = stress([{ kind: 'depeg', underlying: 'USD', price: at('0.88') }]);
    const path = simulateBook([], snapshot, { ...terms, steps: 6, towards });
    // What markets settle in does not move by itself.
    const led = path.map(({ factors }) => factors.get('USD'));
    expect(led).toEqual(['0.97', '0.94', '0.91', '0.88', '0.88', '0.88'].map(at));
  });

  test('closes nobody on a paused price', () => {
    const dead = withUnderlying(snapshot, 'BTC', (one) => ({ ...one, feed: { ...one.feed, ageS: 30_000n } }));
    const crashed = movedSnapshot(dead, new Map([['BTC', at('0.5')]]));
    const long = accounts.filter(({ id }) => id === 'long-perp');
    expect(simulateBook(long, crashed, { ...terms, steps: 3 }).at(-1)?.open).toBe(1);
  });

  test('closes on an old price that its slot allows', () => {
    const quiet = withUnderlying(snapshot, 'BTC', (one) => ({
      ...one,
      feed: { ...one.feed, ageS: 30_000n, maxAgeS: 90_000n },
    }));
    const crashed = movedSnapshot(quiet, new Map([['BTC', at('0.5')]]));
    const long = accounts.filter(({ id }) => id === 'long-perp');
    expect(simulateBook(long, crashed, { ...terms, steps: 3 }).at(-1)?.open).toBe(0);
  });

  test('is driven by numbers of mean 0 and variance 1', () => {
    const random = new SeededNormal(3);
    const values = Array.from({ length: 4_000 }, () => Number(random.next()) / 1e18);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.08);
  });
});

describe('a chart', () => {
  test('draws bars and lines with names escaped, also of nothing', () => {
    const series = [{ name: '<a & "b">', values: [at('1500000'), at('-20')] }];
    const bars = drawChart({ title: 't', kind: 'bars', labels: ['x', 'y'], series });
    expect(bars.match(/<rect/g)).toHaveLength(3);
    expect(bars).toContain('&#60;a &#38; &#34;b&#34;&#62;');
    expect(bars).toContain('1.5M');
    expect(drawChart({ title: 't', kind: 'lines', labels: ['x', 'y'], series })).toContain('<polyline');
    expect(drawChart({ title: 't', kind: 'bars', labels: [], series: [] })).toContain('</svg>');
  });
});
