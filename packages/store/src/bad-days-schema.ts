import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { count, key, u128Column, u64Column } from './schema-columns.js';

/** Columns added to existing tables, in the syntax of both databases. Existing rows keep their old meaning. */
const COLUMNS = [
  ['parked', 'summed', 'integer NOT NULL DEFAULT 1'],
  ['asset_sums', 'refunded', "varchar(39) NOT NULL DEFAULT '0'"],
  ['vault_sums', 'coverageWad', "varchar(20) NOT NULL DEFAULT '0'"],
  ['vault_sums', 'shortSince', "varchar(20) NOT NULL DEFAULT '0'"],
  ['vault_sums', 'reportedAt', "varchar(20) NOT NULL DEFAULT '0'"],
  ['payments', 'stopReason', 'varchar(66)'],
  ['payments', 'loss', 'integer NOT NULL DEFAULT 0'],
  ['payments', 'borne', "varchar(39) NOT NULL DEFAULT '0'"],
  ['replicas', 'state', "varchar(40) NOT NULL DEFAULT 'LIVE'"],
  ['replicas', 'stateUntil', "varchar(20) NOT NULL DEFAULT '0'"],
  ['replicas', 'stateCause', "varchar(40) NOT NULL DEFAULT ''"],
] as const;

const TABLES = [
  ['refunds', [key(count('source')), key(u128Column('seq')), u128Column('amount')]],
  [
    'coverages',
    [
      key(count('source')),
      key(count('vaultAsset')),
      u64Column('inForceWad'),
      u64Column('reportedWad'),
      u64Column('impairedSince'),
      u128Column('saidSeq'),
      u128Column('lostSeq'),
    ],
  ],
] as const;

/** Stopped payments and their refunds, coverages of assets, losses, and the readers' state of edges. */
export class BadDaysSchema1763769600000 implements MigrationInterface {
  readonly name = 'BadDaysSchema1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    // Not the runner's `addColumn`: on SQLite it rebuilds a table from a cached schema that an earlier migration outdated.
    for (const [table, name, type] of COLUMNS)
      await runner.query(`ALTER TABLE "${table}" ADD COLUMN "${name}" ${type}`);
    for (const [name, columns] of TABLES) await runner.createTable(new Table({ name, columns: [...columns] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of TABLES) await runner.dropTable(name);
    for (const [table, name] of COLUMNS) await runner.query(`ALTER TABLE "${table}" DROP COLUMN "${name}"`);
  }
}
