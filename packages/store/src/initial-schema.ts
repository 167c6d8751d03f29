import { crashPoint } from '@surety/workflows';
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions, TableIndex } from 'typeorm';
import {
  addressColumn,
  big,
  count,
  key,
  label,
  optionalColumn,
  textColumn,
  u128Column,
  u64Column,
  wordColumn,
} from './schema-columns.js';

const location = [
  optionalColumn(u64Column('blockHeight')),
  optionalColumn(wordColumn('blockHash')),
  optionalColumn(wordColumn('txHash')),
  optionalColumn(count('logIndex')),
];
const statement = [
  u64Column('tip'),
  wordColumn('head'),
  u64Column('blockNumber'),
  wordColumn('blockHash'),
  u64Column('asOf'),
  count('epoch'),
];

const TABLES: readonly (readonly [name: string, columns: readonly TableColumnOptions[]])[] = [
  [
    'entries',
    [
      key(wordColumn('edge')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('head'),
      wordColumn('account'),
      ...location,
    ],
  ],
  [
    'candidates',
    [
      key(wordColumn('edge')),
      key(addressColumn('poster')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('account'),
      label('stage'),
      ...location,
    ],
  ],
  [
    'milestones',
    [
      key(wordColumn('edge')),
      key(label('stage')),
      key(u64Column('count')),
      optionalColumn(big('atMs')),
      optionalColumn(count('chainId')),
      optionalColumn(u64Column('blockHeight')),
      optionalColumn(wordColumn('blockHash')),
    ],
  ],
  [
    'statements',
    [
      key(wordColumn('digest')),
      wordColumn('edge'),
      u64Column('count'),
      ...statement,
      count('quorum'),
      count('complete'),
    ],
  ],
  ['signatures', [key(wordColumn('digest')), key(addressColumn('signer')), textColumn('signature')]],
  [
    'signed_heads',
    [
      key(wordColumn('edge')),
      key(u64Column('count')),
      key(addressColumn('signer')),
      wordColumn('digest'),
      ...statement,
      textColumn('signature'),
    ],
  ],
  ['attester_marks', [key(wordColumn('edge')), key(addressColumn('signer')), u64Column('count'), u64Column('asOf')]],
  [
    'contradictions',
    [
      key(wordColumn('edge')),
      key(u64Column('count')),
      key(addressColumn('signer')),
      key(wordColumn('secondHead')),
      textColumn('evidence'),
    ],
  ],
  [
    'lines',
    [
      key(wordColumn('account')),
      key(count('assetId')),
      u128Column('amount'),
      u128Column('unseasoned'),
      u64Column('seasonEnd'),
      count('enabled'),
    ],
  ],
  [
    'parked',
    [
      key(count('source')),
      key(u128Column('index')),
      wordColumn('account'),
      count('vaultAsset'),
      u128Column('amount'),
      u128Column('fee'),
      label('reason'),
    ],
  ],
  [
    'replicas',
    [
      key(wordColumn('edge')),
      count('source'),
      big('originChainId'),
      addressColumn('vault'),
      u64Column('count'),
      wordColumn('head'),
    ],
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
    [
      key(big('chainId')),
      u64Column('height'),
      wordColumn('hash'),
      u64Column('timestamp'),
      u64Column('changedHeight'),
      wordColumn('changedHash'),
    ],
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
