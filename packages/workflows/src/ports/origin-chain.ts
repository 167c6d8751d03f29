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
  /** The edge's first name, under which the journal and everything derived from it are stored. */
  readonly edgeId: Bytes32;
  /** Determines from which logs the entries are rebuilt. */
  readonly direction: EdgeDirection;
  readonly contract: Address;
  /** keccak256 of the contract's runtime code, as listed in chains.config.json. */
  readonly codeHash: Bytes32;
  /** The block of the contract's deployment, below which no logs are read. */
  readonly fromBlock: BlockHeight;
}

/**
 * An entry's location on its origin chain. The block is verified; transaction and log index are one provider's word and
 * never signed.
 */
export interface EntryLocation {
  /** Index in the journal, from 1. */
  readonly index: bigint;
  readonly blockHeight: BlockHeight;
  readonly blockHash: BlockHash;
  readonly txHash: TxHash;
  readonly logIndex: number;
}

/** Entries in order with their locations; `packed` holds 95 bytes for each. */
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
 * A position between a verified one and a proven one, through which some provider's entries lead to the proven head; no
 * others can. Only `OriginChain` creates one.
 */
export interface Waypoint {
  readonly [waypoint]: true;
  /** Entries up to the position are at or below this height, later ones above it. */
  readonly height: BlockHeight;
  readonly position: JournalPosition;
}

/** A range of one journal, from a verified position to a final block. */
export interface FrameRequest {
  readonly journal: JournalSpec;
  readonly block: FinalBlock;
  /** Verified earlier, at `afterBlock`. */
  readonly after: JournalPosition;
  readonly afterBlock: BlockHeight;
}

/** The condition of a chain's reader; anything but `live` and `syncing` forbids signing. */
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

/** Reads one chain without trusting a single provider (PROTOCOL section 4, points 1 to 4). Implemented by `@surety/chain`. */
export interface OriginChain {
  readonly chainId: ChainId;
  /** The chain's current condition, with the reason if it cannot be trusted. */
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
   * @throws NO_QUORUM, HALTED, UNPROVEN (no provider can prove the block), UNAVAILABLE (too many did not respond, so it
   * may be proven later), INCOMPLETE (no provider's logs fold), CODE_CHANGED, JOURNAL_UNKNOWN (the contract never
   * opened this edge), POSITION_REGRESSED (the proven position lies before `after`), CALL_LIMIT (the bound on calls per
   * frame and provider was met).
   */
  readFrame(request: FrameRequest, signal?: AbortSignal): Promise<VerifiedFrame>;
  /**
   * Splits a range that is too long for one frame: proves the journal at the block, folds everything in between without
   * storing it, and returns the positions at which portions end, ascending, at multiples of `stride`; none if one
   * portion suffices. The limits on calls and logs apply to each portion.
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
  /**
   * Reads the entries at the newest block of one provider. Nothing is verified and nothing may be signed; for the
   * `seen` stage only.
   */
  readSeen(
    request: { journal: JournalSpec; after: JournalPosition; afterBlock: BlockHeight },
    signal?: AbortSignal,
  ): Promise<LocatedEntries>;
  /** Resolves at a newer head or after a time limit. Never rejects. */
  waitForHead(signal?: AbortSignal): Promise<void>;
}

/** One log as a provider returned it, unverified. */
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
  /** One word for each requested slot, in that order; 0 for a slot that was never written. */
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
  /** Has the quorum confirm the hash of every block with a log; rejects above the reader's limit on blocks. */
  readonly checkBlocks?: boolean;
  /**
   * Checks one provider's logs: a returned reason refuses them, and the provider counts as lying. For callers that can
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
   * Reads logs from one provider in limited ranges, ascending, without duplicates; asks the next provider only if one
   * fails or is refused.
   * @throws NO_QUORUM, HALTED, INCOMPLETE (no provider's logs were accepted), LOG_LIMIT, CALL_LIMIT.
   */
  readLogs(request: LogRequest, signal?: AbortSignal): Promise<readonly ChainLog[]>;
}
