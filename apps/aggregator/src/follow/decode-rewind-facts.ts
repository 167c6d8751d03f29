import { bytes32 } from '@surety/domain';
import type { LedgerFact, RewindFact } from '@surety/workflows';
import type { LedgerEvent } from './decode-facts.js';

/** Reads what a rewind, and what comes after one, says at the ledger; undefined if it changes no row. */
export function rewindFactOf(event: LedgerEvent): LedgerFact | undefined {
  switch (event.eventName) {
    case 'Rewinding':
    case 'Unwound':
    case 'EdgeOpened':
      return { ...rewindStepOf(event), source: event.args.source };
    case 'Orphaned':
      return { kind: 'orphaned', ...entryUnitsOf(event.args) };
    case 'CameAgain':
      return { kind: 'came-again', ...entryUnitsOf(event.args) };
    case 'Found':
      return { kind: 'found', ...entryUnitsOf(event.args) };
    case 'MissingAgain':
      return { kind: 'missing-again', ...entryUnitsOf(event.args) };
    case 'TakenBack': {
      const { source, entryHash, account, vaultAsset, taken, missing } = event.args;
      const named = { source, entryHash: bytes32(entryHash), account: bytes32(account), vaultAsset };
      return { kind: 'taken-back', ...named, taken, missing };
    }
    case 'WrittenOff': {
      const { source, vaultAsset, units, found, lostSeq } = event.args;
      return { kind: 'written-off', source, vaultAsset, units, found, lostSeq };
    }
    case 'ParkedVoided': {
      const { source, index, account, amount } = event.args;
      return { kind: 'parked-voided', source, index, account: bytes32(account), amount };
    }
    case 'ReportUnwound':
      return { kind: 'report-unwound', source: event.args.source, vaultAsset: event.args.vaultAsset };
    case 'LossReopened': {
      const { source, vaultAsset, lostSeq } = event.args;
      return { kind: 'loss-reopened', source, vaultAsset, lostSeq };
    }
    case 'RefundUndone':
      return { kind: 'refund-undone', source: event.args.source, seq: event.args.seq };
    default:
      return undefined;
  }
}

type EntryUnits = Extract<LedgerEvent, { readonly eventName: 'Orphaned' }>['args'];

function entryUnitsOf({ source, seq, entryHash, vaultAsset, units }: EntryUnits) {
  return { source, seq, entryHash: bytes32(entryHash), vaultAsset, units };
}

/** A step of a rewind, as either contract tells it. */
export type RewindEvent =
  | {
      readonly eventName: 'Rewinding';
      readonly args: { readonly edge: string; readonly next: string; readonly count: bigint; readonly head: string };
    }
  | { readonly eventName: 'Unwound'; readonly args: { readonly count: bigint } }
  | {
      readonly eventName: 'EdgeOpened';
      readonly args: { readonly edge: string; readonly previous: string; readonly generation: number };
    };

/** Reads a step of a rewind. */
export function rewindStepOf(event: RewindEvent): RewindFact {
  switch (event.eventName) {
    case 'Rewinding': {
      const { edge, next, count, head } = event.args;
      return { kind: 'rewinding', edge: bytes32(edge), next: bytes32(next), count, head: bytes32(head) };
    }
    case 'Unwound':
      return { kind: 'unwound', count: event.args.count };
    case 'EdgeOpened': {
      const { edge, previous, generation } = event.args;
      return { kind: 'edge-opened', edge: bytes32(edge), previous: bytes32(previous), generation };
    }
  }
}
