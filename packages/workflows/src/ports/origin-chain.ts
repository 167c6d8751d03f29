import type {
  Address,
  BlockHash,
  BlockHeight,
  Bytes32,
  ChainId,
  Edge,
  EdgeDirection,
  Hex,
  JournalPosition,
  TxHash,
} from '@surety/domain';

declare const final: unique symbol;

/** A block that the provider quorum agrees on, whose header re-hashes to its hash and which is final under the chain's rule. Only `OriginChain` makes one. */
export interface FinalBlock {
  readonly [final]: true;
  readonly chainId: ChainId;
  readonly height: BlockHeight;
  readonly hash: BlockHash;
  readonly parentHash: BlockHash;
  readonly stateRoot: Bytes32;
  /** Seconds. */
  readonly timestamp: bigint;
}

/** A journal to read: which edge, in which contract with which code. */
export interface JournalSpec {
  readonly edge: Edge;
  /** The edge's first name: the journal lies under it, and so does everything that is kept of it. */
  readonly edgeId: Bytes32;
  /** Says which logs the entries are rebuilt from. */
  readonly direction: EdgeDirection;
  readonly contract: Address;
  /** keccak256 of the contract's runtime code, as listed in chains.config.json. */
  readonly codeHash: Bytes32;
  /** The block that holds the contract's deployment; logs are never asked below it. */
  readonly fromBlock: BlockHeight;
}

/**
 * An entry's location on its origin chain. The block is checked; the rest is a provider's word and never part of what is signed.
 */
export interface EntryLocation {
  /** n-th entry of the journal, from 1. */
  readonly index: bigint;
  readonly blockHeight: BlockHeight;
  readonly blockHash: BlockHash;
  readonly txHash: TxHash;
  readonly logIndex: number;
}

/** Entries in order with their places; `packed` holds 95 bytes for each. */
export interface LocatedEntries {
  readonly packed: Uint8Array;
  readonly locations: readonly EntryLocation[];
}

/** A frame's proof of one journal: position by storage proof, and the entries since `after` that fold to it. */
export interface VerifiedFrame {
  readonly journal: JournalSpec;
  readonly block: FinalBlock;
  /** (count, head) under the block's state root. */
  readonly position: JournalPosition;
  readonly after: JournalPosition;
  readonly entries: LocatedEntries;
}

declare const waypoint: unique symbol;

/**
 * A position between a verified one and a proven one: the entries of some provider lead over it to the proven head, and no
 * others can. Only `OriginChain` makes one.
 */
export interface Waypoint {
  readonly [waypoint]: true;
  /** Every entry up to the position lies at or below it, every later one above. */
  readonly height: BlockHeight;
  readonly position: JournalPosition;
}

/** A way along one journal, from a position verified before to a final block. */
export interface FrameRequest {
  readonly journal: JournalSpec;
  readonly block: FinalBlock;
  /** Verified before, at `afterBlock`. */
  readonly after: JournalPosition;
  readonly afterBlock: BlockHeight;
}

/** The state a chain's reader is in; anything but `live` and `syncing` forbids signing. */
export type ChainCondition =
  | { readonly kind: 'live' }
  | { readonly kind: 'syncing' }
  | { readonly kind: 'no-quorum'; readonly reason: string; readonly sinceMs: number }
  | {
      readonly kind: 'halted';
      readonly reason: string;
      readonly sinceMs: number;
      /** Final block that a quorum contradicted; absent if only this process's own record cannot be read. */
      readonly height?: bigint;
    };

