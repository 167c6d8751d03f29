import { type WitnessedEdge, createHeadConfirmer, deliverProofs } from '@surety/bridges';
import { proveJournal } from '@surety/chain';
import type { Address } from '@surety/domain';
import type { Clock, HeadConfirmer, WaitingHints } from '@surety/workflows';
import type { ChainDesk } from './chain-desk.js';

/**
 * Builds the confirmer of a state-proof witness: it keeps block hashes, proves the journal in those blocks whenever an
 * entry waits, and confirms.
 * @throws nothing here; a node without the state of the block fails the pass.
 */
export function createProver(
  at: WitnessedEdge,
  {
    vault,
    origin,
    destination,
    waiting,
    clock,
  }: {
    readonly vault: Address;
    readonly origin: ChainDesk;
    readonly destination: ChainDesk;
    readonly waiting: WaitingHints;
    readonly clock: Clock;
  },
): HeadConfirmer {
  const { reads, sender } = destination;
  const prove = deliverProofs(at, {
    destination: reads,
    sender,
    waiting,
    clock,
    readLogs: (txHash, signal) => reads.readLogs(txHash, signal),
    prove: async (block, signal) => {
      try {
        const ask = (method: string, params: readonly unknown[]) => origin.rpc.call(method, params, signal);
        return await proveJournal(ask, { contract: vault, block, edge: at.edge });
      } catch (error) {
        // Another provider may have the block's state, or be honest about it.
        origin.rpc.rotate();
        throw error;
      }
    },
  });
  return createHeadConfirmer(at, { destination: reads, sender, deliver: prove });
}
