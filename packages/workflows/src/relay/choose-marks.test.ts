import { expect, test } from 'vitest';
import { chooseMarks } from './choose-marks.js';

test.each<[string, bigint[], bigint[]]>([
  ['none where nothing was published', [], []],
  ['none outside the batch', [10n, 21n], []],
  ['its last count, and the one after its first', [20n, 11n], [11n, 20n]],
  ['each once', [12n, 15n, 12n], [12n, 15n]],
  ['the newest four', [19n, 11n, 13n, 12n, 100n, 15n], [12n, 13n, 15n, 19n]],
])('names %s', (_name, published, marks) => {
  expect(chooseMarks(published, { after: 10n, upTo: 20n })).toEqual(marks);
});
