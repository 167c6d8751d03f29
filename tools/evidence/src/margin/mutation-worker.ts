// The warm process of mutate.ts: one vitest for all mutants. Ended by its parent when a test goes round for ever.
import path from 'node:path';
import { type TestModule, type TestSpecification, createVitest } from 'vitest/node';
import { at } from '../steps.js';
import type { Outcome, Request } from './warm-tests.js';

const room = at('packages/margin/');
const conditions = ['source', 'module', 'node', 'development|production'];
let changed = { file: '', text: '' };
let order: ReadonlyMap<string, number> = new Map();

/** Put before each test file: random tests draw the same cases for every mutant, so that luck notices none. */
const seeding = `import seeded from 'fast-check'; seeded.configureGlobal({ seed: ${Number(process.env['MUTATION_SEED'] ?? '1')} });\n`;

const planted = {
  name: 'planted-mutant',
  enforce: 'pre',
  load: (id: string) => (id === changed.file ? changed.text : undefined),
  transform: (code: string, id: string) =>
    id.startsWith(room) && id.endsWith('.test.ts') ? seeding + code : undefined,
} as const;

/** Runs files as the parent ordered them: the ones that most likely notice come first. */
class OrderedSequencer {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
  sort(files: TestSpecification[]): TestSpecification[] {
    return files.toSorted((a, b) => (order.get(a.moduleId) ?? 0) - (order.get(b.moduleId) ?? 0));
  }
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

async function run({ file, text, tests }: Request): Promise<Outcome> {
  changed = { file: file === '' ? '' : path.join(room, file), text };
  if (changed.file !== '') vitest.invalidateFile(changed.file);
  order = new Map(tests.map((test, place) => [path.join(room, test), place]));
  const wanted = specifications.filter(({ moduleId }) => order.has(moduleId));
  // What failed before is remembered, and one failure ends a run.
  const { state } = vitest;
  for (const known of [state.filesMap, state.idMap, state.errorsSet, state.reportedTasksMap])
    if ('clear' in known) known.clear();
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

function firstFailure(module: TestModule): string {
  for (const test of module.children.allTests('failed'))
    return `${path.relative(room, module.moduleId)}: ${test.fullName}`;
  return `${path.relative(room, module.moduleId)}: cannot be loaded`;
}

process.on('disconnect', () => process.exit(1));
process.on('message', (message: Request | 'end') => {
  if (message === 'end') return void vitest.close().then(() => process.exit(0));
  run(message).then(
    (outcome) => process.send?.(outcome),
    (cause: unknown) =>
      process.send?.({ failure: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
  );
});
process.send?.('ready');
