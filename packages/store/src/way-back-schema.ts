import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions, TableIndex } from 'typeorm';
import { addressColumn, big, count, key, label, u128Column, u64Column, wordColumn } from './schema-columns.js';

const TABLES: readonly (readonly [name: string, columns: readonly TableColumnOptions[]])[] = [
  ['journals', [key(wordColumn('edge')), count('source'), u64Column('count'), wordColumn('head')]],
  ['asset_sums', [key(count('assetId')), u128Column('lines'), u128Column('parked'), u128Column('released')]],
  ['opt_ins', [key(wordColumn('account')), key(addressColumn('protocol'))]],
  [
    'payments',
    [
      key(wordColumn('edge')),
      key(u128Column('seq')),
      { name: 'entryHash', type: 'varchar', length: '52' },
      wordColumn('account'),
      count('vaultAsset'),
      u128Column('amount'),
      u64Column('readyAt'),
      label('state'),
      count('reason'),
      big('chainId'),
      u64Column('blockHeight'),
      wordColumn('blockHash'),
    ],
  ],
  ['vault_sums', [key(wordColumn('edge')), key(count('vaultAsset')), u128Column('owed'), u128Column('paid')]],
];

const INDICES: readonly (readonly [table: string, name: string, columns: string[]])[] = [
  ['payments', 'payments_by_state', ['edge', 'state', 'seq']],
];

/** Tables of folded facts. Before this version they contained no releases. */
const FOLDED = ['lines', 'parked', 'assets', 'cursors'];

const REPLICAS = [
  key(wordColumn('edge')),
  big('chainId'),
  count('source'),
  big('originChainId'),
  addressColumn('vault'),
  u64Column('count'),
  wordColumn('head'),
];

/** Releases and payments. Facts folded without them are dropped and folded again from the chain. */
export class WayBackSchema1763683200000 implements MigrationInterface {
  readonly name = 'WayBackSchema1763683200000';

  async up(runner: QueryRunner): Promise<void> {
    await forget(runner);
    await runner.dropTable('replicas');
    await runner.createTable(new Table({ name: 'replicas', columns: [...REPLICAS] }));
    for (const [name, columns] of TABLES) await runner.createTable(new Table({ name, columns: [...columns] }));
    for (const [table, name, columnNames] of INDICES) {
      await runner.createIndex(table, new TableIndex({ name, columnNames }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name] of INDICES) await runner.dropIndex(table, name);
    for (const [name] of [...TABLES].reverse()) await runner.dropTable(name);
    await forget(runner);
    await runner.dropTable('replicas');
    const columns = REPLICAS.filter((column) => column.name !== 'chainId');
    await runner.createTable(new Table({ name: 'replicas', columns }));
  }
}

async function forget(runner: QueryRunner): Promise<void> {
  for (const table of FOLDED) await runner.manager.createQueryBuilder().delete().from(table).execute();
}
