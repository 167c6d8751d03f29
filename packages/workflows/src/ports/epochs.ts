import type { Address, Bytes32 } from '@surety/domain';
import type { FinalBlock } from './origin-chain.js';

/** One attester set of a destination: its number, and the block time in seconds from which it signs. */
export interface Epoch {
  readonly epoch: number;
  readonly activeFrom: bigint;
}

/** One attester set as the destination's contract stores it. */
export interface AttesterEpoch extends Epoch {
  /** Ascending by address. */
  readonly members: readonly Address[];
  /** Number of signatures that the set requires. */
  readonly quorum: number;
  /** First second at which the verifier refuses it. */
  readonly expires: bigint;
  /**
   * Members whose signatures no longer count: the verifier refuses a whole batch for one of them.
   * @source AttesterSet.verify
   */
  readonly suspended: readonly Address[];
  /** First second at which members suspended by the guardian may sign again; missing if there are none. */
  readonly suspensionEnd?: bigint;
}

/** A replica's position at a final block of its chain. */
export interface ReplicaView {
  /** Present name of the edge. */
  readonly name: Bytes32;
  /** Number of entries that it has applied. */
  readonly count: bigint;
  /** True while it is being rewound: it accepts no statement until it opens under its next name. */
  readonly isRewinding: boolean;
}

/** A replica's position with the number from which its next name is derived. */
export interface RewindableReplica extends ReplicaView {
  /** Number of rewinds. */
  readonly generation: number;
}

/** The attester sets of one destination, as far as they are final. */
export interface EpochSchedule {
  /**
   * Returns all epochs written so far, ascending: complete for block times up to `asOf`, in seconds.
   * @throws EPOCHS_UNREAD (retryable) while that is not known.
   */
  readEpochs(asOf: bigint, signal?: AbortSignal): Promise<readonly Epoch[]>;
}

/** Reads the parts of a destination chain that statements for it depend on. Implemented by `@surety/chain`. */
export interface DestinationReader {
  /** Reads the highest final block. @throws NO_QUORUM, HALTED. */
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads the attester sets at a final block, ascending by number. `known` are sets read earlier; only their
   * suspensions can change.
   * @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE, CODE_CHANGED.
   */
  readEpochs(
    request: { attesterSet: Address; block: FinalBlock; known: readonly AttesterEpoch[] },
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]>;
  /**
   * Reads at a final block how often an edge's halts were cleared at its verifier, and whether one is in force.
   * @throws as `readEpochs`.
   */
  readHalt(
    request: { attesterSet: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<{ readonly nonce: bigint; readonly isHalted: boolean }>;
  /** Reads the position of an edge's replica at a final block, by the edge's first name. @throws as `readEpochs`. */
  readReplica(
    request: { replica: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<RewindableReplica>;
}
