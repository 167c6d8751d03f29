import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { big, count, key, u256, u64, word } from './schema-columns.js';

const COLUMNS = [
  key(word('account')),
  count('rung'),
  count('told'),
  u256('assets'),
  u256('requirement'),
  big('chainId'),
  u64('height'),
  word('hash'),
  u64('timestamp'),
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
