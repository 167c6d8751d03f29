import { type MigrationInterface, type QueryRunner, Table, type TableOptions } from 'typeorm';
import { key, u256Column, u64Column, wordColumn } from './schema-columns.js';

/** The table of `HealthPointRow`. */
export const HEALTH_POINT_TABLE: TableOptions = {
  name: 'health_points',
  columns: [
    key(wordColumn('account')),
    key(u64Column('timestamp')),
    u64Column('height'),
    u256Column('assets'),
    u256Column('requirement'),
  ],
};

/** Adds the health of accounts over time. It begins with the first block that is judged afterwards. */
export class HealthPointSchema1795824000000 implements MigrationInterface {
  readonly name = 'HealthPointSchema1795824000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table(HEALTH_POINT_TABLE));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(HEALTH_POINT_TABLE.name);
  }
}
