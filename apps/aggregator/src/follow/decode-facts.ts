import { collateralLedgerAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import {
  type ChainLog,
  type FactTransaction,
  type JournaledFact,
  type LedgerFact,
  PARK_REASONS,
  type ReleasedFact,
} from '@surety/workflows';
import { decodeEventLog } from 'viem';
import { rewindFactOf } from './decode-rewind-facts.js';
import { conditionOf } from './edge-condition.js';
import { groupByTransaction } from './group-by-transaction.js';

/** Events after which lines weigh differently, or a source's age is another. */
const TERMS_EVENTS = new Set([
  'SourceListed',
  'AssetListed',
  'Applied',
  'Refreshed',
  'SourceStateChanged',
  'CapSet',
  'ParamsScheduled',
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
]);

/** Facts of some logs of the ledger, and whether weights may have changed. */
export interface DecodedFacts {
  readonly transactions: readonly FactTransaction[];
  readonly termsChanged: boolean;
}

/** Reads ledger logs, ascending, as facts grouped by transaction. Logs that change no row give no fact. */
export function decodeFacts(logs: readonly ChainLog[], chainId: number): DecodedFacts {
  let termsChanged = false;
  const transactions = groupByTransaction(logs, chainId, (log) => {
    const event = decode(log);
    if (event === undefined) return undefined;
    if (TERMS_EVENTS.has(event.eventName)) termsChanged = true;
    return factOf(event, log);
  });
  return { transactions, termsChanged };
}

/** Reads one log as what a journal of the ledger gained; undefined if it is nothing of the kind. */
export function appendedOf(log: ChainLog): ReleasedFact | JournaledFact | undefined {
  const event = decode(log);
  const fact = event === undefined ? undefined : factOf(event, log);
  return fact?.kind === 'released' || fact?.kind === 'journaled' ? fact : undefined;
}

/** One event of the ledger. */
export type LedgerEvent = NonNullable<ReturnType<typeof decode>>;

function decode(log: ChainLog) {
  const [topic, ...rest] = log.topics;
  if (topic === undefined) return undefined;
  try {
    return decodeEventLog({ abi: collateralLedgerAbi, topics: [topic, ...rest], data: log.data });
  } catch {
    return undefined;
  }
}

function factOf(event: LedgerEvent, log: ChainLog): LedgerFact | undefined {
  switch (event.eventName) {
    case 'SourceListed': {
      const { source, edge, outboundEdge, terms } = event.args;
      const originChainId = Number(terms.originChainId);
      return {
        kind: 'source-listed',
        source,
        edge: bytes32(edge),
        outboundEdge: bytes32(outboundEdge),
        originChainId,
        vault: address(terms.vault),
      };
    }
    case 'AssetListed': {
      const { source, vaultAsset, underlying, ownPrice, decimals } = event.args.terms;
      return { kind: 'asset-listed', assetId: event.args.assetId, source, vaultAsset, underlying, ownPrice, decimals };
    }
    case 'Applied': {
      const { edge, from, to, head, feeTo } = event.args;
      const { txHash } = log;
      return { kind: 'applied', edge: bytes32(edge), from, to, head: bytes32(head), feeTo: bytes32(feeTo), txHash };
    }
    case 'Parked': {
      const { source, index, account, vaultAsset, amount, fee, reason } = event.args;
      const name = PARK_REASONS[reason] ?? 'NONE';
      return { kind: 'parked', source, index, account: bytes32(account), vaultAsset, amount, fee, reason: name };
    }
    case 'Unparked': {
      const { source, index, account, assetId, amount, fee, feeTo } = event.args;
      return {
        kind: 'unparked',
        source,
        index,
        account: bytes32(account),
        assetId,
        amount,
        fee,
        feeTo: bytes32(feeTo),
      };
    }
    case 'EntryRefused':
      return { kind: 'refused', source: event.args.source, index: event.args.index };
    case 'Enabled':
      return { kind: 'enabled', account: bytes32(event.args.account), assetId: event.args.assetId, on: event.args.on };
    case 'Released': {
      const { edge, index, account, assetId, vaultAsset, amount, recipient, fee } = event.args;
      const { blockHeight, blockHash, txHash, logIndex } = log;
      return {
        kind: 'released',
        edge: bytes32(edge),
        account: bytes32(account),
        assetId,
        vaultAsset,
        amount,
        recipient: bytes32(recipient),
        fee,
        location: { index, blockHeight, blockHash, txHash, logIndex },
      };
    }
    default:
      return protocolFactOf(event) ?? rareFactOf(event, log);
  }
}

/** Reads what an account and a protocol have to do with each other. */
function protocolFactOf(event: LedgerEvent): LedgerFact | undefined {
  switch (event.eventName) {
    case 'OptedIn':
    case 'OptedOut': {
      const { account, protocol } = event.args;
      const isIn = event.eventName === 'OptedIn';
      return { kind: 'opted', account: bytes32(account), protocol: address(protocol), in: isIn };
    }
    case 'Gated':
      return { kind: 'gated', account: bytes32(event.args.account) };
    default:
      return undefined;
  }
}

/** Reads what few days bring: credits that wait on or have not seasoned, other entries than releases, refunds, coverages, moves between lines, and changed states. */
function rareFactOf(event: LedgerEvent, log: ChainLog): LedgerFact | undefined {
  switch (event.eventName) {
    case 'Postponed': {
      const { source, index, reason } = event.args;
      return { kind: 'postponed', source, index, reason: PARK_REASONS[reason] ?? 'NONE' };
    }
    case 'Journaled':
      return journaledFactOf(event.args, log);
    case 'Refunded': {
      const { source, seq, account, assetId, amount } = event.args;
      return { kind: 'refunded', source, seq, account: bytes32(account), assetId, amount };
    }
    case 'RefundUnmatched': {
      const { source, seq, account, vaultAsset, amount } = event.args;
      return { kind: 'refund-unmatched', source, seq, account: bytes32(account), vaultAsset, amount };
    }
    case 'ParkedReleased': {
      const { source, index, account, amount } = event.args;
      return { kind: 'parked-released', source, index, account: bytes32(account), amount };
    }
    case 'Unseasoned': {
      const { account, assetId, unseasoned, seasonEnd } = event.args;
      return { kind: 'unseasoned', account: bytes32(account), assetId, unseasoned, seasonEnd: BigInt(seasonEnd) };
    }
    case 'CoverageReported': {
      const { source, vaultAsset, coverageWad, inForceWad, impairedSince } = event.args;
      const figures = { coverageWad, inForceWad, impairedSince: BigInt(impairedSince) };
      return { kind: 'coverage-reported', source, vaultAsset, ...figures };
    }
    case 'Covered': {
      const { source, vaultAsset, coverageWad } = event.args;
      return { kind: 'covered', source, vaultAsset, coverageWad };
    }
    case 'LossSettled': {
      const { source, vaultAsset, lostSeq } = event.args;
      return { kind: 'loss-settled', source, vaultAsset, lostSeq };
    }
    case 'Transferred': {
      const { from, to, assetId, amount } = event.args;
      return { kind: 'transferred', from: bytes32(from), to: bytes32(to), assetId, amount };
    }
    case 'SourceStateChanged': {
      const { source, state, until, cause } = event.args;
      return { kind: 'source-state', source, ...conditionOf({ state, until, cause }) };
    }
    default:
      return rewindFactOf(event);
  }
}

/** An entry other than a release that the ledger put on a journal. */
function journaledFactOf(
  {
    edge,
    index,
    kind: entryKind,
    asset: vaultAsset,
    amount,
    account,
    party,
  }: Extract<LedgerEvent, { readonly eventName: 'Journaled' }>['args'],
  { blockHeight, blockHash, txHash, logIndex }: ChainLog,
): JournaledFact {
  return {
    kind: 'journaled',
    edge: bytes32(edge),
    entryKind,
    vaultAsset,
    amount,
    account: bytes32(account),
    party: bytes32(party),
    location: { index, blockHeight, blockHash, txHash, logIndex },
  };
}
