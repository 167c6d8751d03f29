import { describe, expect, it } from 'vitest';
import { parseNumbers } from './campaign-numbers.js';

const spec = {
  usage: 'usage: npm run crash [-- --accounts <n>] [-- --warm-up <n>]',
  defaults: { accounts: 10, 'warm-up': 5 },
  isSound: ({ accounts }: { readonly accounts: number }) => Number.isSafeInteger(accounts) && accounts > 0,
};

describe('the numbers of a campaign', () => {
  it('are those that are given, and the usual ones', () => {
    expect(parseNumbers([], spec)).toEqual({ accounts: 10, 'warm-up': 5 });
    expect(parseNumbers(['--warm-up', '0.5', '--accounts=7'], spec)).toEqual({ accounts: 7, 'warm-up': 0.5 });
  });

  it('are not asked for together with help', () => {
    expect(parseNumbers(['--help'], spec)).toBe('help');
    expect(parseNumbers(['-h', '--accounts', 'x'], spec)).toBe('help');
  });

  it('are refused with what was seen', () => {
    expect(() => parseNumbers(['--accounts', 'many'], spec)).toThrow('seen: --accounts many --warm-up 5');
    expect(() => parseNumbers(['--accounts', '0'], spec)).toThrow('seen: --accounts 0 --warm-up 5');
    expect(() => parseNumbers(['--acounts', '3'], spec)).toThrow("Unknown option '--acounts'");
    expect(() => parseNumbers(['3'], spec)).toThrow("Unexpected argument '3'");
  });
});
