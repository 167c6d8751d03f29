import { describe, expect, test } from 'vitest';
import { evaluateBatch, parseBatch } from './evaluate-batch.js';

const decimals = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, '1']));

const pmrm1 = {
  scenarios: [{ spot: '1.1', vol: 'up' }],
  volShock: decimals('rangeUp rangeDown shortPower longPower dteFloorDays'),
  margin: decimals('imFactor staticDiscount rateMult rateAdd'),
  basis: decimals('spotUp spotDown add mult'),
  other: decimals('pegThreshold pegFactor confThreshold confMargin basePercent perpPercent optionPercent'),
};
const pmrm2 = {
  ...pmrm1,
  scenarios: [{ spot: '1.1', vol: 'skew-abs', dampening: '1' }],
  volShock: { ...pmrm1.volShock, minVolUp: '0' },
  margin: decimals(
    'mmFactor imFactor longBaseDiscount longRateMult longRateAdd shortBaseDiscount shortRateMult shortRateAdd',
  ),
  other: decimals('pegThreshold pegFactor confThreshold confMargin mmPerp imPerp mmOption imOption'),
  skew: decimals('linearCBase linearCap absCBase absCap minKStar widthScale volStatic volScale'),
};
const market = { cash: '5', spot: '100', spotConfidence: '1', stablePrice: '1' };
const option = { secondsToExpiry: '86400', strike: '100', type: 'call', quantity: '-1', vol: '0.5' };
const expiry1 = { secondsToExpiry: '86400', forwardFixed: '0', forwardVariable: '101', rate: '0', confidence: '1' };
const expiry2 = { secondsToExpiry: '86400', forward: '101', rate: '0', confidence: '1' };
const portfolio1 = { ...market, base: '0', expiries: [expiry1], options: [{ ...option, volConfidence: '1' }] };
const portfolio2 = { ...market, collaterals: [], expiries: [expiry2], options: [option] };
const first = { parameters: pmrm1, portfolio: portfolio1 };
const second = { parameters: pmrm2, portfolio: portfolio2 };

function codeOf(model: string, inputs: object): string {
  const [result] = evaluateBatch(parseBatch([{ id: 'one', model, inputs }]));
  if (result === undefined) throw new Error('no result');
  return result.ok ? 'answered' : result.error.code;
}

describe('portfolio models', () => {
  test('answer complete requests', () => {
    expect(codeOf('portfolio-margin.pmrm1', first)).toBe('answered');
    expect(codeOf('portfolio-margin.pmrm2', second)).toBe('answered');
  });

  test.each([
    ['an expiry that is listed twice', { expiries: [expiry2, expiry2] }, 'INCONSISTENT_INPUT'],
    ['an option whose expiry is not listed', { expiries: [] }, 'INCONSISTENT_INPUT'],
    ['a forward of 0', { expiries: [{ ...expiry2, forward: '0' }] }, 'OUT_OF_RANGE'],
    ['a confidence above 1', { spotConfidence: '1.01' }, 'OUT_OF_RANGE'],
    ['negative time', { expiries: [{ ...expiry2, secondsToExpiry: '-1' }] }, 'OUT_OF_RANGE'],
    [
      'a perp without its funding',
      { perp: { size: '1', price: '1', confidence: '1', unrealisedPnl: '0' } },
      'MISSING_FIELD',
    ],
  ])('refuse %s', (_, change, code) => {
    expect(codeOf('portfolio-margin.pmrm2', { ...second, portfolio: { ...portfolio2, ...change } })).toBe(code);
  });

  test('refuse overrides that remove a parameter or touch what the model does not have', () => {
    const overridden = (overrides: object) => codeOf('portfolio-margin.pmrm2', { ...second, overrides });
    expect(overridden({ skew: { minKStar: null } })).toBe('MISSING_FIELD');
    expect(overridden({ skew: { depth: '1' } })).toBe('UNKNOWN_FIELD');
    expect(overridden({ skew: { minKStar: '0', widthScale: '0' } })).toBe('UNDEFINED_RESULT');
    expect(
      codeOf('portfolio-margin.pmrm1', { ...first, overrides: { scenarios: [{ spot: '1', vol: 'skew-abs' }] } }),
    ).toBe('INVALID_ENUM');
  });

  test('take forwards of pmrm1 and strikes that are 0', () => {
    const nothing = { ...expiry1, forwardVariable: '0' };
    const change = { expiries: [nothing], options: [{ ...option, strike: '0', volConfidence: '1' }] };
    expect(codeOf('portfolio-margin.pmrm1', { ...first, portfolio: { ...portfolio1, ...change } })).toBe('answered');
    const free = { ...portfolio2, options: [{ ...option, strike: '0' }] };
    expect(codeOf('portfolio-margin.pmrm2', { ...second, portfolio: free })).toBe('answered');
  });
});
