import { bytes32 } from '@surety/domain';
import type { ChainLog, CrossingFact, JournaledFact, LedgerFact } from '@surety/workflows';
import type { LedgerEvent } from './decode-facts.js';

/** Reads what a change of generation says at the ledger; undefined if it changes no row. */
export function generationFactOf(event: LedgerEvent, log: ChainLog): LedgerFact | undefined {
  switch (event.eventName) {
    case 'EdgeClosing':
    case 'EdgeUndone':
    case 'EdgeOpened':
      return crossingFactOf(event);
    case 'TakenBack': {
      const { source, index, account, assetId, taken } = event.args;
      return { kind: 'taken-back', source, index, account: bytes32(account), assetId, taken };
    }
    case 'ParkedVoided': {
      const { source, index, account, amount } = event.args;
      return { kind: 'parked-voided', source, index, account: bytes32(account), amount };
    }
    case 'AssetCleared':
      return { kind: 'coverage-cleared', source: event.args.source, vaultAsset: event.args.vaultAsset };
    case 'LossReopened': {
      const { source, vaultAsset, lostSeq } = event.args;
      return { kind: 'loss-reopened', source, vaultAsset, lostSeq };
    }
    case 'RefundUndone':
      return { kind: 'refund-undone', source: event.args.source, seq: event.args.seq };
    case 'Repaid': {
      const { account, assetId, units } = event.args;
      return { kind: 'repaid', account: bytes32(account), assetId, units };
    }
    case 'GenerationOpened': {
      const { source, edge, previous, count } = event.args;
      return { kind: 'generation-opened', source, edge: bytes32(edge), previous: bytes32(previous), count };
    }
    case 'Reappended':
      return { ...journaledFactOf(event.args, log), fee: event.args.fee, before: event.args.before };
    default:
      return undefined;
  }
}

/** An entry other than a release that the ledger put on a journal, for the first time or again in its next generation. */
export function journaledFactOf(
  { edge, index, kind: entryKind, asset: vaultAsset, amount, account, party }: JournaledArgs,
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

type JournaledArgs = Extract<LedgerEvent, { readonly eventName: 'Journaled' }>['args'];

/** A step of a replica to its next generation, as either contract tells it. */
export type CrossingEvent =
  | {
      readonly eventName: 'EdgeClosing';
      readonly args: { readonly edge: string; readonly next: string; readonly count: bigint; readonly head: string };
    }
  | { readonly eventName: 'EdgeUndone'; readonly args: { readonly edge: string; readonly count: bigint } }
  | {
      readonly eventName: 'EdgeOpened';
      readonly args: { readonly edge: string; readonly previous: string; readonly generation: number };
    };

/** Reads a step of a replica to its next generation. */
export function crossingFactOf(event: CrossingEvent): CrossingFact {
  const edge = bytes32(event.args.edge);
  switch (event.eventName) {
    case 'EdgeClosing': {
      const { next, count, head } = event.args;
      return { kind: 'edge-closing', edge, next: bytes32(next), count, head: bytes32(head) };
    }
    case 'EdgeUndone':
      return { kind: 'edge-undone', edge, count: event.args.count };
    case 'EdgeOpened': {
      const { previous, generation } = event.args;
      return { kind: 'edge-opened', edge, previous: bytes32(previous), generation };
    }
  }
}
