import { crashPoint } from '@surety/workflows';
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { FOLD_TABLES } from './fold-tables.js';
import { INTAKE_TABLES } from './intake-tables.js';

/** The first schema: the same tables and indices on SQLite and PostgreSQL. */
export class InitialSchema1795478400000 implements MigrationInterface {
  readonly name = 'InitialSchema1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of INTAKE_TABLES) await runner.createTable(new Table(table));
    crashPoint('aggregator.start.half-migrated');
    for (const table of FOLD_TABLES) await runner.createTable(new Table(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of [...INTAKE_TABLES, ...FOLD_TABLES]) await runner.dropTable(name);
  }
}
