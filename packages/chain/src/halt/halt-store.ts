import type { BlockHash, BlockHeight } from '@surety/domain';

/** Why a chain was halted, and on what evidence. */
export interface HaltEvidence {
  readonly reason: string;
  readonly sinceMs: number;
  /** The contradicted height; null if the record itself could not be read. */
  readonly height: BlockHeight | null;
  /** The hash accepted as final, and the one that a quorum agreed on later. */
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

/** A halt that a person has cleared, with what was forgotten then. */
export interface ClearedHalt {
  readonly halt: HaltEvidence;
  readonly clearedAtMs: number;
  /** What the operator says was checked. */
  readonly reason: string;
  readonly forgotten: readonly AcceptedFinal[];
}

/** Archives cleared halts permanently. An append is durable before it resolves. */
export interface HaltArchive {
  /** @throws HALT_STORE_UNAVAILABLE. */
  append(cleared: ClearedHalt): Promise<void>;
  /** Gives them in the order in which they were cleared, without what was forgotten. @throws HALT_STORE_UNAVAILABLE. */
  load(): Promise<readonly Omit<ClearedHalt, 'forgotten'>[]>;
}

/** Keeps one chain's record. A save is durable (written and synced) before it resolves. */
export interface HaltStore {
  /** Gives the record, or an empty one if none was ever written. A record that cannot be read is a halted one. Never rejects. */
  load(): Promise<ChainRecord>;
  /** Replaces the record as a whole. @throws HALT_STORE_UNAVAILABLE; then the record before is still there. */
  save(record: ChainRecord): Promise<void>;
}
