import { describe, expect, it } from 'vitest';
import { evaluateBatch } from './evaluate-batch.js';

const INPUTS = {
  lines: [
    { class: '2', grossWad: '1000000', exitWad: '500000' },
    { class: '1', grossWad: '1000000', exitWad: '800000' },
  ],
  requirementsWad: ['2000000', '0'],
  burdensWad: ['1500000', '0'],
  reservedWad: ['2000000', '0'],
  protocol: '0',
  elapsedS: '40',
  final: true,
  otherExitWad: '0',
  shareMaxWad: '800000000000000000',
  dustWad: '0',
};
const [STALE, FRESH] = INPUTS.lines;

/** The answer to a bid with these inputs instead: its outputs, or `CODE: message`. */
function answerTo(inputs: object, left: readonly string[] = []): unknown {
  const members = Object.entries({ ...INPUTS, ...inputs }).filter(([name]) => !left.includes(name));
  const request = { id: 'a', model: 'auction.line-bid', inputs: Object.fromEntries(members) };
  const [result] = [...evaluateBatch({ parameters: {}, requests: [request] })];
  if (result === undefined || result.ok) return result?.outputs;
  return `${result.error.code}: ${result.error.message}`;
}

describe('auction.line-bid', () => {
  it('answers with integers, what is given in the order of the request', () => {
    expect(answerTo({})).toEqual({
      discountPpm: '0',
      shareWad: '800000000000000000',
      assumedWad: '1200000',
      lossWad: '0',
      givenWad: ['200000', '1000000'],
    });
  });

  it.each([
    ['MISSING_FIELD: inputs.dustWad is missing', {}, ['dustWad']],
    ['MISSING_FIELD: inputs.lines[0].class is missing', { lines: [{ grossWad: '1', exitWad: '1' }] }],
    ['UNKNOWN_FIELD: inputs.taker is not known', { taker: '1' }],
    ['INVALID_TYPE: inputs.final is "true"; expected true or false', { final: 'true' }],
    ['INVALID_TYPE: inputs.protocol is 0; expected integer text', { protocol: 0 }],
    ['INVALID_DECIMAL: inputs.elapsedS is "1.5"; expected an integer such as -12', { elapsedS: '1.5' }],
    ['INVALID_DECIMAL: inputs.dustWad is "1e5"; expected an integer such as -12', { dustWad: '1e5' }],
    ['OUT_OF_RANGE: inputs.elapsedS is negative', { elapsedS: '-1' }],
    ['OUT_OF_RANGE: inputs.lines[0].class is 4; expected at most 3', { lines: [{ ...STALE, class: '4' }] }],
    [
      'OUT_OF_RANGE: inputs.shareMaxWad is 1000000000000000001; expected at most 1000000000000000000',
      { shareMaxWad: '1000000000000000001', burdensWad: ['1'] },
    ],
    [
      'INCONSISTENT_INPUT: requirementsWad, burdensWad and reservedWad have 2, 1 and 2 members; expected one each for every protocol',
      { burdensWad: ['1'] },
    ],
    [
      'INCONSISTENT_INPUT: requirementsWad, burdensWad and reservedWad have 2, 2 and 1 members; expected one each for every protocol',
      { reservedWad: ['1'] },
    ],
    ['INCONSISTENT_INPUT: inputs.protocol is 2; expected a place among 2 protocols', { protocol: '2' }],
    [
      'INCONSISTENT_INPUT: lines[1].exitWad is 1000001; expected at most its gross value, 1000000',
      { lines: [STALE, { ...FRESH, exitWad: '1000001' }] },
    ],
    [
      `UNDEFINED_RESULT: dustWad is ${2n ** 127n}; an auction computes up to 2^127 - 1`,
      { dustWad: String(2n ** 127n) },
    ],
  ])('%s', (message, inputs, left: readonly string[] = []) => {
    expect(answerTo(inputs, left)).toBe(message);
  });
});
