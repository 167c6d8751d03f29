import type { Address, Bytes32 } from '@surety/domain';
import type { FinalBlock } from './origin-chain.js';

/** One attester set of a destination: its number and when its statements begin, in seconds of block time. */
export interface Epoch {
  readonly epoch: number;
  readonly activeFrom: bigint;
}

/** One attester set of the destination, as its contract holds it. */
export interface AttesterEpoch extends Epoch {
  /** Ascending by address. */
  readonly members: readonly Address[];
  /** Signatures that the set asks for. */
  readonly quorum: number;
  /** First second at which the verifier refuses it. */
  readonly expires: bigint;
  /** Members whose signatures count no more: the verifier refuses a whole batch for one of them. @source AttesterSet.verify */
  readonly suspended: readonly Address[];
  /** First second at which members suspended by the guardian may sign again; missing if there are none. */
  readonly suspensionEnd?: bigint;
}

/** A replica's position at a final block of its chain. */
export interface ReplicaView {
  /** Name that statements about its journal carry now. */
  readonly name: Bytes32;
  /** Entries that it has taken. */
  readonly count: bigint;
  /** True while it is being rewound: it accepts no statement until it opens under its next name. */
  readonly isRewinding: boolean;
}

/** The same with what its next name is made from. */
export interface RewindableReplica extends ReplicaView {
  /** Number of rewinds. */
  readonly generation: number;
}

/** The attester sets of one destination, as far as they are final. */
export interface EpochSchedule {
  /**
   * Returns all epochs written so far, ascending: complete for statements of block times up to `asOf`, in seconds.
   * @throws EPOCHS_UNREAD (retryable) while that is not known.
   */
  readEpochs(asOf: bigint, signal?: AbortSignal): Promise<readonly Epoch[]>;
}

/** Reads what a destination chain holds about the statements that it takes. Implemented by `@surety/chain`. */
export interface DestinationReader {
  /** Reads the highest final block. @throws NO_QUORUM, HALTED. */
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads the attester sets at a final block, ascending by number. `known` are sets read before; they never change except in
   * their suspensions.
   * @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE, CODE_CHANGED.
   */
  readEpochs(
    request: { attesterSet: Address; block: FinalBlock; known: readonly AttesterEpoch[] },
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]>;
  /**
   * Reads the number of cleared halts of an edge at its verifier, and whether one stands, at a final block.
   * @throws as `readEpochs`.
   */
  readHalt(
    request: { attesterSet: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<{ readonly nonce: bigint; readonly isHalted: boolean }>;
  /** Reads the position of an edge's replica at a final block. The edge is given by its first name. @throws as `readEpochs`. */
  readReplica(
    request: { replica: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<RewindableReplica>;
}
