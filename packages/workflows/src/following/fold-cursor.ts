import { type BlockHash, blockHash } from '@surety/domain';

/** The folded position of one chain. */
export interface FoldCursor {
  readonly chainId: number;
  /** Last final block whose facts are folded. */
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Seconds. */
  readonly timestamp: bigint;
  /** Block of the last fact that changed a row: the block named by the state hash. */
  readonly changed: { readonly height: bigint; readonly hash: BlockHash };
}

/** The zero hash, for a cursor before any change. */
export const NO_BLOCK = blockHash(`0x${'0'.repeat(64)}`);
