import { keccak256, parseReplicaCountWord, replicaSlots, rewindSlots } from '@surety/contracts';
import { type Bytes32, ZERO_WORD, bytes32, bytesToHex, concatBytes, hexToBytes, uintToBytes } from '@surety/domain';
import type { ContractReader, DestinationReader, OriginChain } from '@surety/workflows';
import { readAttesterEpochs } from './read-attester-epochs.js';

/** Slot of the mapping from an edge to its halts. @source storage-layout.json, AttesterSet._halts */
const HALTS_SLOT = 3n;

function haltSlot(edge: Bytes32): Bytes32 {
  return bytes32(bytesToHex(keccak256(concatBytes(hexToBytes(edge, 32), uintToBytes(HALTS_SLOT, 32)))));
}

/** Creates a reader of a destination's attester sets and replicas, which proves every value at a final block. */
export function createDestinationReader(
  chain: Pick<OriginChain, 'readFinalTip'> & Pick<ContractReader, 'readSlots' | 'readCode'>,
): DestinationReader {
  return {
    readFinalTip: (signal) => chain.readFinalTip(signal),
    readEpochs: (request, signal) => readAttesterEpochs(chain, request, signal),
    readHalt: async ({ attesterSet, edge, block }, signal) => {
      const { values } = await chain.readSlots({ contract: attesterSet, slots: [haltSlot(edge)], block }, signal);
      // nonce u64 | since u40, from the lowest bit. @source storage-layout.json, HaltRecord
      const word = BigInt(values[0] ?? 0n);
      return { nonce: BigInt.asUintN(64, word), isHalted: BigInt.asUintN(40, word >> 64n) !== 0n };
    },
    readReplica: async ({ replica, edge, block }, signal) => {
      const rewind = rewindSlots(edge);
      const slots = [replicaSlots(edge).count, rewind.name, rewind.next];
      const { values } = await chain.readSlots({ contract: replica, slots, block }, signal);
      const [word = ZERO_WORD, name = edge, next = ZERO_WORD] = values;
      const { count, generation } = parseReplicaCountWord(BigInt(word));
      return { count, generation, name: generation === 0 ? edge : bytes32(name), isRewinding: BigInt(next) !== 0n };
    },
  };
}
