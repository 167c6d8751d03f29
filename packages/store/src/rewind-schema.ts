import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { count, key, optional, text, u128, u64, word } from './schema-columns.js';

/** Added columns, in the syntax of both databases. Existing rows count as never rewound. */
const COLUMNS = [
  ['replicas', 'generation', 'integer NOT NULL DEFAULT 0'],
  ['replicas', 'name', 'varchar(66)'],
  ['replicas', 'next', 'varchar(66)'],
  ['replicas', 'point', "varchar(20) NOT NULL DEFAULT '0'"],
  ['replicas', 'pointHead', 'varchar(66)'],
  ['replicas', 'unwound', "varchar(20) NOT NULL DEFAULT '0'"],
  ['refunds', 'vaultAsset', 'integer NOT NULL DEFAULT 0'],
  ['coverages', 'orphaned', "varchar(39) NOT NULL DEFAULT '0'"],
  ['coverages', 'missing', "varchar(39) NOT NULL DEFAULT '0'"],
  ['coverages', 'found', "varchar(39) NOT NULL DEFAULT '0'"],
] as const;

const TABLES = [
  ['edge_names', [key(word('edge')), key(count('generation')), word('name'), u64('count'), word('head')]],
  [
    'replica_entries',
    [
      key(word('edge')),
      key(count('generation')),
      key(u64('index')),
      text('packed'),
      word('head'),
      word('account'),
      optional(u64('blockHeight')),
      optional(word('blockHash')),
      optional(word('txHash')),
      optional(count('logIndex')),
    ],
  ],
  [
    'orphans',
    [key(count('source')), key(word('entryHash')), count('vaultAsset'), text('packed'), count('count'), u128('spent')],
  ],
] as const;

/** Rewinds of replicas: names of edges, entries that only a replica held, and what a rewind leaves open. */
export class RewindSchema1763856000000 implements MigrationInterface {
  readonly name = 'RewindSchema1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name, type] of COLUMNS)
      await runner.query(`ALTER TABLE "${table}" ADD COLUMN "${name}" ${type}`);
    for (const [name, columns] of TABLES) await runner.createTable(new Table({ name, columns: [...columns] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of TABLES) await runner.dropTable(name);
    for (const [table, name] of COLUMNS) await runner.query(`ALTER TABLE "${table}" DROP COLUMN "${name}"`);
  }
}
