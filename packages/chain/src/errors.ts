import { AppError, type ErrorContext } from '@surety/domain';
import type { RpcErrorCode } from '@surety/rpc';

/** Error codes of reading a chain. */
export type ChainErrorCode =
  | RpcErrorCode
  | 'CODE_CHANGED'
  | 'HALTED'
  | 'HALT_STORE_UNAVAILABLE'
  | 'HEAD_ASTRAY'
  | 'JOURNAL_UNKNOWN'
  | 'LOG_LIMIT'
  | 'MARKET_MISSING'
  | 'NOTHING_TO_REPORT'
  | 'NOT_FINAL'
  | 'NO_ATTESTER_SET'
  | 'NO_REPORTS'
  | 'POSITION_REGRESSED'
  | 'REPORT_DIFFERS';

/** An error of this package. */
export type ChainError = AppError<ChainErrorCode>;

/** Codes that no retry can fix: a person must act, or the caller must change the request. */
const FINAL_CODES: ReadonlySet<ChainErrorCode> = new Set([
  'ABORTED',
  'BAD_OPTIONS',
  'CODE_CHANGED',
  'HALTED',
  'JOURNAL_UNKNOWN',
  'LOG_LIMIT',
  'MARKET_MISSING',
  'NOTHING_TO_REPORT',
  'NO_REPORTS',
  'POSITION_REGRESSED',
]);

/** Builds an error of this package; its code decides whether it is retryable. */
export function chainError(
  code: ChainErrorCode,
  message: string,
  options: { context?: ErrorContext; cause?: unknown } = {},
): ChainError {
  return new AppError({
    code,
    message,
    retryable: !FINAL_CODES.has(code),
    ...(options.context === undefined ? {} : { context: options.context }),
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** True for an error of this package, or of the domain with a code of this package. */
export function isChainError(error: unknown): error is ChainError {
  return error instanceof AppError;
}
