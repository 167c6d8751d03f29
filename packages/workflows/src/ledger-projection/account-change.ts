import type { AccountChangeKind, BlockHash, Bytes32, TxHash } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { ParkReason } from './ledger-fact.js';

/** Place of a change on the ledger's chain. */
export interface ChangePlace {
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Transaction, by one provider's word; null for a correction. */
  readonly txHash: TxHash | null;
}

/**
 * One change of one account in a final block. Rows are only ever added: what a rewind takes back is a change of its own. The deltas
 * of a line add up to its amount.
 */
export interface AccountChange extends ChangePlace {
  readonly account: Bytes32;
  /** Block height × 2^32 + number of the change in its block, from 0. */
  readonly position: bigint;
  readonly kind: AccountChangeKind;
  /** The ledger's index of the asset; null where none is concerned or it is not listed. */
  readonly assetId: number | null;
  /** Units by which the line changed. */
  readonly delta: bigint;
  /** Units of the line afterwards; null where no line is concerned. */
  readonly amount: bigint | null;
  /** Units of a parked credit. */
  readonly units: bigint | null;
  readonly source: number | null;
  /** Number of the vault's entry, of the release, or of the last entry whose fees were credited. */
  readonly index: bigint | null;
  /** The other account, the protocol or the recipient, left-padded. */
  readonly party: Bytes32 | null;
  /** Reason for parking. */
  readonly reason: ParkReason | null;
}

/** Bits of a position below the block height. */
const ORDINAL_BITS = 32n;
/** First number of a correction, past all changes that a block's logs tell. */
const CORRECTIONS_FROM = 2n ** 31n;

/** Returns a position from a block and a number in it. */
export function positionAt(height: bigint, ordinal: bigint): bigint {
  return (height << ORDINAL_BITS) | ordinal;
}

/** Returns the change that a comparison with a quorum of providers makes to a line, by its number among those of the block. */
export function correctionOf(
  { account, assetId, amount }: { readonly account: Bytes32; readonly assetId: number; readonly amount: bigint },
  delta: bigint,
  { block, ordinal }: { readonly block: FinalBlock; readonly ordinal: number },
): AccountChange {
  const { height, hash } = block;
  const nothing = { units: null, source: null, index: null, party: null, reason: null, txHash: null };
  const position = positionAt(height, CORRECTIONS_FROM + BigInt(ordinal));
  return { ...nothing, account, assetId, amount, delta, kind: 'corrected', position, height, hash };
}
