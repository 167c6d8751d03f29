import type { BlockHash, BlockHeight } from '@surety/domain';

/** Halt of a chain: its reason and the evidence. */
export interface HaltEvidence {
  readonly reason: string;
  readonly sinceMs: number;
  /** The contradicted height; null if the record itself could not be read. */
  readonly height: BlockHeight | null;
  /** The hash accepted as final, as opposed to `contradicting`, on which a quorum agreed later. */
  readonly accepted: BlockHash | null;
  readonly contradicting: BlockHash | null;
}

/** A block that was accepted as final. */
export interface AcceptedFinal {
  readonly height: BlockHeight;
  readonly hash: BlockHash;
}

/** The state of one chain that survives restarts. */
export interface ChainRecord {
  readonly halt: HaltEvidence | null;
  /** Bounded, in the order of acceptance. */
  readonly finals: readonly AcceptedFinal[];
}

/** A halt that a person has cleared, with the blocks forgotten at that time. */
export interface ClearedHalt {
  readonly halt: HaltEvidence;
  readonly clearedAtMs: number;
  /** The checks that the operator confirms. */
  readonly reason: string;
  readonly forgotten: readonly AcceptedFinal[];
}

/** Archives cleared halts permanently. An append is durable before it resolves. */
export interface HaltArchive {
  /** @throws HALT_STORE_UNAVAILABLE. */
  append(cleared: ClearedHalt): Promise<void>;
  /** Returns the cleared halts in order, without their forgotten blocks. @throws HALT_STORE_UNAVAILABLE. */
  load(): Promise<readonly Omit<ClearedHalt, 'forgotten'>[]>;
}

/** Keeps one chain's record. A save is durable (written and synced) before it resolves. */
export interface HaltStore {
  /** Returns the record, empty if none was ever written. An unreadable record is returned as halted. Never rejects. */
  load(): Promise<ChainRecord>;
  /** Replaces the whole record. @throws HALT_STORE_UNAVAILABLE; the previous record is then unchanged. */
  save(record: ChainRecord): Promise<void>;
}
