import { AppError } from '@surety/domain';

/** Codes of the fold: how the given facts are inconsistent. */
export type FoldErrorCode = 'FACT_GAP' | 'ENTRIES_MISSING' | 'UNKNOWN_EDGE';

/** Builds an error of the fold; only missing entries are retryable. */
export function foldError(code: FoldErrorCode, message: string): AppError<FoldErrorCode> {
  return new AppError({ code, message, retryable: code === 'ENTRIES_MISSING' });
}

/** Codes of following a chain. */
export type FollowErrorCode = 'FOLD_MISMATCH' | 'RELEASES_MISSING';

/** Builds an error of following: the facts read are inconsistent or missing, so they are read again, from the next provider. */
export function followError(code: FollowErrorCode, message: string): AppError<FollowErrorCode> {
  return new AppError({ code, message, retryable: true });
}
