import { type MigrationInterface, type QueryRunner, Table, type TableOptions } from 'typeorm';
import { big, key, label, textColumn, wordColumn } from './schema-columns.js';

/** The tables of `webhook-rows.ts`. */
export const WEBHOOK_TABLES: readonly TableOptions[] = [
  {
    name: 'webhook_messages',
    columns: [
      key(big('position')),
      { ...label('id'), isUnique: true },
      wordColumn('lane'),
      big('writtenMs'),
      textColumn('json'),
    ],
  },
  { name: 'webhook_endpoints', columns: [key(wordColumn('endpoint')), big('settled')] },
];

/** Adds messages to webhooks. */
export class WebhookSchema1795737600000 implements MigrationInterface {
  readonly name = 'WebhookSchema1795737600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of WEBHOOK_TABLES) await runner.createTable(new Table(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of WEBHOOK_TABLES) await runner.dropTable(name);
  }
}