/** One chain, read without being fooled (PROTOCOL section 4, points 1 to 4). Implemented by `@surety/chain`. */
export interface OriginChain {
  readonly chainId: ChainId;
  /** The chain's condition now, with the reason when it cannot be trusted. */
  condition(): ChainCondition;
  /**
   * Reads the highest block that is final under the chain's rule and agreed by the quorum.
   * @throws NO_QUORUM (retryable), HALTED (a person must clear it).
   */
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  /** Reads one final block by height. @throws NO_QUORUM, HALTED, NOT_FINAL (retryable). */
  readFinalBlock(height: BlockHeight, signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Verifies one journal at one final block: code hash, account and storage proof, and entries rebuilt from logs that
   * fold from `after` (a position already verified, at `afterBlock`) to the proven head.
   * @throws NO_QUORUM, HALTED, UNPROVEN (no provider can prove the block), UNAVAILABLE (too many gave no answer, so it may
   *   be proved later), INCOMPLETE (no provider's logs fold), CODE_CHANGED,
   *   JOURNAL_UNKNOWN (the contract never opened this edge), POSITION_REGRESSED (the proven position lies before `after`),
   *   CALL_LIMIT (the bound on calls per frame and provider was met).
   */
  readFrame(request: FrameRequest, signal?: AbortSignal): Promise<VerifiedFrame>;
  /**
   * Splits a way that is too long for one frame: proves the journal at the block, folds everything in between without
   * keeping it, and returns the positions where portions end, ascending, at multiples of `stride`; none if one portion will
   * do. The bounds on calls and logs hold for each portion.
   * @throws as `readFrame`.
   */
  readWaypoints(request: FrameRequest & { stride: bigint }, signal?: AbortSignal): Promise<readonly Waypoint[]>;
  /**
   * Rebuilds the entries from a verified position to a waypoint.
   * @throws NO_QUORUM, HALTED, INCOMPLETE, LOG_LIMIT, CALL_LIMIT.
   */
  readPortion(
    request: { journal: JournalSpec; after: JournalPosition; afterBlock: BlockHeight; to: Waypoint },
    signal?: AbortSignal,
  ): Promise<LocatedEntries>;
  /** Entries at the newest block of one provider: nothing is verified, nothing may be signed; for the `seen` stage only. */
  readSeen(
    request: { journal: JournalSpec; after: JournalPosition; afterBlock: BlockHeight },
    signal?: AbortSignal,
  ): Promise<LocatedEntries>;
  /** Resolves when a newer head appears, or after a bounded time. Never rejects. */
  waitForHead(signal?: AbortSignal): Promise<void>;
}

/** One log as a provider gave it; the reader that folds or proves it decides what it is worth. */
export interface ChainLog {
  readonly address: Address;
  readonly topics: readonly Bytes32[];
  readonly data: Hex;
  readonly blockHeight: BlockHeight;
  readonly blockHash: BlockHash;
  readonly txHash: TxHash;
  readonly logIndex: number;
}

/** Storage words of one contract, proven under a final block's state root. */
export interface ProvenSlots {
  readonly codeHash: Bytes32;
  /** One word for each slot asked for, in that order; a slot that was never written is 0. */
  readonly values: readonly Bytes32[];
}

/** The code of one contract, as its hash under a final block's state root commits to it. */
export interface ProvenCode {
  readonly code: Uint8Array;
  readonly codeHash: Bytes32;
}

/** A log filter. */
export interface LogRequest {
  readonly address: Address;
  /** By position; null matches anything. */
  readonly topics: readonly (Bytes32 | readonly Bytes32[] | null)[];
  /** Both ends included. */
  readonly fromBlock: BlockHeight;
  readonly toBlock: BlockHeight;
  /** Asks the quorum for the hash of every block that holds a log; above the reader's bound of blocks it refuses. */
  readonly checkBlocks?: boolean;
  /**
   * Judges one provider's logs: a reason refuses them, and the provider counts as lying. Given by a reader that can
   * prove what the logs must add up to.
   */
  readonly refuse?: (logs: readonly ChainLog[]) => string | undefined;
}

/** Verified reads of any contract of one chain. Implemented by `@surety/chain` beside {@link OriginChain}. */
export interface ContractReader {
  /**
   * Reads storage words by proof at a final block.
   * @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE, CODE_CHANGED (only if `codeHash` is given).
   */
  readSlots(
    request: { contract: Address; slots: readonly Bytes32[]; block: FinalBlock; codeHash?: Bytes32 },
    signal?: AbortSignal,
  ): Promise<ProvenSlots>;
  /**
   * Reads a contract's code from one provider and compares it with the hash proven at a final block.
   * @throws NO_QUORUM, HALTED, UNPROVEN, UNAVAILABLE, CODE_CHANGED (there is no contract).
   */
  readCode(request: { contract: Address; block: FinalBlock }, signal?: AbortSignal): Promise<ProvenCode>;
  /**
   * Reads logs from one provider in bounded ranges, ascending, each once; from another only if one fails or is refused.
   * @throws NO_QUORUM, HALTED, INCOMPLETE (no provider's logs were taken), LOG_LIMIT, CALL_LIMIT.
   */
  readLogs(request: LogRequest, signal?: AbortSignal): Promise<readonly ChainLog[]>;
}
