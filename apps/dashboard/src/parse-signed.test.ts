import { describe, expect, it } from 'vitest';
import { parseSigned, parseToSign } from './parse-signed.js';

describe('an amount that is typed with a decimal comma', () => {
  it('is refused, and never another amount', () => {
    for (const text of [
      '0,5',
      '1,5',
      '12,34',
      '1,0000',
      '1.000,5',
      ',5',
      '1,,000',
      '0,500',
      '-0,250',
      '00,125',
      '000,001',
    ])
      expect([text, parseSigned(text, 18)]).toEqual([text, undefined]);
  });

  it('is read with commas between thousands', () => {
    expect(['1,000', '-12,345,678.5'].map((text) => parseSigned(text, 1))).toEqual([10_000n, -123_456_785n]);
  });
});

describe('an amount to sign', () => {
  it('has no comma, which some read as a point', () => {
    for (const text of ['1,500', '2,125', '1,000,000', '0,5'])
      expect([text, parseToSign(text, 18)]).toEqual([text, undefined]);
    expect(['1500', '2.125', ' 1000000 '].map((text) => parseToSign(text, 3))).toEqual([
      1_500_000n,
      2_125n,
      1_000_000_000n,
    ]);
  });
});
