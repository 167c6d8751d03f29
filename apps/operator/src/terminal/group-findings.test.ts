import { describe, expect, it } from 'vitest';
import { type Finding, groupFindings } from './group-findings.js';

const at = (provider: string, result: Finding['result'] = 'ok', detail = 'as listed'): Finding => ({
  check: `alpha vault at ${provider}`,
  at: provider,
  result,
  detail,
});
const alone: Finding = { check: 'coverage', result: 'ok', detail: 'as listed' };

describe('findings of many providers', () => {
  it('are one line where all agree, in the place of the first', () => {
    expect(groupFindings([at('a'), alone, at('b'), at('c')]).map(({ check }) => check)).toEqual([
      'alpha vault at 3 providers',
      'coverage',
    ]);
  });

  it('name their providers where one says otherwise', () => {
    const found = groupFindings([at('a'), at('b', 'fail', 'other code'), at('c')]);
    expect(found.map(({ check, result }) => `${result} ${check}`)).toEqual([
      'ok alpha vault at a, c',
      'fail alpha vault at b',
    ]);
  });

  it('stay apart where they are of no provider, however alike', () => {
    expect(groupFindings([alone, alone])).toHaveLength(2);
  });
});
