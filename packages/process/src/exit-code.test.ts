import { readFileSync } from 'node:fs';
import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { EXIT_MEANINGS, exitCodeOf } from './exit-code.js';

const PROGRAMS = ['aggregator', 'watcher', 'relayer', 'keeper', 'operator'] as const;
const failure = (code: string, retryable = false): AppError => new AppError({ code, message: 'x', retryable });
const codesOf = (code: string): readonly number[] => PROGRAMS.map((program) => exitCodeOf(program, failure(code)));

describe('exitCodeOf', () => {
  it('needs a person for an error that is not the project’s own, whatever it says of itself', () => {
    const impostor = Object.assign(new Error('x'), { code: 'CONFIG_INVALID', retryable: true });
    for (const error of [new TypeError('x'), impostor, 'x', undefined]) {
      expect(PROGRAMS.map((program) => exitCodeOf(program, error))).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it('says try again where the same call may succeed later', () => {
    const error = failure('RPC_UNAVAILABLE', true);
    expect(PROGRAMS.map((program) => exitCodeOf(program, error))).toEqual([75, 75, 75, 75, 75]);
  });

  it('lets a service whose files are not there yet try again, and tells a person of a wrong name', () => {
    for (const code of ['CONFIG_INVALID', 'CONFIG_UNREADABLE']) {
      const error = failure(code, true);
      expect(PROGRAMS.map((program) => exitCodeOf(program, error))).toEqual([75, 75, 75, 75, 2]);
    }
  });

  it('needs a person for everything else', () => {
    for (const code of ['CODE_CHANGED', 'NOTHING_TO_RELAY', 'KEYSTORE_INVALID', 'LOCK_REFUSED']) {
      expect(codesOf(code)).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it.each([
    { code: 'CONFIG_INVALID', codes: [2, 2, 2, 2, 2] },
    { code: 'CONFIG_UNREADABLE', codes: [2, 2, 2, 2, 2] },
    { code: 'STATE_NEWER', codes: [2, 2, 2, 2, 2] },
    { code: 'CONFIG_DRIFT', codes: [1, 1, 1, 1, 1] },
    { code: 'BAD_OPTIONS', codes: [2, 2, 2, 2, 2] },
    { code: 'BAD_URL', codes: [2, 2, 2, 2, 2] },
    { code: 'BAD_USE', codes: [1, 1, 1, 1, 2] },
    { code: 'UNKNOWN_ASSET', codes: [1, 1, 1, 1, 2] },
    { code: 'OUT_OF_RANGE', codes: [1, 1, 1, 1, 2] },
    { code: 'INVALID_DECIMAL', codes: [1, 1, 1, 1, 2] },
    { code: 'PORT_UNAVAILABLE', codes: [75, 75, 75, 75, 75] },
    { code: 'DATABASE_IN_USE', codes: [75, 75, 75, 75, 75] },
  ])('gives $code its code in aggregator, watcher, relayer, keeper and operator', ({ code, codes }) => {
    expect(codesOf(code)).toEqual(codes);
  });

  it('names the one end that may be asked for no second time beside the advice to do so', () => {
    expect(EXIT_MEANINGS[75][1]).toMatch(/^start it again, but not after `STILL_UNDER_WAY`: .* was sent/u);
  });

  it('has each code in the table of docs/OPERATIONS.md', () => {
    const page = readFileSync(new URL('../../../docs/OPERATIONS.md', import.meta.url), 'utf8');
    for (const [code, [meaning, next]] of Object.entries(EXIT_MEANINGS))
      expect(page).toContain(`| ${code} | ${meaning} | ${next} |`);
  });
});
