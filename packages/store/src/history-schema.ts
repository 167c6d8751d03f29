import { crashPoint } from '@surety/workflows';
import { type MigrationInterface, type QueryRunner, Table, type TableOptions } from 'typeorm';
import {
  big,
  count,
  key,
  label,
  optionalColumn,
  signedColumn,
  u128Column,
  u64Column,
  wordColumn,
} from './schema-columns.js';

/** The tables of `history-rows.ts`. */
export const HISTORY_TABLES: readonly TableOptions[] = [
  {
    name: 'history',
    columns: [
      key(wordColumn('account')),
      key(u128Column('position')),
      label('kind'),
      optionalColumn(count('assetId')),
      signedColumn('delta'),
      optionalColumn(u128Column('amount')),
      optionalColumn(u128Column('units')),
      optionalColumn(count('source')),
      optionalColumn(u128Column('index')),
      optionalColumn(wordColumn('party')),
      optionalColumn(label('reason')),
      u64Column('height'),
      wordColumn('hash'),
      optionalColumn(wordColumn('txHash')),
    ],
  },
  { name: 'history_gaps', columns: [key(big('chainId')), u64Column('height')] },
];

/** Adds the changes of accounts. What was folded before is not written down: its last block is noted. */
export class HistorySchema1795651200000 implements MigrationInterface {
  readonly name = 'HistorySchema1795651200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of HISTORY_TABLES) await runner.createTable(new Table(table));
    crashPoint('aggregator.start.history-half-migrated');
    await runner.query(
      `INSERT INTO "history_gaps" ("chainId", "height") SELECT "chainId", "height" FROM "cursors" WHERE "edge" = ''`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of HISTORY_TABLES) await runner.dropTable(name);
  }
}
