import { collateralLedgerAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import {
  type ChainLog,
  type FactTransaction,
  type JournaledFact,
  type LedgerFact,
  type OrphanFact,
  PARK_REASONS,
  type ParkReason,
  type ReleasedFact,
} from '@surety/workflows';
import type { DecodeEventLogReturnType } from 'viem';
import { decodeLog, noFact, topicsOf } from './decode-log.js';
import { conditionOf, wordText } from './edge-condition.js';
import { groupByTransaction } from './group-by-transaction.js';
import { REWIND_FACTS } from './rewind-step.js';

/** Facts of some logs of the ledger, and whether weights may have changed. */
export interface DecodedFacts {
  readonly transactions: readonly FactTransaction[];
  readonly termsChanged: boolean;
}

/** Reads ledger logs, ascending, as facts grouped by transaction. Logs that change no row give no fact. */
export function decodeFacts(logs: readonly ChainLog[], chainId: number): DecodedFacts {
  let termsChanged = false;
  const transactions = groupByTransaction(logs, chainId, (log) => {
    const event = decodeLog(collateralLedgerAbi, log);
    if (event === undefined) return undefined;
    if (TERMS_EVENTS.has(event.eventName)) termsChanged = true;
    return factOf(event, log);
  });
  return { transactions, termsChanged };
}

/** Decodes a log that appends to one of the ledger's journals; undefined for any other log. */
export function appendedOf(log: ChainLog): ReleasedFact | JournaledFact | undefined {
  const event = decodeLog(collateralLedgerAbi, log);
  const fact = event === undefined ? undefined : factOf(event, log);
  return fact?.kind === 'released' || fact?.kind === 'journaled' ? fact : undefined;
}

/** One event of the ledger. */
type LedgerEvent = DecodeEventLogReturnType<typeof collateralLedgerAbi>;
type EventName = LedgerEvent['eventName'];
type ArgsOf<Name extends EventName> = Extract<LedgerEvent, { readonly eventName: Name }>['args'];

/** Events after which lines weigh differently, or a source's age is another. */
const TERMS_EVENTS: ReadonlySet<EventName> = new Set([
  'SourceListed',
  'AssetListed',
  'Applied',
  'Refreshed',
  'SourceStateChanged',
  'CapSet',
  'ParamsScheduled',
  'RiskManagerAdopted',
  'CoverageReported',
  'Covered',
  'LossSettled',
  'LossReopened',
  'Unwound',
  'EdgeOpened',
  'CameAgain',
  'Found',
  'TakenBack',
  'WrittenOff',
] as const);

/** Decoders of the ledger's events. A new event does not compile before it has one. */
const FACTS: { readonly [Name in EventName]: (args: ArgsOf<Name>, log: ChainLog) => LedgerFact | undefined } = {
  SourceListed: ({ source, edge, outboundEdge, terms }) => ({
    kind: 'source-listed',
    source,
    edge: bytes32(edge),
    outboundEdge: bytes32(outboundEdge),
    originChainId: Number(terms.originChainId),
    vault: address(terms.vault),
  }),
  AssetListed: ({ assetId, terms: { source, vaultAsset, underlying, ownPrice, decimals } }) => ({
    kind: 'asset-listed',
    assetId,
    source,
    vaultAsset,
    underlying,
    ownPrice,
    decimals,
  }),
  Applied: ({ edge, from, to, head, feeTo }, { txHash }) => ({
    kind: 'applied',
    edge: bytes32(edge),
    from,
    to,
    head: bytes32(head),
    feeTo: bytes32(feeTo),
    txHash,
  }),
  EntryRefused: ({ source, index }) => ({ kind: 'refused', source, index }),
  Enabled: ({ account, assetId, on }) => ({ kind: 'enabled', account: bytes32(account), assetId, on }),
  Transferred: ({ from, to, assetId, amount, cause }) => ({
    kind: 'transferred',
    from: bytes32(from),
    to: bytes32(to),
    assetId,
    amount,
    isSeized: wordText(cause) === 'seize',
  }),
  Unseasoned: ({ account, assetId, unseasoned, seasonEnd }) => ({
    kind: 'unseasoned',
    account: bytes32(account),
    assetId,
    unseasoned,
    seasonEnd: BigInt(seasonEnd),
  }),

  // Credits that wait.
  Parked: ({ source, index, account, vaultAsset, amount, fee, reason }) => ({
    kind: 'parked',
    source,
    index,
    account: bytes32(account),
    vaultAsset,
    amount,
    fee,
    reason: parkReason(reason),
  }),
  Postponed: ({ source, index, reason }) => ({ kind: 'postponed', source, index, reason: parkReason(reason) }),
  Unparked: ({ source, index, account, assetId, amount, fee, feeTo }) => ({
    kind: 'unparked',
    source,
    index,
    account: bytes32(account),
    assetId,
    amount,
    fee,
    feeTo: bytes32(feeTo),
  }),
  ParkedReleased: ({ source, index, account, amount }) => ({
    kind: 'parked-released',
    source,
    index,
    account: bytes32(account),
    amount,
  }),
  ParkedVoided: ({ source, index, account, amount }) => ({
    kind: 'parked-voided',
    source,
    index,
    account: bytes32(account),
    amount,
  }),

  // Growth of the ledger's own journals, and refunds.
  Released: ({ edge, index, account, assetId, vaultAsset, amount, recipient, fee }, log) => ({
    kind: 'released',
    edge: bytes32(edge),
    account: bytes32(account),
    assetId,
    vaultAsset,
    amount,
    recipient: bytes32(recipient),
    fee,
    location: locationOf(log, index),
  }),
  Journaled: ({ edge, index, kind: entryKind, asset: vaultAsset, amount, account, party }, log) => ({
    kind: 'journaled',
    edge: bytes32(edge),
    entryKind,
    vaultAsset,
    amount,
    account: bytes32(account),
    party: bytes32(party),
    location: locationOf(log, index),
  }),
  Refunded: ({ source, seq, account, assetId, amount }) => ({
    kind: 'refunded',
    source,
    seq,
    account: bytes32(account),
    assetId,
    amount,
  }),
  RefundUnmatched: ({ source, seq, account, vaultAsset, amount }) => ({
    kind: 'refund-unmatched',
    source,
    seq,
    account: bytes32(account),
    vaultAsset,
    amount,
  }),
  RefundUndone: ({ source, seq }) => ({ kind: 'refund-undone', source, seq }),

  // Coverages of assets, and what is missing of them.
  CoverageReported: ({ source, vaultAsset, coverageWad, inForceWad, impairedSince }) => ({
    kind: 'coverage-reported',
    source,
    vaultAsset,
    coverageWad,
    inForceWad,
    impairedSince: BigInt(impairedSince),
  }),
  Covered: ({ source, vaultAsset, coverageWad }) => ({ kind: 'covered', source, vaultAsset, coverageWad }),
  ReportUnwound: ({ source, vaultAsset }) => ({ kind: 'report-unwound', source, vaultAsset }),
  LossSettled: ({ source, vaultAsset, lostSeq }) => ({ kind: 'loss-settled', source, vaultAsset, lostSeq }),
  LossReopened: ({ source, vaultAsset, lostSeq }) => ({ kind: 'loss-reopened', source, vaultAsset, lostSeq }),
  WrittenOff: ({ source, vaultAsset, units, found, lostSeq }) => ({
    kind: 'written-off',
    source,
    vaultAsset,
    units,
    found,
    lostSeq,
  }),

  // Rewinds, and what comes after them.
  Rewinding: (args) => ({ ...REWIND_FACTS.Rewinding(args), source: args.source }),
  Unwound: (args) => ({ ...REWIND_FACTS.Unwound(args), source: args.source }),
  EdgeOpened: (args) => ({ ...REWIND_FACTS.EdgeOpened(args), source: args.source }),
  Orphaned: (args) => orphanFact('orphaned', args),
  CameAgain: (args) => orphanFact('came-again', args),
  Found: (args) => orphanFact('found', args),
  MissingAgain: (args) => orphanFact('missing-again', args),
  TakenBack: ({ source, entryHash, account, vaultAsset, taken, missing }) => ({
    kind: 'taken-back',
    source,
    entryHash: bytes32(entryHash),
    account: bytes32(account),
    vaultAsset,
    taken,
    missing,
  }),

  // States of sources, and protocols of accounts.
  SourceStateChanged: ({ source, state, until, cause }) => ({
    kind: 'source-state',
    source,
    ...conditionOf({ state, until, cause }),
  }),
  OptedIn: ({ account, protocol }) => optedFact(true, account, protocol),
  OptedOut: ({ account, protocol }) => optedFact(false, account, protocol),
  Gated: ({ account }) => ({ kind: 'gated', account: bytes32(account) }),

  // Events that change no row. Weights, limits and prices are read as views when they may have changed.
  Appointed: noFact,
  AppointmentUndone: noFact,
  AuctionScheduled: noFact,
  CapSet: noFact,
  Confirmed: noFact,
  Conflict: noFact,
  ExitShareSet: noFact,
  FastSet: noFact,
  HeldForRewind: noFact,
  NonceCancelled: noFact,
  NoticeGiven: noFact,
  NoticeRefused: noFact,
  Observed: noFact,
  OperatorSet: noFact,
  ParamsScheduled: noFact,
  Paused: noFact,
  ProtocolListed: noFact,
  ProtocolReleased: noFact,
  Refreshed: noFact,
  RiskManagerAdopted: noFact,
  RiskManagerChecked: noFact,
  RiskManagerScheduled: noFact,
  Unpaused: noFact,
  WitnessSet: noFact,
};

/** First topics of the events that {@link appendedOf} knows. */
export const APPENDED_TOPICS = topicsOf(collateralLedgerAbi, (name) => name === 'Released' || name === 'Journaled');

/** First topics of the events that give a fact or may change weights. */
export const LEDGER_FACT_TOPICS = topicsOf(
  collateralLedgerAbi,
  (name) => FACTS[name] !== noFact || TERMS_EVENTS.has(name),
);

function factOf<Name extends EventName>(
  event: { readonly eventName: Name; readonly args: ArgsOf<Name> },
  log: ChainLog,
): LedgerFact | undefined {
  return FACTS[event.eventName](event.args, log);
}

function parkReason(reason: number): ParkReason {
  return PARK_REASONS[reason] ?? 'NONE';
}

function optedFact(isIn: boolean, account: string, protocol: string): LedgerFact {
  return { kind: 'opted', account: bytes32(account), protocol: address(protocol), in: isIn };
}

function orphanFact(
  kind: OrphanFact['kind'],
  { source, seq, entryHash, vaultAsset, units }: ArgsOf<'Orphaned'>,
): OrphanFact {
  return { kind, source, seq, entryHash: bytes32(entryHash), vaultAsset, units };
}

function locationOf({ blockHeight, blockHash, txHash, logIndex }: ChainLog, index: bigint): ReleasedFact['location'] {
  return { index, blockHeight, blockHash, txHash, logIndex };
}
