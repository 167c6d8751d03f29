import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { big, count, optionalColumn } from './schema-columns.js';

/** Makes room for chain ids of 2^31 and more in the table of `MilestoneRow`, as every other table has it. */
export class MilestoneSchema1795910400000 implements MigrationInterface {
  readonly name = 'MilestoneSchema1795910400000';

  async up(runner: QueryRunner): Promise<void> {
    await changeChainId(runner, optionalColumn(big('chainId')));
  }

  async down(runner: QueryRunner): Promise<void> {
    await changeChainId(runner, optionalColumn(count('chainId')));
  }
}

/** TypeORM would drop a column of PostgreSQL and add it empty; on SQLite it copies the table. */
async function changeChainId(runner: QueryRunner, column: ReturnType<typeof big>): Promise<void> {
  if (runner.dataSource.options.type === 'postgres') {
    await runner.query(`ALTER TABLE "milestones" ALTER COLUMN "chainId" TYPE ${column.type}`);
  } else await runner.changeColumn('milestones', 'chainId', new TableColumn(column));
}
