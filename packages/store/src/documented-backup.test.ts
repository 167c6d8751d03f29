import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Store, openStore } from './open-store.js';
import { line, step, word } from './testing/store-facts.js';

const run = promisify(execFile);
const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;
const server = process.env['SURETY_TEST_POSTGRES_URL'] ?? '';

/** The commands by which docs/OPERATIONS.md copies and restores a database of this kind. */
function documented(tool: RegExp): readonly string[] {
  const page = readFileSync(new URL('../../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const section = page.split('## Back up and restore')[1]?.split('\n## ')[0] ?? '';
  const blocks = [...section.matchAll(/```sh\n([^`]+)```/gu)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.split('\n').filter((command) => tool.test(command)));
}

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const amounts = async ({ collateral }: Store): Promise<readonly bigint[]> =>
  (await collateral.loadLinesAfter(undefined, 10)).map(({ amount }) => amount);

/** Copies a store that goes on being written, restores the copy, and writes on where the copy ends. */
async function goesOnFromItsCopy(
  urls: { readonly from: string; readonly to: string },
  copy: () => Promise<unknown>,
  restore: () => Promise<unknown>,
): Promise<void> {
  const store = await openStore(urls.from);
  await store.collateral.saveStep(step([line(word(1), 4, 5n), line(word(2), 4, 6n)]));
  await copy();
  await store.collateral.saveStep(step([line(word(1), 4, 50n), line(word(3), 4, 7n)]));
  expect(await amounts(store)).toEqual([50n, 6n, 7n]);
  await store.close();
  await restore();
  const restored = await openStore(urls.to);
  expect(await amounts(restored)).toEqual([5n, 6n]);
  await restored.collateral.saveStep(step([line(word(1), 4, 50n), line(word(3), 4, 7n)]));
  expect(await amounts(restored)).toEqual([50n, 6n, 7n]);
  await restored.close();
}

describe('the backup of OPERATIONS', () => {
  it.skipIf(!hasSqlite)(
    'on SQLite, skipped where no sqlite3 is installed, made while the database is written, goes on from there',
    async () => {
      const cwd = makeFolder();
      mkdirSync(path.join(cwd, '.surety'));
      const [copy = '', restore = '', ...more] = documented(/aggregator\.sqlite/u);
      expect(more).toEqual([]);
      const url = `sqlite:${path.join(cwd, '.surety', 'aggregator.sqlite')}`;
      await goesOnFromItsCopy(
        { from: url, to: url },
        () => run('sh', ['-c', copy], { cwd }),
        () => run('sh', ['-c', restore], { cwd }),
      );
    },
  );

  it.skipIf(server === '')(
    'on PostgreSQL, skipped where SURETY_TEST_POSTGRES_URL names none, does so too',
    async () => {
      const cwd = makeFolder();
      const admin = new pg.Client({ connectionString: server });
      await admin.connect();
      const names = [1, 2].map(() => `surety_test_${randomBytes(8).toString('hex')}`);
      onTestFinished(async () => {
        for (const name of names) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await admin.end();
      });
      for (const name of names) await admin.query(`CREATE DATABASE ${name}`);
      const [from = '', to = ''] = names.map((name) =>
        Object.assign(new URL(server), { pathname: `/${name}` }).toString(),
      );
      const [copy = '', restore = '', ...more] = documented(/^pg_/u);
      expect(more).toEqual([]);
      await goesOnFromItsCopy(
        { from, to },
        () => run('sh', ['-c', copy], { cwd, env: { ...process.env, SURETY_DATABASE_URL: from } }),
        () => run('sh', ['-c', restore], { cwd, env: { ...process.env, SURETY_DATABASE_URL: to } }),
      );
    },
  );
});
