import { AppError } from '@surety/domain';

/** Codes of the aggregator's own failures. */
export type AggregatorErrorCode =
  /** The native secp256k1 binding is missing; its JavaScript fallback recovers 31 times fewer signatures a second. */
  'NATIVE_MISSING' | 'NO_QUORUM' | 'BAD_WORD';

/** Builds an error of the aggregator; a lost quorum is worth another try. */
export function aggregatorError(
  code: AggregatorErrorCode,
  message: string,
  cause?: unknown,
): AppError<AggregatorErrorCode> {
  return new AppError({ code, message, retryable: code === 'NO_QUORUM', cause });
}
