import { describe, expect, it } from 'vitest';
import { applyExample, findNetworkIssues } from './index.js';

const TERMS = 'settlement.markets[0].terms';
const issuesOf = (changes: Record<string, unknown>): ReturnType<typeof findNetworkIssues> =>
  findNetworkIssues(applyExample(changes));

describe('a market in chains.config.json', () => {
  it.each<[string, Record<string, unknown>, { path: string; seen: string; expected: string }]>([
    [
      'a maintenance requirement below the debt and its fee',
      { [`${TERMS}.maintenanceBp`]: 10_099 },
      { path: `${TERMS}.maintenanceBp`, seen: '10099', expected: 'at least 10100, 10,000 and feeBp' },
    ],
    [
      'an initial requirement below maintenance',
      { [`${TERMS}.initialBp`]: 10_499 },
      { path: `${TERMS}.initialBp`, seen: '10499', expected: 'at least maintenanceBp 10500' },
    ],
    [
      'rates above 1,000 % together',
      { [`${TERMS}.rate2`]: '9940000000000000001' },
      {
        path: `${TERMS}.rate0`,
        seen: '10000000000000000001 with rate1 and rate2',
        expected: 'at most 10000000000000000000',
      },
    ],
    [
      'a cap below the smallest debt',
      { [`${TERMS}.debtCap`]: '999999999' },
      { path: `${TERMS}.debtCap`, seen: '999999999', expected: 'at least `least` 1000000000' },
    ],
    [
      'a price slot that is not listed',
      { [`${TERMS}.priceSlot`]: 9 },
      { path: `${TERMS}.priceSlot`, seen: '9', expected: '0, or an id in settlement.underlyings' },
    ],
    [
      'a fee outside the limits of the constructor',
      { [`${TERMS}.feeBp`]: 24 },
      { path: `${TERMS}.feeBp`, seen: '24', expected: 'number to be >=25' },
    ],
    [
      'a kink at full utilisation',
      { [`${TERMS}.kinkBp`]: 10_000 },
      { path: `${TERMS}.kinkBp`, seen: '10000', expected: 'number to be <=9999' },
    ],
    [
      'a rate that no market takes',
      { [`${TERMS}.rate1`]: '10000000000000000001' },
      {
        path: `${TERMS}.rate1`,
        seen: '"10000000000000000001"',
        expected: 'at most 10000000000000000000, 1,000 % a year in WAD',
      },
    ],
    [
      'a name that no command could take',
      { 'settlement.markets[0].name': 'US Dollar' },
      {
        path: 'settlement.markets[0].name',
        seen: '"US Dollar"',
        expected: 'lower-case letters, digits and dashes, at most 30',
      },
    ],
  ])('is refused with %s', (_what, changes, issue) => {
    expect(issuesOf(changes)).toEqual([issue]);
  });

  it('is refused beside another one of its name or address', () => {
    const { settlement } = applyExample({});
    const markets = [settlement?.markets?.[0], settlement?.markets?.[0]];
    expect(issuesOf({ 'settlement.markets': markets }).map(({ path }) => path)).toEqual([
      'settlement.markets',
      'settlement.markets',
    ]);
  });

  it('is taken at the edge of each limit, and may be missing', () => {
    const edge = {
      [`${TERMS}.maintenanceBp`]: 10_100,
      [`${TERMS}.initialBp`]: 10_100,
      [`${TERMS}.rate2`]: '9940000000000000000',
      [`${TERMS}.debtCap`]: '1000000000',
      [`${TERMS}.priceSlot`]: 0,
    };
    expect(issuesOf(edge)).toEqual([]);
    expect(issuesOf({ 'settlement.markets': null })).toEqual([]);
  });
});
