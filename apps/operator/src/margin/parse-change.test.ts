import { expect, test } from 'vitest';
import { parseChange } from './parse-change.js';

const change = (text: string) => parseChange(text, '--price', () => 12);
const E12 = 10n ** 12n;

test.each([
  ['ETH=-30%', 700n * E12],
  ['ETH=+12.5%', 1_125n * E12],
  ['ETH=-100%', 0n],
  ['ETH=-0.01%', 999_900_000_000_000n],
  ['ETH=2500.5', 2_500_500_000_000_000n],
  ['ETH=+0.000000000001', 1_000n * E12 + 1n],
  ['ETH=-1', 999n * E12],
  ['ETH=-5000', 0n],
  ['ETH=0', 0n],
])('%s of 1,000', (text, expected) => {
  const { name, apply } = change(text);
  expect([name, apply(1_000n * E12)]).toEqual(['ETH', expected]);
});

test('a percentage is rounded down, against the account', () => {
  expect(change('ETH=-33.33%').apply(10n)).toBe(6n);
});

test.each([
  ['ETH', 'expected a name and a change'],
  ['=5', 'expected a name and a change'],
  ['ETH=', 'expected a name and a change'],
  ['ETH=-100.01%', 'takes more than everything'],
  ['ETH=30%', 'expected a decimal number'],
  ['ETH=1e3', 'expected a decimal number'],
  ['ETH=1.0000000000001', '13 decimals; the token has 12'],
])('%s is refused: %s', (text, expected) => {
  expect(() => change(text)).toThrow(expected);
});
