import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { count, key, optionalColumn, textColumn, u128Column, u64Column, wordColumn } from './schema-columns.js';

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
  [
    'edge_names',
    [key(wordColumn('edge')), key(count('generation')), wordColumn('name'), u64Column('count'), wordColumn('head')],
  ],
  [
    'replica_entries',
    [
      key(wordColumn('edge')),
      key(count('generation')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('head'),
      wordColumn('account'),
      optionalColumn(u64Column('blockHeight')),
      optionalColumn(wordColumn('blockHash')),
      optionalColumn(wordColumn('txHash')),
      optionalColumn(count('logIndex')),
    ],
  ],
  [
    'orphans',
    [
      key(count('source')),
      key(wordColumn('entryHash')),
      count('vaultAsset'),
      textColumn('packed'),
      count('count'),
      u128Column('spent'),
    ],
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
