import { ENTRY_BYTES, type Hex, type JournalHead, type TxHash } from '@surety/domain';
import {
  type Reader,
  badAnswer,
  byName,
  finite,
  flag,
  hex,
  hexAddress,
  list,
  natural,
  nullable,
  oneOf,
  record,
  text,
  unsigned,
  word,
  u16,
  u64,
  u128,
} from './reader.js';
import { readGrades } from './margin-views.js';
import { readBlockHash, readTimedBlock } from './read-timed-block.js';
import type {
  OpenPaymentView,
  PaymentQuoteView,
  PaymentsAnswer,
  ReleaseQuoteView,
  ReleaseView,
  SolvencyAnswer,
} from './release-wire.js';
import type {
  AccountView,
  BlockView,
  ChainView,
  ChainsAnswer,
  EdgeView,
  EdgesAnswer,
  EntriesAnswer,
  EntriesPageView,
  EntryTimesView,
  EntryView,
  LocationView,
  OutcomeView,
  OrphansAnswer,
  ParkedAnswer,
  PostStatementsAnswer,
  ProblemView,
  ReadinessView,
  StatementsAnswer,
  StatusView,
} from './wire.js';

const txWord: Reader<TxHash> = (value, path) => word(value, path) as Hex as TxHash;

const statement: Reader<JournalHead> = record<JournalHead>({
  edge: word,
  count: u64,
  tip: u64,
  head: word,
  blockNumber: u64,
  blockHash: readBlockHash,
  asOf: u64,
  epoch: natural,
});

/** Reads one outcome of a post. */
export const readOutcome: Reader<OutcomeView> = (value, path) => {
  const kind = record<{ kind: string }>({ kind: text })(value, path).kind;
  if (kind === 'stored') return { kind, ...record<{ fresh: boolean }>({ fresh: flag })(value, path) };
  if (kind === 'refused') {
    return { kind, ...record<{ code: string; detail: string }>({ code: text, detail: text })(value, path) };
  }
  throw badAnswer(`${path}.kind`, kind, 'stored or refused');
};

/** Reads the outcomes of posted statements. */
export const readOutcomes: Reader<PostStatementsAnswer> = record<PostStatementsAnswer>({ outcomes: list(readOutcome) });

/** Reads a problem; all but its code and status may be missing in what a proxy answers. */
export const readProblem: Reader<Pick<ProblemView, 'status' | 'code' | 'detail'>> = record<
  Pick<ProblemView, 'status' | 'code' | 'detail'>
>({ status: natural, code: text, detail: text });

const location: Reader<LocationView> = record<LocationView>({
  index: u64,
  blockHeight: u64,
  blockHash: readBlockHash,
  txHash: txWord,
  logIndex: natural,
});

/** Reads a page of entries. */
export const readEntriesPage: Reader<EntriesPageView> = record<EntriesPageView>({
  edge: word,
  from: u64,
  to: u64,
  packed: hex,
  locations: list(location),
});

const edge: Reader<EdgeView> = record<EdgeView>({
  edge: word,
  name: word,
  generation: natural,
  direction: oneOf(['to-ledger', 'to-vault'] as const),
  source: u16,
  originChainId: natural,
  destinationChainId: natural,
  entryCount: u64,
  attestedCount: u64,
  reachableCount: u64,
  appliedCount: u64,
  lastAsOf: u64,
  condition: nullable(record({ state: text, until: u64, reason: text, next: text })),
  attesters: list(record({ address: hexAddress, count: u64, asOf: u64, lagS: nullable(finite) })),
});

/** Reads the list of edges. */
export const readEdgesAnswer: Reader<EdgesAnswer> = record<EdgesAnswer>({ edges: list(edge) });

/** Reads a page of orphans. */
export const readOrphansAnswer: Reader<OrphansAnswer> = record<OrphansAnswer>({
  orphans: list(record({ source: u16, entryHash: word, entry: hex, vaultAsset: u16, count: natural })),
});

/** Reads a page of parked credits. */
export const readParkedAnswer: Reader<ParkedAnswer> = record<ParkedAnswer>({
  parked: list(
    record({
      source: u16,
      index: unsigned(96),
      account: word,
      vaultAsset: u16,
      amount: u128,
      fee: u128,
      reason: text,
    }),
  ),
});

/** Reads a page of payments. */
export const readPaymentsAnswer: Reader<PaymentsAnswer> = record<PaymentsAnswer>({
  payments: list((value, path) => {
    const view = record<OpenPaymentView>({
      seq: unsigned(96),
      entry: hex,
      readyAt: u64,
      state: oneOf(['recorded', 'payable', 'paying', 'claimable'] as const),
      lane: nullable(oneOf(['small', 'middle', 'large'] as const)),
    })(value, path);
    const bytes = (view.entry.length - 2) >> 1;
    if (bytes !== ENTRY_BYTES) throw badAnswer(`${path}.entry`, `${bytes} bytes`, `${ENTRY_BYTES} bytes`);
    return view;
  }),
  stopped: list(
    record({
      seq: unsigned(96),
      entry: hex,
      state: oneOf(['stopped', 'refunded'] as const),
      reason: nullable(text),
      refunded: nullable(u128),
    }),
  ),
});

/** Reads a page of statements; the signatures must be 65 bytes for each signer. */
export const readStatementsAnswer: Reader<StatementsAnswer> = record<StatementsAnswer>({
  statements: list((value, path) => {
    const view = record<StatementsAnswer['statements'][number]>({
      statement,
      signers: list(hexAddress),
      signatures: hex,
      complete: flag,
    })(value, path);
    const bytes = (view.signatures.length - 2) >> 1;
    if (bytes !== 65 * view.signers.length) {
      throw badAnswer(`${path}.signatures`, `${bytes} bytes`, `65 bytes for each of ${view.signers.length} signers`);
    }
    return view;
  }),
});

