import type { Address, Bytes32 } from '@surety/domain';
import type { DestinationReader, RewindableReplica } from '../ports/epochs.js';
import type { FinalBlock } from '../ports/origin-chain.js';

/** Ports of {@link DestinationReplica}. */
export interface DestinationReplicaOptions {
  readonly reader: Pick<DestinationReader, 'readReplica'>;
  readonly readFinalTip: () => Promise<FinalBlock>;
  readonly replica: Address;
  /** First name of the edge. */
  readonly edge: Bytes32;
}

/** A replica's position, and the final block that proves it. */
export type ReplicaAtBlock = RewindableReplica & { readonly block: FinalBlock };

/** One replica, read by proof at its chain's newest final block, once per block however often it is requested. */
export class DestinationReplica {
  readonly #options: DestinationReplicaOptions;
  #last: ReplicaAtBlock | undefined;

  constructor(options: DestinationReplicaOptions) {
    this.#options = options;
  }

  /** Reads the replica's position. @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE. */
  async read(signal: AbortSignal): Promise<ReplicaAtBlock> {
    const { reader, readFinalTip, replica, edge } = this.#options;
    const block = await readFinalTip();
    if (this.#last?.block.hash !== block.hash) {
      this.#last = { ...(await reader.readReplica({ replica, edge, block }, signal)), block };
    }
    return this.#last;
  }
}
