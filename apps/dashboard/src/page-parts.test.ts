import { describe, expect, it } from 'vitest';
import { describeConditions } from './conditions.js';
import {
  drawnShare,
  formatBps,
  formatPpmFactor,
  formatFixed,
  formatMoment,
  formatPrice,
  formatShare,
  formatSpan,
  formatValue,
  shortenHex,
  showFree,
  showRequirement,
  showAmount,
  showWholeAmount,
} from './format.js';

describe('figures of the page', () => {
  it('cuts values toward zero and sets thousands apart', () => {
    expect(formatValue(1_234_567_999n * 10n ** 15n)).toBe('1,234,567.99');
    expect(formatValue(-5n * 10n ** 17n)).toBe('−0.50');
    expect(formatFixed(42n, 0, 0)).toBe('42');
  });

  it('gives nothing a sign', () => {
    expect([formatFixed(-1n, 18, 2), formatValue(-(10n ** 16n))]).toEqual(['0.00', '−0.01']);
  });

  it('writes prices by their significant digits, cut', () => {
    const prices = [999_900_000_000n, 20_000_000n, 999_999_999_999n, 10n ** 12n, 3_500_129_000_000_000n, 1n, 0n];
    expect(prices.map((price) => formatPrice(price, 12))).toEqual([
      '0.9999',
      '0.00002',
      '0.999999',
      '1.00',
      '3,500.12',
      '0.000000000001',
      '0.00',
    ]);
  });

  it('calls no part whole', () => {
    expect([formatShare(999_999n, 1_000_000n), formatShare(1n, 1n), formatShare(3n, 2n)]).toEqual([
      '99.99 %',
      '100 %',
      '100 %',
    ]);
    expect([formatShare(37n, 40n), formatShare(0n, 7n), formatShare(7n, 0n)]).toEqual(['92.5 %', '0 %', '0 %']);
    expect([997_000, 999_999, 1_000_000, 950_000].map(formatPpmFactor)).toEqual(['0.997', '0.9999', '1.00', '0.95']);
  });

  it('writes moments, and the number of those that no calendar holds', () => {
    expect(formatMoment(1_800_000_000n)).toBe('2027-01-15T08:00:00Z');
    expect(formatMoment(2n ** 64n - 1n)).toBe('second 18446744073709551615');
  });

  it('writes what no assets cover in words, not as money', () => {
    const assets = 34_390n * 10n ** 18n;
    const infinite = [2n ** 128n - 1n, 2n ** 128n + 5n, 2n ** 256n - 1n];
    expect(infinite.map(showRequirement)).toEqual(['infinite', 'infinite', 'infinite']);
    expect(infinite.map((requirement) => showFree({ assets, requirement }))).toEqual(['none', 'none', 'none']);
    expect([showRequirement(assets), showFree({ assets, requirement: 0n })]).toEqual(['34,390.00', '34,390.00']);
  });

  it('writes tokens without zeros at the end', () => {
    expect(showAmount(1_500_000n, 6)).toBe('1.5');
    expect(showAmount(1_000n * 10n ** 18n, 18)).toBe('1,000');
    expect(showAmount(100n, 0)).toBe('100');
  });

  it('cuts no digit of what is signed', () => {
    expect(showWholeAmount(1n, 18)).toBe('0.000000000000000001');
    expect(showWholeAmount(1_234_500_000_000_000_000_000n, 18)).toBe('1,234.5');
    expect([showWholeAmount(0n, 6), showWholeAmount(100n, 0)]).toEqual(['0', '100']);
    expect([showWholeAmount(1_000_100n, 6), showAmount(1_000_000_100n, 9)]).toEqual(['1.0001', '1']);
  });

  it('writes shares and spans in the unit that people read', () => {
    expect(formatBps(9_250)).toBe('92.5 %');
    expect([119, 120, 7_200, 172_800].map(formatSpan)).toEqual(['119 s', '2 min', '2 h', '2 days']);
    expect(formatSpan(-3)).toBe('0 s');
  });

  it('shortens what is long alone', () => {
    expect(shortenHex('0x1234')).toBe('0x1234');
    expect(shortenHex(`0x${'ab'.repeat(32)}`)).toBe('0xababab…abab');
  });

  it('draws no share beyond its whole', () => {
    expect([drawnShare(1n, 4n), drawnShare(5n, 4n), drawnShare(-1n, 4n), drawnShare(1n, 0n)]).toEqual([0.25, 1, 0, 0]);
  });

  it('says conditions in words', () => {
    expect(describeConditions([])).toBe('–');
    expect(describeConditions(['price-stale', 'source-dark'])).toBe(
      'the price is older than allowed, the chain has gone dark',
    );
  });
});
