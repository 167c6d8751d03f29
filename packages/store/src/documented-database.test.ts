import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ZERO_WORD } from '@surety/domain';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from './open-store.js';

const server = process.env['SURETY_TEST_POSTGRES_URL'] ?? '';

/** The statements that docs/OPERATIONS.md has an operator run. */
function documented(): readonly string[] {
  const page = readFileSync(new URL('../../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const block = /```sql\n(CREATE ROLE[^`]+)```/u.exec(page)?.[1] ?? '';
  return block.split('\n').filter((line) => line !== '');
}

describe.skipIf(server === '')('PostgreSQL, skipped where SURETY_TEST_POSTGRES_URL names none,', () => {
  it('made as the page says, is all that an aggregator needs, under a role without any other right', async () => {
    const name = `surety_test_${randomBytes(8).toString('hex')}`;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    onTestFinished(async () => {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE IF EXISTS ${name}`);
      await admin.end();
    });
    const statements = documented();
    expect(statements).toHaveLength(2);
    for (const statement of statements) await admin.query(statement.replaceAll('surety', name).replace('…', name));
    const url = new URL(server);
    Object.assign(url, { username: name, password: name, pathname: `/${name}` });
    const store = await openStore(url.toString());
    expect(await store.intake.loadEntries({ edge: ZERO_WORD, from: 0n, to: 1n, limit: 1 })).toEqual([]);
    await store.close();
    const { rows } = await admin.query(
      'SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = $1',
      [name],
    );
    expect(Object.values(rows[0] as Record<string, boolean>)).toEqual([false, false, false, false, false]);
  });
});
