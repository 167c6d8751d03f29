import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { big, count, key, u256Column, u64Column, wordColumn } from './schema-columns.js';

const COLUMNS = [
  key(wordColumn('account')),
  count('rung'),
  count('told'),
  u256Column('assets'),
  u256Column('requirement'),
  big('chainId'),
  u64Column('height'),
  wordColumn('hash'),
  u64Column('timestamp'),
];

/** The health ladder of accounts. Empty at first: an account below a step is then announced once. */
export class HealthSchema1763942400000 implements MigrationInterface {
  readonly name = 'HealthSchema1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({ name: 'health', columns: [...COLUMNS] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('health');
  }
}
