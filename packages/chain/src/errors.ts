import { AppError, type ErrorContext } from '@surety/domain';

/** What can go wrong while a chain is read. */
export type ChainErrorCode =
  | 'ABORTED'
  | 'BAD_HEADER'
  | 'BAD_LOGS'
  | 'BAD_OPTIONS'
  | 'BAD_PROOF'
  | 'BAD_RESPONSE'
  | 'BAD_RLP'
  | 'CALL_LIMIT'
  | 'CODE_CHANGED'
  | 'HALTED'
  | 'HALT_STORE_UNAVAILABLE'
  | 'HEAD_ASTRAY'
  | 'HTTP_STATUS'
  | 'INCOMPLETE'
  | 'JOURNAL_UNKNOWN'
  | 'LOG_LIMIT'
  | 'MARKET_MISSING'
  | 'NOTHING_TO_REPORT'
  | 'NOT_FINAL'
  | 'NO_ATTESTER_SET'
  | 'NO_QUORUM'
  | 'NO_REPORTS'
  | 'POSITION_REGRESSED'
  | 'PROVIDER_BUSY'
  | 'PROVIDER_REFUSED'
  | 'RANGE_REFUSED'
  | 'REPORT_DIFFERS'
  | 'RESPONSE_TOO_LARGE'
  | 'RPC_ERROR'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'UNKNOWN_BLOCK'
  | 'UNPROVEN'
  | 'UNREACHABLE'
  | 'WRONG_BLOCK'
  | 'WRONG_CHAIN';

/** An error of this package. */
export type ChainError = AppError<ChainErrorCode>;

/** Codes after which nothing but a person's act, or another caller's request, helps. */
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

/** Codes of answers that are well formed and false: the provider lied, it did not merely fail. */
const LIE_CODES: ReadonlySet<ChainErrorCode> = new Set([
  'BAD_HEADER',
  'BAD_LOGS',
  'BAD_PROOF',
  'BAD_RLP',
  'WRONG_BLOCK',
  'WRONG_CHAIN',
]);

/** Builds an error of this package; whether it is retryable follows from its code. */
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

/** Says whether an error is one of this package, or of the domain with a code of its own. */
export function isChainError(error: unknown): error is ChainError {
  return error instanceof AppError;
}

/** Says whether an error shows a lie, not a failure. */
export function isLie(error: unknown): boolean {
  return isChainError(error) && LIE_CODES.has(error.code);
}

/** Gives an error's code and message in one line, without raw remote text; for reasons that people read. */
export function describeError(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : 'unexpected failure';
}
