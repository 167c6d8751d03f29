import type { TimedBlockView } from '@surety/api';
import { AppError, tokenUnits } from '@surety/domain';
import { type LineMargin, lineMarginOf } from '@surety/margin';
import type { AssetFact, AssetTerms, FinalBlock, JudgedBlock, LedgerFollower, MarginSnapshot } from '@surety/workflows';
import { Problem } from '../problem.js';

/** An asset as it is folded, with its terms at the snapshot's block. */
export interface FoldedAsset {
  readonly asset: AssetFact;
  readonly terms: AssetTerms;
}

/** Returns the terms and prices of the last folded block. @throws Problem 503 NOT_FOLDED. */
export function requireSnapshot({ snapshot }: LedgerFollower): MarginSnapshot {
  if (snapshot !== undefined) return snapshot;
  const detail = 'no final block of the ledger is folded yet; try again, see /health/ready';
  throw new Problem({ status: 503, code: 'NOT_FOLDED', detail });
}

/** Returns the listed assets that the snapshot has terms of, ascending. */
export function foldedAssets({ books }: Pick<LedgerFollower, 'books'>, { terms }: MarginSnapshot): FoldedAsset[] {
  return [...books.assets.values()]
    .sort((left, right) => left.assetId - right.assetId)
    .flatMap((asset) => {
      const own = terms.get(asset.assetId);
      return own === undefined ? [] : [{ asset, terms: own }];
    });
}

/** Returns the margin of a line of one whole token at a block. */
export function marginOfWhole(
  { asset, terms }: FoldedAsset,
  { timestamp }: Pick<JudgedBlock, 'timestamp'>,
): LineMargin {
  const whole = { amount: tokenUnits(10n ** BigInt(asset.decimals)), unseasoned: tokenUnits(0n), seasonEnd: 0n };
  return lineMarginOf({ ...whole, asset: terms.asset, source: terms.source, prices: terms.prices }, timestamp);
}

/** Returns a block as answers name it. */
export function viewBlock({ chainId, height, hash, timestamp }: TimedBlockView): TimedBlockView {
  return { chainId, height, hash, timestamp };
}

/** Returns the seconds from a time to the block; 0 of a time ahead of it. */
export function ageAt({ timestamp }: FinalBlock, since: bigint): number {
  return timestamp > since ? Number(timestamp - since) : 0;
}

/** Asks the ledger. @throws Problem 503 LEDGER_UNREAD while no quorum of providers answers. */
export async function askLedger<Answer>(ask: Promise<Answer>): Promise<Answer> {
  try {
    return await ask;
  } catch (cause) {
    if (!(cause instanceof AppError) || !cause.retryable) throw cause;
    const detail = 'the ledger could not be read by a quorum of providers; try again, see /health/ready';
    throw new Problem({ status: 503, code: 'LEDGER_UNREAD', detail, cause });
  }
}
