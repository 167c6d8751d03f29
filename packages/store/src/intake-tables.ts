import type { TableColumnOptions, TableOptions } from 'typeorm';
import {
  addressColumn,
  big,
  count,
  key,
  label,
  optionalColumn,
  textColumn,
  u64Column,
  wordColumn,
} from './schema-columns.js';

const LOCATION: readonly TableColumnOptions[] = [
  optionalColumn(u64Column('blockHeight')),
  optionalColumn(wordColumn('blockHash')),
  optionalColumn(wordColumn('txHash')),
  optionalColumn(count('logIndex')),
];
const STATEMENT: readonly TableColumnOptions[] = [
  u64Column('tip'),
  wordColumn('head'),
  u64Column('blockNumber'),
  wordColumn('blockHash'),
  u64Column('asOf'),
  count('epoch'),
];

const ENTRIES: readonly TableOptions[] = [
  {
    name: 'entries',
    columns: [
      key(wordColumn('edge')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('head'),
      wordColumn('account'),
      ...LOCATION,
    ],
    indices: [
      { name: 'entries_by_account', columnNames: ['account', 'edge', 'index'] },
      { name: 'entries_by_tx', columnNames: ['txHash'] },
    ],
  },
  {
    name: 'replica_entries',
    columns: [
      key(wordColumn('edge')),
      key(count('generation')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('head'),
      wordColumn('account'),
      ...LOCATION,
    ],
  },
  {
    name: 'edge_names',
    columns: [
      key(wordColumn('edge')),
      key(count('generation')),
      wordColumn('name'),
      u64Column('count'),
      wordColumn('head'),
    ],
  },
  {
    name: 'candidates',
    columns: [
      key(wordColumn('edge')),
      key(addressColumn('poster')),
      key(u64Column('index')),
      textColumn('packed'),
      wordColumn('account'),
      label('stage'),
      ...LOCATION,
    ],
    indices: [
      { name: 'candidates_by_account', columnNames: ['account'] },
      { name: 'candidates_by_tx', columnNames: ['txHash'] },
    ],
  },
  {
    name: 'milestones',
    columns: [
      key(wordColumn('edge')),
      key(label('stage')),
      key(u64Column('count')),
      optionalColumn(big('atMs')),
      // Wider since `milestone-schema.ts`: a chain id may have 53 bits.
      optionalColumn(count('chainId')),
      optionalColumn(u64Column('blockHeight')),
      optionalColumn(wordColumn('blockHash')),
    ],
  },
];

const STATEMENTS: readonly TableOptions[] = [
  {
    name: 'statements',
    columns: [
      key(wordColumn('digest')),
      wordColumn('edge'),
      u64Column('count'),
      ...STATEMENT,
      count('quorum'),
      count('complete'),
    ],
    indices: [{ name: 'statements_by_count', columnNames: ['edge', 'count', 'asOf'] }],
  },
  {
    name: 'signatures',
    columns: [key(wordColumn('digest')), key(addressColumn('signer')), textColumn('signature')],
  },
  {
    name: 'signed_heads',
    columns: [
      key(wordColumn('edge')),
      key(u64Column('count')),
      key(addressColumn('signer')),
      wordColumn('digest'),
      ...STATEMENT,
      textColumn('signature'),
    ],
  },
  {
    name: 'attester_marks',
    columns: [key(wordColumn('edge')), key(addressColumn('signer')), u64Column('count'), u64Column('asOf')],
  },
  {
    name: 'contradictions',
    columns: [
      key(wordColumn('edge')),
      key(u64Column('count')),
      key(addressColumn('signer')),
      key(wordColumn('secondHead')),
      textColumn('evidence'),
    ],
  },
];

/** The tables of `intake-rows.ts`: what watchers handed in. */
export const INTAKE_TABLES: readonly TableOptions[] = [...ENTRIES, ...STATEMENTS];
