import type { TableOptions } from 'typeorm';
import {
  addressColumn,
  big,
  count,
  key,
  label,
  optionalColumn,
  textColumn,
  u128Column,
  u256Column,
  u64Column,
  withDefault,
  wordColumn,
} from './schema-columns.js';

const LEDGER: readonly TableOptions[] = [
  {
    name: 'lines',
    columns: [
      key(wordColumn('account')),
      key(count('assetId')),
      u128Column('amount'),
      u128Column('unseasoned'),
      u64Column('seasonEnd'),
      count('enabled'),
    ],
  },
  {
    name: 'parked',
    columns: [
      key(count('source')),
      key(u128Column('index')),
      wordColumn('account'),
      count('vaultAsset'),
      u128Column('amount'),
      u128Column('fee'),
      label('reason'),
      withDefault(count('summed'), 1),
    ],
    indices: [{ name: 'parked_by_account', columnNames: ['account'] }],
  },
  {
    name: 'assets',
    columns: [
      key(count('assetId')),
      count('source'),
      count('vaultAsset'),
      count('underlying'),
      count('ownPrice'),
      count('decimals'),
    ],
  },
  {
    name: 'asset_sums',
    columns: [
      key(count('assetId')),
      u128Column('lines'),
      u128Column('parked'),
      u128Column('released'),
      withDefault(u128Column('refunded'), "'0'"),
    ],
  },
  { name: 'opt_ins', columns: [key(wordColumn('account')), key(addressColumn('protocol'))] },
  {
    name: 'refunds',
    columns: [key(count('source')), key(u128Column('seq')), u128Column('amount'), withDefault(count('vaultAsset'), 0)],
  },
  {
    name: 'coverages',
    columns: [
      key(count('source')),
      key(count('vaultAsset')),
      u64Column('inForceWad'),
      u64Column('reportedWad'),
      u64Column('impairedSince'),
      u128Column('saidSeq'),
      u128Column('lostSeq'),
      withDefault(u128Column('orphaned'), "'0'"),
      withDefault(u128Column('missing'), "'0'"),
      withDefault(u128Column('found'), "'0'"),
    ],
  },
];

const EDGES: readonly TableOptions[] = [
  {
    name: 'replicas',
    columns: [
      key(wordColumn('edge')),
      big('chainId'),
      count('source'),
      big('originChainId'),
      addressColumn('vault'),
      u64Column('count'),
      wordColumn('head'),
      withDefault(label('state'), "'LIVE'"),
      withDefault(u64Column('stateUntil'), "'0'"),
      withDefault(label('stateCause'), "''"),
      withDefault(count('generation'), 0),
      optionalColumn(wordColumn('name')),
      optionalColumn(wordColumn('next')),
      withDefault(u64Column('point'), "'0'"),
      optionalColumn(wordColumn('pointHead')),
      withDefault(u64Column('unwound'), "'0'"),
    ],
  },
  { name: 'journals', columns: [key(wordColumn('edge')), count('source'), u64Column('count'), wordColumn('head')] },
  {
    name: 'orphans',
    columns: [
      key(count('source')),
      key(wordColumn('entryHash')),
      count('vaultAsset'),
      textColumn('packed'),
      count('count'),
      u128Column('spent'),
    ],
  },
];

const VAULTS: readonly TableOptions[] = [
  {
    name: 'payments',
    columns: [
      key(wordColumn('edge')),
      key(u128Column('seq')),
      { name: 'entryHash', type: 'varchar', length: '52' },
      wordColumn('account'),
      count('vaultAsset'),
      u128Column('amount'),
      u64Column('readyAt'),
      label('state'),
      count('reason'),
      big('chainId'),
      u64Column('blockHeight'),
      wordColumn('blockHash'),
      optionalColumn(wordColumn('stopReason')),
      withDefault(count('loss'), 0),
      withDefault(u128Column('borne'), "'0'"),
    ],
    indices: [{ name: 'payments_by_state', columnNames: ['edge', 'state', 'seq'] }],
  },
  {
    name: 'vault_sums',
    columns: [
      key(wordColumn('edge')),
      key(count('vaultAsset')),
      u128Column('owed'),
      u128Column('paid'),
      withDefault(u64Column('coverageWad'), "'0'"),
      withDefault(u64Column('shortSince'), "'0'"),
      withDefault(u64Column('reportedAt'), "'0'"),
    ],
  },
];

const PROGRESS: readonly TableOptions[] = [
  {
    name: 'cursors',
    columns: [
      key(big('chainId')),
      key(withDefault(wordColumn('edge'), "''")),
      u64Column('height'),
      wordColumn('hash'),
      u64Column('timestamp'),
      u64Column('changedHeight'),
      wordColumn('changedHash'),
    ],
  },
  {
    name: 'health',
    columns: [
      key(wordColumn('account')),
      count('rung'),
      count('told'),
      u256Column('assets'),
      u256Column('requirement'),
      big('chainId'),
      u64Column('height'),
      wordColumn('hash'),
      u64Column('timestamp'),
    ],
  },
];

/** The tables of `fold-rows.ts` and `health-rows.ts`: what is folded from the chains. */
export const FOLD_TABLES: readonly TableOptions[] = [...LEDGER, ...EDGES, ...VAULTS, ...PROGRESS];
