import { crashPoint } from '@surety/workflows';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { createTables, dropTables } from './create-tables.js';
import {
  AssetRow,
  AssetSumsRow,
  CoverageRow,
  CursorRow,
  JournalRow,
  LineRow,
  OptInRow,
  OrphanRowEntity,
  ParkedRow,
  PaymentRowEntity,
  RefundRow,
  ReplicaRow,
  VaultSumsRow,
} from './fold-rows.js';
import { HealthPointRow, HealthRow } from './health-rows.js';
import { AccountChangeRow, HistoryGapRow } from './history-rows.js';
import {
  AttesterMarkRow,
  CandidateRow,
  ContradictionRow,
  EdgeNameRow,
  EntryRow,
  MilestoneRow,
  ReplicaEntryRow,
  SignatureRow,
  SignedHeadRow,
  StatementRow,
} from './intake-rows.js';
import { DeploymentRow } from './own-deployment.js';
import { WebhookEndpointRow, WebhookMessageRow } from './webhook-rows.js';

/** Classes of the tables that watchers fill. */
const INTAKE_ROWS = [
  EntryRow,
  ReplicaEntryRow,
  EdgeNameRow,
  CandidateRow,
  MilestoneRow,
  StatementRow,
  SignatureRow,
  SignedHeadRow,
  AttesterMarkRow,
  ContradictionRow,
];
/** Classes of the tables that are folded from the chains. */
const FOLD_ROWS = [
  LineRow,
  ParkedRow,
  AssetRow,
  AssetSumsRow,
  OptInRow,
  RefundRow,
  CoverageRow,
  ReplicaRow,
  JournalRow,
  OrphanRowEntity,
  PaymentRowEntity,
  VaultSumsRow,
  CursorRow,
  HealthRow,
];
const HISTORY_ROWS = [AccountChangeRow, HistoryGapRow];
const WEBHOOK_ROWS = [WebhookMessageRow, WebhookEndpointRow];

/** The classes of all tables. */
export const ROWS = [...INTAKE_ROWS, ...FOLD_ROWS, ...HISTORY_ROWS, ...WEBHOOK_ROWS, HealthPointRow, DeploymentRow];

/** The first schema: the same tables and indices on SQLite and PostgreSQL. */
class InitialSchema1795478400000 implements MigrationInterface {
  readonly name = 'InitialSchema1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, INTAKE_ROWS);
    crashPoint('aggregator.start.half-migrated');
    await createTables(runner, FOLD_ROWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, [...INTAKE_ROWS, ...FOLD_ROWS]);
  }
}

/** Adds the changes of accounts. What was folded before is not written down: its last block is noted. */
export class HistorySchema1795651200000 implements MigrationInterface {
  readonly name = 'HistorySchema1795651200000';

  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, HISTORY_ROWS);
    crashPoint('aggregator.start.history-half-migrated');
    await runner.query(
      `INSERT INTO "history_gaps" ("chainId", "height") SELECT "chainId", "height" FROM "cursors" WHERE "edge" = ''`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, HISTORY_ROWS);
  }
}

/** Adds messages to webhooks. */
class WebhookSchema1795737600000 implements MigrationInterface {
  readonly name = 'WebhookSchema1795737600000';

  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, WEBHOOK_ROWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, WEBHOOK_ROWS);
  }
}

/** Adds the health of accounts over time. It begins with the first block that is judged afterwards. */
class HealthPointSchema1795824000000 implements MigrationInterface {
  readonly name = 'HealthPointSchema1795824000000';

  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, [HealthPointRow]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, [HealthPointRow]);
  }
}

/** Makes room for chain ids of 2^31 and more in the table of `MilestoneRow` of an older store. */
class MilestoneSchema1795910400000 implements MigrationInterface {
  readonly name = 'MilestoneSchema1795910400000';

  async up(runner: QueryRunner): Promise<void> {
    await changeChainId(runner, 'bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await changeChainId(runner, 'integer');
  }
}

/** TypeORM would drop a column of PostgreSQL and add it empty; on SQLite it copies the table. */
async function changeChainId(runner: QueryRunner, type: string): Promise<void> {
  if (runner.dataSource.options.type === 'postgres') {
    await runner.query(`ALTER TABLE "milestones" ALTER COLUMN "chainId" TYPE ${type}`);
  } else {
    await runner.changeColumn('milestones', 'chainId', new TableColumn({ name: 'chainId', type, isNullable: true }));
  }
}

/** Adds the deployment that the database holds. Which one that is in an older store is noted at the next start. */
class DeploymentSchema1795996800000 implements MigrationInterface {
  readonly name = 'DeploymentSchema1795996800000';

  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, [DeploymentRow]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, [DeploymentRow]);
  }
}

/** Adds an index of incomplete statements alone to an older store: a member's are counted often, and complete ones are many. */
class OpenStatementSchema1796083200000 implements MigrationInterface {
  readonly name = 'OpenStatementSchema1796083200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX IF NOT EXISTS "open_statements" ON "statements" ("edge", "asOf", "count") WHERE "complete" = 0',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "open_statements"');
  }
}

/** Migrations, in order. */
export const MIGRATIONS = [
  InitialSchema1795478400000,
  HistorySchema1795651200000,
  WebhookSchema1795737600000,
  HealthPointSchema1795824000000,
  MilestoneSchema1795910400000,
  DeploymentSchema1795996800000,
  OpenStatementSchema1796083200000,
];
