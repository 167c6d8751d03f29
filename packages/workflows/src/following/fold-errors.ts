import { AppError } from '@surety/domain';

/** Codes of the fold: what the facts given cannot be. */
export type FoldErrorCode = 'FACT_GAP' | 'ENTRIES_MISSING' | 'UNKNOWN_EDGE';

/** Builds an error of the fold; only entries that are not held yet are worth another try. */
export function foldError(code: FoldErrorCode, message: string): AppError<FoldErrorCode> {
  return new AppError({ code, message, retryable: code === 'ENTRIES_MISSING' });
}

/** Codes of following a chain. */
export type FollowErrorCode = 'FOLD_MISMATCH';

/** Builds an error of following: what was read does not add up, so another provider is asked next. */
export function followError(code: FollowErrorCode, message: string): AppError<FollowErrorCode> {
  return new AppError({ code, message, retryable: true });
}
