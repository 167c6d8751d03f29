import { type EntityTarget, type ObjectLiteral, type QueryRunner, Table } from 'typeorm';

/** The classes of some tables. */
export type RowClasses = readonly EntityTarget<ObjectLiteral>[];

/** Creates the tables of some rows as their classes describe them today: a later migration must not expect an older form. */
export async function createTables(runner: QueryRunner, rows: RowClasses): Promise<void> {
  const { dataSource } = runner;
  for (const row of rows) await runner.createTable(Table.create(dataSource.getMetadata(row), dataSource.driver));
}

/** Drops the tables of some rows. */
export async function dropTables(runner: QueryRunner, rows: RowClasses): Promise<void> {
  for (const row of rows) await runner.dropTable(runner.dataSource.getMetadata(row).tableName);
}
