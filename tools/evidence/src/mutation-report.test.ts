import { describe, expect, test } from 'vitest';
import { type NamedMutant, chooseMutants, intervalOf, readArgued, summarizeMutants } from './mutation-report.js';

const all: readonly NamedMutant[] = Array.from({ length: 20 }, (_, at) => ({
  name: `m${at}`,
  file: at < 5 ? 'vault/A.sol' : 'ledger/B.sol',
}));
const wide = { sample: 0, seed: 1, file: '', mutants: '', record: false };

describe('chooseMutants', () => {
  test('chooses all, those of a file, those that are named', () => {
    expect(chooseMutants(all, wide)).toHaveLength(20);
    expect(chooseMutants(all, { ...wide, file: 'vault' })).toEqual(all.slice(0, 5));
    expect(chooseMutants(all, { ...wide, mutants: 'm7,m2' })).toEqual([all[2], all[7]]);
  });

  test('draws a sample from the seed: the same again, another from another', () => {
    const drawn = chooseMutants(all, { ...wide, sample: 4 });
    expect(new Set(drawn).size).toBe(4);
    expect(chooseMutants(all.toReversed(), { ...wide, sample: 4 })).toEqual(drawn);
    expect(chooseMutants(all, { ...wide, sample: 4, seed: 2 })).not.toEqual(drawn);
  });

  test('refuses what fits nothing', () => {
    expect(() => chooseMutants(all, { ...wide, mutants: 'm1,m99' })).toThrow('no mutant is named m99');
    expect(() => chooseMutants(all, { ...wide, file: 'gone' })).toThrow('none of 20 places');
    expect(() => chooseMutants(all, { ...wide, mutants: 'm1', record: true })).toThrow('not --mutants');
  });
});

test('the interval holds the score, and is narrower the more was tried', () => {
  expect(intervalOf(90, 100)).toEqual(['82.6', '94.5']);
  expect(intervalOf(900, 1_000)).toEqual(['88.0', '91.7']);
});

test('argued survivors count neither for nor against', () => {
  const run = {
    mutants: all,
    survivors: all.slice(4, 7),
    argued: readArgued('[{ "mutant": "m5", "reason": "It is the same." }]'),
    describe: ({ name }: NamedMutant): string => `the text of ${name}`,
    group: 'source',
    groupOf: ({ file }: NamedMutant): string => file,
    note: '.',
    sample: 0,
  };
  const { body, score, counts, alive } = summarizeMutants(run);
  expect(alive).toBe(2);
  expect(score).toBe('89.5 %');
  expect(counts).toBe('20 mutants: 17 noticed, 1 argued, 2 alive.');
  expect(body).toContain('| vault/A.sol | 5 | 4 | 0 | 1 |');
  expect(body).toContain('| ledger/B.sol | 15 | 13 | 1 | 1 |');
  expect(body).toContain('the text of m5\n```\nIt is the same.');
  expect(body.indexOf('the text of m6')).toBeLessThan(body.indexOf('## Argued'));
  expect(summarizeMutants({ ...run, sample: 20 }).score).toBe('89.5 % (95 % interval 68.6 to 97.1)');
});
