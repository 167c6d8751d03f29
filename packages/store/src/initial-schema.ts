import { crashPoint } from '@surety/workflows';
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions, TableIndex } from 'typeorm';
import { address, big, count, key, label, optional, text, u128, u64, word } from './schema-columns.js';

const location = [
  optional(u64('blockHeight')),
  optional(word('blockHash')),
  optional(word('txHash')),
  optional(count('logIndex')),
];
const statement = [u64('tip'), word('head'), u64('blockNumber'), word('blockHash'), u64('asOf'), count('epoch')];

const TABLES: readonly (readonly [name: string, columns: readonly TableColumnOptions[]])[] = [
  ['entries', [key(word('edge')), key(u64('index')), text('packed'), word('head'), word('account'), ...location]],
  [
    'candidates',
    [
      key(word('edge')),
      key(address('poster')),
      key(u64('index')),
      text('packed'),
      word('account'),
      label('stage'),
      ...location,
    ],
  ],
  [
    'milestones',
    [
      key(word('edge')),
      key(label('stage')),
      key(u64('count')),
      optional(big('atMs')),
      optional(count('chainId')),
      optional(u64('blockHeight')),
      optional(word('blockHash')),
    ],
  ],
  ['statements', [key(word('digest')), word('edge'), u64('count'), ...statement, count('quorum'), count('complete')]],
  ['signatures', [key(word('digest')), key(address('signer')), text('signature')]],
  [
    'signed_heads',
    [key(word('edge')), key(u64('count')), key(address('signer')), word('digest'), ...statement, text('signature')],
  ],
  ['attester_marks', [key(word('edge')), key(address('signer')), u64('count'), u64('asOf')]],
  [
    'contradictions',
    [key(word('edge')), key(u64('count')), key(address('signer')), key(word('secondHead')), text('evidence')],
  ],
  [
    'lines',
    [
      key(word('account')),
      key(count('assetId')),
      u128('amount'),
      u128('unseasoned'),
      u64('seasonEnd'),
      count('enabled'),
    ],
  ],
  [
    'parked',
    [
      key(count('source')),
      key(u128('index')),
      word('account'),
      count('vaultAsset'),
      u128('amount'),
      u128('fee'),
      label('reason'),
    ],
  ],
  [
    'replicas',
    [key(word('edge')), count('source'), big('originChainId'), address('vault'), u64('count'), word('head')],
  ],
  [
    'assets',
    [
      key(count('assetId')),
      count('source'),
      count('vaultAsset'),
      count('underlying'),
      count('ownPrice'),
      count('decimals'),
    ],
  ],
  [
    'cursors',
    [key(big('chainId')), u64('height'), word('hash'), u64('timestamp'), u64('changedHeight'), word('changedHash')],
  ],
];

const INDICES: readonly (readonly [table: string, name: string, columns: string[]])[] = [
  ['entries', 'entries_by_account', ['account', 'edge', 'index']],
  ['entries', 'entries_by_tx', ['txHash']],
  ['candidates', 'candidates_by_account', ['account']],
  ['candidates', 'candidates_by_tx', ['txHash']],
  ['statements', 'statements_by_count', ['edge', 'count', 'asOf']],
  ['parked', 'parked_by_account', ['account']],
];

/** The first schema: the same tables on SQLite and PostgreSQL. */
export class InitialSchema1763596800000 implements MigrationInterface {
  readonly name = 'InitialSchema1763596800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, columns] of TABLES) await runner.createTable(new Table({ name, columns: [...columns] }));
    crashPoint('aggregator.start.half-migrated');
    for (const [table, name, columnNames] of INDICES) {
      await runner.createIndex(table, new TableIndex({ name, columnNames }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name] of INDICES) await runner.dropIndex(table, name);
    for (const [name] of [...TABLES].reverse()) await runner.dropTable(name);
  }
}
