import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns that tables gain, as both databases write them: what is there already is of generation 0. */
const COLUMNS = [
  ['replicas', 'generation', 'integer NOT NULL DEFAULT 0'],
  ['replicas', 'next', 'varchar(66)'],
  ['replicas', 'point', "varchar(20) NOT NULL DEFAULT '0'"],
  ['replicas', 'undone', "varchar(20) NOT NULL DEFAULT '0'"],
  ['journals', 'generation', 'integer NOT NULL DEFAULT 0'],
] as const;

/** Generations of edges: which one a replica or journal is of, and how far it has come on its way to the next. */
export class GenerationsSchema1763856000000 implements MigrationInterface {
  readonly name = 'GenerationsSchema1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name, type] of COLUMNS)
      await runner.query(`ALTER TABLE "${table}" ADD COLUMN "${name}" ${type}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name] of COLUMNS) await runner.query(`ALTER TABLE "${table}" DROP COLUMN "${name}"`);
  }
}
