import { parseJournalCountWord, replicaSlots } from '@surety/contracts';
import type { ContractReader, DestinationReader, OriginChain } from '@surety/workflows';
import { readAttesterEpochs } from './read-attester-epochs.js';

/** Gives what reads a destination's attester sets and replicas: by proof, at its final blocks. */
export function createDestinationReader(
  chain: Pick<OriginChain, 'readFinalTip'> & Pick<ContractReader, 'readSlots' | 'readCode'>,
): DestinationReader {
  return {
    readFinalTip: (signal) => chain.readFinalTip(signal),
    readEpochs: (request, signal) => readAttesterEpochs(chain, request, signal),
    readReplicaCount: async ({ replica, edge, block }, signal) => {
      const slots = [replicaSlots(edge).count];
      const { values } = await chain.readSlots({ contract: replica, slots, block }, signal);
      // The count fills the lowest 64 bits of both a journal's and a replica's word.
      return parseJournalCountWord(BigInt(values[0] ?? 0n)).count;
    },
  };
}
