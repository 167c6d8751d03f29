import { describe, expect, test } from 'vitest';
import { mutants } from './model-mutants.js';
import { worlds } from './model-worlds.js';
import { readOutcome } from './spin-outcome.js';

const ended = `(Spin Version 6.5.2)
State-vector 132 byte, depth reached 88, errors: 0
   1.2e+06 states, stored
     34567 transitions (= stored+matched)
  128.730\ttotal actual memory usage
`;

describe('readOutcome', () => {
  test('reads the figures of a search that ended', () => {
    expect(readOutcome(ended)).toEqual({
      errors: 0,
      problem: undefined,
      states: 1_200_000,
      transitions: 34_567,
      megabytes: 128.73,
      broken: undefined,
    });
  });

  test('a search that did not end, or was not deep enough, says nothing', () => {
    expect(readOutcome(`Search not completed\n${ended}`).problem).toBe('not completed: Search not completed');
    expect(readOutcome(`error: max search depth too small\n${ended}`).problem).toContain('max search depth');
    expect(readOutcome('').problem).toBe('not completed: ');
  });

  test('an error counts although the search ends there, and is named', () => {
    const failed = `pan:1: assertion violated (a||b) (at depth 12)\nSearch not completed\nerrors: 1\n`;
    expect(readOutcome(failed)).toMatchObject({
      errors: 1,
      problem: undefined,
      broken: String.raw`assertion violated (a\|\|b)`,
    });
  });
});

test('each search stands once, and each part of the models has worlds and mutants in the quick run', () => {
  const keys = [...worlds, ...mutants].map(({ model, switches }) => `${model} ${switches}`);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  const quick = (of: typeof worlds): ReadonlySet<string> =>
    new Set(of.filter((one) => one.quick === true).map(({ model }) => model));
  expect(quick(worlds)).toEqual(new Set(worlds.map(({ model }) => model)));
  expect(quick(mutants)).toEqual(new Set(mutants.map(({ model }) => model)));
});
