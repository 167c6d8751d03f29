import { describe, expect, it } from 'vitest';
import { parseSigned } from './parse-signed.js';

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
