import { readdirSync } from 'node:fs';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** Conditions that make a workspace package resolve to its sources, so tests need no build. */
const conditions = ['source', 'node', 'development|production'];

/** Nest and TypeORM read decorator metadata; the compiler writes it only where it is asked to. */
const decorated = new Set(['aggregator', 'store']);
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };

function projectOf(folder: string): TestProjectConfiguration {
  const name = folder.slice(folder.indexOf('/') + 1);
  return {
    ...(decorated.has(name) ? { oxc } : {}),
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      root: folder,
      include: ['src/**/*.test.ts'],
      // A worker loads a library once, not once a file: half the time of these tests was loading. They pass in any order of files.
      isolate: false,
      // Ends what hangs, and decides nothing: beside other work a test takes several times as long.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      sequence: { groupOrder: 0 },
    },
  };
}

const rooms = ['packages', 'apps'].flatMap((floor) => readdirSync(floor).map((room) => `${floor}/${room}`));
const folders = [...rooms, 'tools/evidence'];

/**
 * Worth a run on PostgreSQL: together they fill every table that a deployment fills, over restarts, rewinds, refunds and shortages.
 * Other files put the same rows to other uses; the store's own tests run on both databases.
 */
const onPostgres = [
  'broken-finality',
  'lock-to-credit',
  'lost-tokens',
  'margin-on-node',
  'rewinds',
  'stopped-payments',
].map((name) => `src/e2e/${name}.test.ts`);
const endToEnd =
  process.env['SURETY_E2E_POSTGRES_URL'] === undefined ? ['src/{e2e,differential}/**/*.test.ts'] : onPostgres;
/** A build server runs these once, on PostgreSQL: `.ci/run` leaves them out of its other end-to-end tests, which are all on SQLite. */
const leftOut = process.env['SURETY_E2E_APART'] === 'postgres' ? onPostgres : [];

/** Suites that run for minutes on whole deployments, or judge the judges: `npm run faults`, not part of `npm test`. */
const campaigns = [
  ...['kills', 'reorgs', 'lies-at-start', 'lies-on-nodes', 'finality', 'postgres-crash'].map(
    (name) => `src/faults/${name}.test.ts`,
  ),
  'src/e2e/hostile-chain.test.ts',
  'src/simulation/planted-bugs.test.ts',
];

export default defineConfig({
  test: {
    // Two files at once, also on two cores: most of their time is a node's or a disk's.
    maxWorkers: 2,
    projects: [
      ...folders.map(projectOf),
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'tidy',
          root: 'test',
          include: ['src/tidy.test.ts', 'src/tidy-plants.test.ts'],
          testTimeout: 240_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'simulation',
          root: 'test',
          include: ['src/simulation/**/*.test.ts'],
          exclude: campaigns,
          // A simulated world makes much short-lived garbage.
          execArgv: ['--max-semi-space-size=64'],
          testTimeout: 600_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'twin',
          root: 'test',
          include: ['src/twin/**/*.test.ts'],
          testTimeout: 600_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'e2e',
          root: 'test',
          include: endToEnd,
          exclude: [...leftOut, ...campaigns],
          // A worker loads a library once: each file starts processes of its own, and shares no state with another.
          isolate: false,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          // Each file starts local chains of its own, on free ports, and waits for their blocks most of the time.
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'browser',
          root: 'test',
          include: ['src/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'faults',
          root: 'test',
          include: ['src/{faults,configurations}/**/*.test.ts'],
          exclude: campaigns,
          isolate: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'campaigns',
          root: 'test',
          include: campaigns,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
