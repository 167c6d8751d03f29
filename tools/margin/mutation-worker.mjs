// The warm process of mutate.mjs: one vitest for all mutants. A message names a file, the text that stands in its place, and the
// tests in the order in which they run; the answer says which test failed first, if any did. Ended by its parent when a test
// goes round for ever.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';

const room = fileURLToPath(new URL('../../packages/margin/', import.meta.url));
const conditions = ['source', 'module', 'node', 'development|production'];
let changed = { file: '', text: '' };
let order = new Map();

/** Put before each test file: random tests draw the same cases for every mutant, so that luck notices none. */
const seeding = `import seeded from 'fast-check'; seeded.configureGlobal({ seed: ${Number(process.env.MUTATION_SEED ?? '1')} });\n`;

const planted = {
  name: 'planted-mutant',
  enforce: 'pre',
  load: (id) => (id === changed.file ? changed.text : undefined),
  transform: (code, id) => (id.startsWith(room) && id.endsWith('.test.ts') ? seeding + code : undefined),
};

/** Runs files as the parent ordered them: the ones that most likely notice come first. */
class OrderedSequencer {
  shard = (files) => files;
  sort = (files) => files.toSorted((a, b) => (order.get(a.moduleId) ?? 0) - (order.get(b.moduleId) ?? 0));
}

const vitest = await createVitest(
  'test',
  {
    config: false,
    root: room,
    include: ['src/**/*.test.ts'],
    watch: false,
    bail: 1,
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: 120_000,
    reporters: [{}],
    cache: false,
    sequence: { sequencer: OrderedSequencer },
  },
  { plugins: [planted], resolve: { conditions }, ssr: { resolve: { conditions } }, logLevel: 'silent' },
);
await vitest.standalone();
const specifications = await vitest.globTestSpecifications();

async function run({ file, text, tests }) {
  changed = { file: file === '' ? '' : path.join(room, file), text };
  if (changed.file !== '') vitest.invalidateFile(changed.file);
  order = new Map(tests.map((test, at) => [path.join(room, test), at]));
  const wanted = specifications.filter(({ moduleId }) => order.has(moduleId));
  // What failed before is remembered, and one failure ends a run.
  const { state } = vitest;
  for (const known of [state.filesMap, state.idMap, state.errorsSet, state.reportedTasksMap]) known.clear?.();
  const startedAt = performance.now();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(wanted, false);
  const took = performance.now() - startedAt;
  // The text is as it was for whoever comes next.
  if (changed.file !== '') vitest.invalidateFile(changed.file);
  const failed = testModules.find((module) => !module.ok() && module.state() === 'failed');
  const times = Object.fromEntries(
    testModules.map((module) => [path.relative(room, module.moduleId), module.diagnostic().duration]),
  );
  const by = failed === undefined ? undefined : firstFailure(failed);
  return { killed: failed !== undefined || unhandledErrors.length > 0, by, took, times };
}

function firstFailure(module) {
  for (const test of module.children.allTests('failed'))
    return `${path.relative(room, module.moduleId)}: ${test.fullName}`;
  return `${path.relative(room, module.moduleId)}: cannot be loaded`;
}

process.on('disconnect', () => process.exit(1));
process.on('message', (message) => {
  if (message === 'end') return void vitest.close().then(() => process.exit(0));
  run(message).then(
    (outcome) => process.send(outcome),
    (cause) => process.send({ failure: String(cause?.stack ?? cause) }),
  );
});
process.send('ready');