const block: Reader<BlockView> = record<BlockView>({ chainId: natural, height: u64, hash: readBlockHash });

const chain: Reader<ChainView> = record<ChainView>({
  chainId: natural,
  name: text,
  role: oneOf(['collateral', 'settlement'] as const),
  condition: text,
  reason: nullable(text),
  heightFinal: nullable(u64),
  heightLatest: nullable(u64),
});

/** Reads the list of chains. */
export const readChainsAnswer: Reader<ChainsAnswer> = record<ChainsAnswer>({ chains: list(chain) });

/** Reads the aggregator's status. */
export const readStatusView: Reader<StatusView> = record<StatusView>({
  profile: text,
  ready: flag,
  chains: list(chain),
  edges: list(edge),
  selfCheck: record({ block: nullable(readTimedBlock), comparedAccounts: natural, differences: natural }),
  stateHash: nullable(record({ hash: word, chains: list(block) })),
  counts: byName(natural),
});

const times: Reader<EntryTimesView> = record<EntryTimesView>({
  seenMs: nullable(finite),
  finalMs: nullable(finite),
  attestedMs: nullable(finite),
  appliedMs: nullable(finite),
});

const RELEASE_STAGES = [
  'requested',
  'final',
  'attested',
  'recorded',
  'payable',
  'paying',
  'paid',
  'claimable',
  'stopped',
  'refunded',
  'refused',
] as const;
const ENTRY_STAGES = ['seen', 'applied', ...RELEASE_STAGES] as const;

const release: Reader<ReleaseView> = record<ReleaseView>({
  id: text,
  edge: word,
  index: u64,
  seq: unsigned(96),
  chainId: natural,
  source: u16,
  assetId: nullable(u16),
  symbol: text,
  amount: u128,
  fee: u128,
  borne: u128,
  recipient: word,
  stage: oneOf(RELEASE_STAGES),
  reason: nullable(text),
  next: nullable(text),
  readyAt: nullable(u64),
});

const underWay = {
  id: text,
  edge: word,
  index: u64,
  stage: oneOf(ENTRY_STAGES),
  reason: nullable(text),
  amount: u128,
  assetId: nullable(u16),
  times,
};

/** Reads an account. */
export const readAccountView: Reader<AccountView> = record<AccountView>({
  account: word,
  owner: hexAddress,
  home: u16,
  sub: unsigned(80),
  lines: list(
    record({
      assetId: u16,
      source: u16,
      chainId: natural,
      symbol: text,
      amount: u128,
      coverageWad: nullable(u64),
      unsettled: flag,
      unseasoned: u128,
      seasonEnd: u64,
      enabled: flag,
    }),
  ),
  parked: list(
    record({
      source: u16,
      index: unsigned(96),
      assetId: u16,
      symbol: text,
      amount: u128,
      reason: text,
      readyAt: nullable(u64),
      next: text,
    }),
  ),
  entries: list(record(underWay)),
  releases: list(release),
  protocols: list(hexAddress),
});

/** Reads a quote of a release. */
export const readReleaseQuote: Reader<ReleaseQuoteView> = record<ReleaseQuoteView>({
  account: word,
  assetId: u16,
  symbol: text,
  chainId: natural,
  amount: u128,
  recipient: word,
  fee: u128,
  block: readTimedBlock,
  allowed: flag,
  code: nullable(text),
  detail: nullable(text),
  seasoned: u128,
  feeSuggested: u128,
  marginAfter: readGrades,
  waitS: nullable(finite),
  payment: nullable(
    record<PaymentQuoteView>({
      block: readTimedBlock,
      lane: nullable(oneOf(['small', 'middle', 'large'] as const)),
      readyAt: nullable(u64),
      waits: flag,
      opensAt: nullable(u64),
      largest: u128,
    }),
  ),
  etaS: nullable(finite),
});

/** Reads the sums of all assets. */
export const readSolvencyAnswer: Reader<SolvencyAnswer> = record<SolvencyAnswer>({
  assets: list(
    record({
      assetId: u16,
      source: u16,
      chainId: natural,
      symbol: text,
      lines: u128,
      parked: u128,
      released: u128,
      refunded: u128,
      owed: u128,
      paid: u128,
      coverageWad: u64,
      reportedWad: u64,
      impairedSince: nullable(u64),
      lostSeq: nullable(unsigned(96)),
      orphaned: u128,
      missing: u128,
      found: u128,
      heldWad: u64,
      shortSince: nullable(u64),
    }),
  ),
  blocks: list(block),
});

/** Reads one entry. */
export const readEntryView: Reader<EntryView> = record<EntryView>({
  ...underWay,
  direction: oneOf(['to-ledger', 'to-vault'] as const),
  kind: text,
  asset: u16,
  account: word,
  party: word,
  fee: u128,
  next: nullable(text),
  blocks: record({ origin: nullable(block), applied: nullable(block) }),
  attestedBy: natural,
  quorum: natural,
  payment: nullable(record({ seq: unsigned(96), readyAt: nullable(u64), settled: nullable(block) })),
});

/** Reads the entries of a transaction. */
export const readEntriesAnswer: Reader<EntriesAnswer> = record<EntriesAnswer>({ entries: list(readEntryView) });

/** Reads a health answer. */
export const readReadiness: Reader<ReadinessView> = record<ReadinessView>({
  ready: flag,
  reasons: list(record({ code: text, detail: text })),
});
