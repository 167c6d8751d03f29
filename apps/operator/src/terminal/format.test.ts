import { describe, expect, it } from 'vitest';
import { formatAge, formatPpm, formatTable, formatTime, formatUnits, formatWad } from './format.js';
import { parseTokenUnits } from './parse-decimal.js';

describe('figures for people', () => {
  it('refuse a decimal with a sign, an exponent or too many decimals', () => {
    for (const text of ['-1', '1e3', '.5', '1.', '', '1,000']) {
      expect(() => parseTokenUnits(text, 6, '--amount')).toThrow(expect.objectContaining({ code: 'BAD_USE' }));
    }
    expect(() => parseTokenUnits('9'.repeat(44), 6, '--amount')).toThrow(
      '--amount has 44 digits before the point; expected at most 39, as a uint128 has',
    );
    expect(() => parseTokenUnits('1.0000001', 6, '--amount')).toThrowErrorMatchingInlineSnapshot(
      `[AppError: --amount 1.0000001 has 7 decimals; the token has 6]`,
    );
  });

  it('read and write token units exactly', () => {
    expect(parseTokenUnits('100.5', 6, 'x')).toBe(100_500_000n);
    expect(parseTokenUnits('7', 0, 'x')).toBe(7n);
    expect([formatUnits(100_500_000n, 6), formatUnits(-1n, 18), formatUnits(7n, 0)]).toEqual([
      '100.5',
      '-0.000000000000000001',
      '7',
    ]);
  });

  it('write WAD, parts per million and ages', () => {
    expect([formatWad(1_234_567_890_000_000_000_000n), formatWad(-5n), formatWad(10n ** 24n)]).toEqual([
      '1,234.56',
      '-0.00',
      '1,000,000.00',
    ]);
    expect([formatPpm(950_000), formatPpm(1_000_000), formatPpm(999_938), formatPpm(0)]).toEqual([
      '0.95',
      '1.00',
      '0.999938',
      '0.00',
    ]);
    expect([formatAge(119), formatAge(600), formatAge(7_200)]).toEqual(['119 s', '10 min', '2 h']);
  });

  it('write a time as a date, and one that no calendar has as its number', () => {
    expect(formatTime(1_800_000_000n)).toBe('2027-01-15T08:00:00.000Z');
    expect(formatTime(253_402_300_799)).toBe('9999-12-31T23:59:59.000Z');
    for (const never of [253_402_300_800n, 2n ** 53n - 1n, 2n ** 256n - 1n]) expect(formatTime(never)).toBe(`${never}`);
  });

  it('lay columns out by their widest cell', () => {
    expect(
      formatTable([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toEqual(['a    bb', 'ccc  d']);
  });

  it('clip a cell, which may be a stranger’s, and keep it on its line', () => {
    const rows = Array.from({ length: 10 }, () => ['a', 'b']);
    const [head, long, ...rest] = formatTable([['x', 'y'], ['c'.repeat(100_000), 'no\nok  b\u202e'], ...rows]);
    expect(head?.length).toBeLessThan(600);
    expect(long).toMatch(/^c{297} … c{200} {2}no\\u000aok {2}b\\u202e$/);
    expect(rest).toHaveLength(10);
  });
});
