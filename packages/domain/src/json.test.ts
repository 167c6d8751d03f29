import { describe, expect, it } from 'vitest';
import { formatStatement, parseEntry, parseJournalCase, parseStatement, parseUint } from './index.js';

const word = `0x${'ab'.repeat(32)}`;
const entry = { kind: 'LOCK', asset: 1, amount: '10', account: word, party: word, fee: '1' };
const statement = {
  edge: word,
  count: '1',
  tip: '2',
  head: word,
  blockNumber: '3',
  blockHash: word,
  asOf: '4',
  epoch: 5,
};
const edge = {
  originChainId: '1',
  journal: `0x${'00'.repeat(12)}${'11'.repeat(20)}`,
  destinationChainId: '2',
  replica: `0x${'22'.repeat(20)}`,
  generation: 0,
  previousHead: `0x${'00'.repeat(32)}`,
};
const journalCase = { edge, entries: [entry], verifyingContract: `0x${'33'.repeat(20)}`, statement };

const code = (act: () => unknown): unknown => {
  try {
    act();
  } catch (failure) {
    return (failure as { code: unknown }).code;
  }
  return 'accepted';
};

describe('journal cases as JSON', () => {
  it('are refused with a code that names what is wrong', () => {
    expect(code(() => parseJournalCase(null))).toBe('MISSING_FIELD');
    expect(code(() => parseJournalCase([]))).toBe('MISSING_FIELD');
    expect(code(() => parseJournalCase({ ...journalCase, statement: undefined }))).toBe('MISSING_FIELD');
    expect(code(() => parseJournalCase({ ...journalCase, entries: {} }))).toBe('MISSING_FIELD');
    expect(code(() => parseJournalCase({ ...journalCase, extra: 1 }))).toBe('UNKNOWN_FIELD');
    expect(code(() => parseEntry({ ...entry, kind: 'MINT' }))).toBe('UNKNOWN_KIND');
    expect(code(() => parseEntry({ ...entry, kind: 'toString' }))).toBe('UNKNOWN_KIND');
    expect(code(() => parseEntry({ ...entry, account: '0xzz' }))).toBe('BAD_HEX');
    expect(code(() => parseEntry({ ...entry, account: '0xab' }))).toBe('BAD_HEX');
    expect(code(() => parseEntry({ ...entry, asset: 65_536 }))).toBe('OUT_OF_RANGE');
    expect(code(() => parseEntry({ ...entry, fee: (2n ** 96n).toString() }))).toBe('OUT_OF_RANGE');
    expect(code(() => parseStatement({ ...statement, count: '-1' }))).toBe('OUT_OF_RANGE');
    expect(code(() => parseStatement({ ...statement, epoch: 2 ** 32 }))).toBe('OUT_OF_RANGE');
    expect(code(() => parseJournalCase({ ...journalCase, edge: { ...edge, journal: word } }))).toBe('OUT_OF_RANGE');
    expect(code(() => parseJournalCase({ ...journalCase, verifyingContract: '0x' }))).toBe('BAD_HEX');
  });

  it('name the path, the value seen and the value expected', () => {
    expect(() => parseStatement({ ...statement, count: '1.5' })).toThrowErrorMatchingInlineSnapshot(
      `[AppError: statement.count is "1.5"; expected a decimal integer from 0 to 2^64 - 1]`,
    );
    expect(() => parseEntry({ ...entry, amount: 0.1 })).toThrowErrorMatchingInlineSnapshot(
      `[AppError: entry.amount is 0.1; expected a decimal integer from 0 to 2^128 - 1]`,
    );
  });

  it('take no exponent, sign, space, leading zero or unsafe number', () => {
    for (const value of ['1e3', '+1', ' 1', '01', '', '0x1', 2 ** 53, Number.NaN, true, null]) {
      expect(code(() => parseUint(value, 256, 'value'))).toBe('OUT_OF_RANGE');
    }
  });

  it('come back as they went in', () => {
    expect(formatStatement(parseStatement(statement))).toEqual(statement);
    expect(parseJournalCase(journalCase).edge.journal).toBe(`0x${'11'.repeat(20)}`);
  });
});
