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
  /** First second at which those whom the guardian suspended sign again; missing if it suspended nobody. */
  readonly suspensionEnd?: bigint;
}

/** Where the replica of an edge stands at a final block of its chain. */
export interface ReplicaView {
  /** Name that statements about its journal carry now. */
  readonly name: Bytes32;
  /** Entries that it has taken. */
  readonly count: bigint;
  /** Whether it is being rewound: it takes no statement until it opens under its next name. */
  readonly isRewinding: boolean;
}

/** The same with what its next name is made from. */
export interface RewindableReplica extends ReplicaView {
  /** How often it was rewound. */
  readonly generation: number;
}

/** The attester sets of one destination, as far as they are final. */
export interface EpochSchedule {
  /**
   * Gives all epochs written so far, ascending: complete for statements of block times up to `asOf`, in seconds.
   * @throws EPOCHS_UNREAD (retryable) while that is not known.
   */
  readEpochs(asOf: bigint, signal?: AbortSignal): Promise<readonly Epoch[]>;
}

/** Reads what a destination chain holds about the statements that it takes. Implemented by `@surety/chain`. */
export interface DestinationReader {
  /** Reads the highest final block. @throws NO_QUORUM, HALTED. */
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads the attester sets at a final block, ascending by number; `known` are those read before, which never change but
   * for their suspensions. @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE, CODE_CHANGED.
   */
  readEpochs(
    request: { attesterSet: Address; block: FinalBlock; known: readonly AttesterEpoch[] },
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]>;
  /**
   * Reads how often halts of an edge were cleared at its verifier, and whether one stands, at a final block.
   * @throws as `readEpochs`.
   */
  readHalt(
    request: { attesterSet: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<{ readonly nonce: bigint; readonly isHalted: boolean }>;
  /** Reads where the replica of an edge, given by its first name, stands at a final block. @throws as `readEpochs`. */
  readReplica(
    request: { replica: Address; edge: Bytes32; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<RewindableReplica>;
}
