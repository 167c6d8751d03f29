import { expect, test } from 'vitest';
import { crashPointsIn } from './crash-points.js';

test('names each point, the process that passes it and its line', () => {
  const text =
    "a();\ncrashPoint('watcher.sign.before'); crashPoint('attester.sign.after');\ncrashPoint('cellar.door');\n";
  expect(crashPointsIn('apps/a.ts', text)).toEqual([
    { name: 'watcher.sign.before', process: 'watcher', place: 'apps/a.ts:2' },
    { name: 'attester.sign.after', process: 'watcher', place: 'apps/a.ts:2' },
    { name: 'cellar.door', process: null, place: 'apps/a.ts:3' },
  ]);
});
