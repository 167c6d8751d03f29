import type { SilenceNoter, TransactionSender } from '@surety/workflows';
import type { BridgeReads } from '../bridge-reads.js';
import { type WitnessedEdge, readConfirmed, readSilent, silenceCalldata } from './witnessed-edge.js';

/** Builds what has the replica note that a witness is silent. */
export function createSilenceNoter(
  at: WitnessedEdge,
  { destination, sender }: { readonly destination: BridgeReads; readonly sender: TransactionSender },
): SilenceNoter {
  return {
    name: at.witness.name,
    readStanding: (signal) => readConfirmed(at, destination, signal),
    note: (index, signal) =>
      sender.land(
        {
          purpose: 'note-silence',
          priority: 'upkeep',
          to: at.replica,
          calldata: silenceCalldata(at, index),
          gasCeiling: at.gasCeiling,
          readEffect: (inner) => readSilent(at, destination, inner),
        },
        signal,
      ),
  };
}
