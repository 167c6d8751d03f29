import { describe, expect, test } from 'vitest';
import { type EvaluationResult, evaluateBatch, parseBatch } from './evaluate-batch.js';

function answer(model: string, inputs: object): EvaluationResult {
  const [result] = evaluateBatch(parseBatch([{ id: 'one', model, inputs }]));
  if (result === undefined) throw new Error('no result');
  return result;
}
const codeOf = (model: string, inputs: object) => {
  const result = answer(model, inputs);
  return result.ok ? 'answered' : result.error.code;
};
const outputsOf = (model: string, inputs: object) => {
  const result = answer(model, inputs);
  if (!result.ok) throw new Error(result.error.message);
  return result.outputs;
};

const black = { forward: '100', strike: '120', discountFactor: '0.9' };
const scholes = { type: 'call', spot: '100', strike: '90', rate: '0.05', dividendYield: '0', vol: '0.2' };
const garch = { omega: '0.000002', alpha: '0.04', beta: '0.95', initialVol: '0.01', returns: [] };

describe('models of options and volatility', () => {
  test.each([
    ['option.black76', { ...black }, 'INCONSISTENT_INPUT'],
    ['option.black76', { ...black, vol: '1' }, 'MISSING_FIELD'],
    ['option.black76', { ...black, totalVol: '1', vol: '1' }, 'INCONSISTENT_INPUT'],
    ['option.black76', { ...black, totalVol: '-1' }, 'OUT_OF_RANGE'],
    ['option.black76', { ...black, totalVol: '1', discountFactor: '0' }, 'OUT_OF_RANGE'],
    ['option.black76', { ...black, totalVol: '1', forward: '-1' }, 'OUT_OF_RANGE'],
    ['option.black-scholes', { ...scholes }, 'INCONSISTENT_INPUT'],
    ['option.black-scholes', { ...scholes, yearsToExpiry: '1', secondsToExpiry: '1' }, 'INCONSISTENT_INPUT'],
    ['option.black-scholes', { ...scholes, yearsToExpiry: '1', spot: '0' }, 'OUT_OF_RANGE'],
    ['option.black-scholes', { ...scholes, yearsToExpiry: '1', dividendYield: '-1e3' }, 'INVALID_DECIMAL'],
    ['option.black-scholes', { ...scholes, yearsToExpiry: '1', dividendYield: '-99999' }, 'UNDEFINED_RESULT'],
    ['option.greeks', { ...scholes, yearsToExpiry: '1', forward: '1' }, 'INCONSISTENT_INPUT'],
    ['option.greeks', { type: 'put', spot: '1', strike: '1', vol: '1', yearsToExpiry: '1' }, 'INCONSISTENT_INPUT'],
    [
      'option.greeks',
      { type: 'put', spot: '1', strike: '1', vol: '1', yearsToExpiry: '1', rate: '0' },
      'MISSING_FIELD',
    ],
    ['option.greeks', { ...scholes, yearsToExpiry: '0', strike: '100' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'pow', x: '2' }, 'MISSING_FIELD'],
    ['math.fixed-point', { function: 'divHalfUp', x: '2', y: '1' }, 'MISSING_FIELD'],
    ['math.fixed-point', { function: 'divHalfUp', x: '2', y: '0', decimals: '2' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'divHalfUp', x: '2', y: '1', decimals: '5000' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'tan', x: '2' }, 'INVALID_ENUM'],
    ['math.fixed-point', { function: 'ln', x: '0' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'sqrt', x: '-1' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'exp', x: '99999' }, 'UNDEFINED_RESULT'],
    ['math.fixed-point', { function: 'pow', x: '-2', y: '2' }, 'UNDEFINED_RESULT'],
    ['vol-surface.svi', { ...SVI(), yearsToExpiry: '0' }, 'OUT_OF_RANGE'],
    ['vol-surface.svi', { ...SVI(), a: '-9' }, 'UNDEFINED_RESULT'],
    ['volatility.garch11', { ...garch, beta: '0.96', horizonSteps: '1' }, 'UNDEFINED_RESULT'],
    ['volatility.garch11', { ...garch, horizonSteps: '1.0' }, 'INVALID_DECIMAL'],
    ['volatility.ewma', { lambda: '1.1', initialVol: '1', returns: [] }, 'OUT_OF_RANGE'],
    ['volatility.ewma-window', { lambda: '1', tolerance: '0.01' }, 'UNDEFINED_RESULT'],
    ['vol-shock.power-law', { daysToExpiry: '0', volRange: '1', power: '1' }, 'OUT_OF_RANGE'],
  ])('%s refuses %o as %s', (model, inputs, code) => {
    expect(codeOf(model, inputs)).toBe(code);
  });

  test('prints prices that keep put-call parity to the last digit', () => {
    const { call, put, callMinusPut } = outputsOf('option.black76', { ...black, totalVol: '0.37', strike: '33.3' });
    const digits = (text: unknown) => {
      const [whole = '', part = ''] = String(text).split('.');
      return BigInt(whole + part.padEnd(36, '0'));
    };
    expect(digits(call) - digits(put)).toBe(digits(callMinusPut));
    expect(callMinusPut).toBe('60.03');
  });

  test('prices options at their limits exactly', () => {
    expect(outputsOf('option.black76', { ...black, strike: '0', totalVol: '1' })).toMatchObject({
      call: '90',
      put: '0',
    });
    expect(outputsOf('option.black76', { ...black, totalVol: '24.1' })).toMatchObject({ call: '90', put: '108' });
    expect(outputsOf('option.black76', { ...black, vol: '1', secondsToExpiry: '0' })).toMatchObject({
      call: '0',
      put: '18',
    });
  });

  test('returns no elasticity of a worthless option, and no forecast that was not asked for', () => {
    const still = outputsOf('option.greeks', { ...scholes, rate: '0', vol: '0', strike: '101', yearsToExpiry: '1' });
    expect(still).toMatchObject({ price: '0', delta: '0' });
    expect(still['elasticity']).toBeUndefined();
    expect(outputsOf('volatility.garch11', garch)['expectedVariance']).toBeUndefined();
    expect(outputsOf('volatility.garch11', { ...garch, beta: '0.96' })['longRunVariance']).toBeUndefined();
  });

  test('gives exact results of arithmetic exactly', () => {
    const value = (name: string, x: string, more: object = {}) =>
      outputsOf('math.fixed-point', { function: name, x, ...more })['value'];
    expect(value('exp', '0')).toBe('1');
    expect(value('ln', '1')).toBe('0');
    expect(value('normalCdf', '0')).toBe('0.5');
    expect(value('pow', '1.5', { y: '2' })).toBe('2.25');
    expect(value('pow', '0', { y: '2' })).toBe('0');
    expect(value('sqrt', '0.0625')).toBe('0.25');
    expect(value('divHalfUp', '1', { y: '8', decimals: '2' })).toBe('0.13');
    expect(value('exp', '-99999')).toBe('0');
    // A number far below the last bit still has its logarithm: −1000·ln 10.
    expect(value('ln', `0.${'0'.repeat(999)}1`)).toMatch(/^-2302\.585092994045684017991454684364207/);
  });
});

function SVI() {
  return { yearsToExpiry: '1', a: '0.04', b: '0.1', rho: '0', m: '0', sigma: '0.1', forward: '1', strike: '1' };
}

test('call less put is the forward less the strike to the last printed digit', () => {
  const inputs = { forward: `100.${'1'.padStart(36, '0')}`, strike: '100', discountFactor: '1', totalVol: '0.2' };
  const [result] = [...evaluateBatch(parseBatch([{ id: 'p', model: 'option.black76', inputs }]))];
  if (result === undefined || !result.ok) throw new Error(JSON.stringify(result));
  const { call, put, callMinusPut } = result.outputs as Record<string, string>;
  const scaled = (text = '') => BigInt(text.replace('.', '').padEnd(text.indexOf('.') + 36, '0'));
  expect(callMinusPut).toBe(`0.${'1'.padStart(36, '0')}`);
  expect(scaled(call) - scaled(put)).toBe(1n);
});
