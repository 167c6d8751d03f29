import { AppError, type ErrorContext } from '@surety/domain';

/** Error codes of this package. */
export type RpcErrorCode =
  | 'ABORTED'
  | 'BAD_HEADER'
  | 'BAD_LOGS'
  | 'BAD_OPTIONS'
  | 'BAD_PROOF'
  | 'BAD_RESPONSE'
  | 'BAD_RLP'
  | 'CALL_LIMIT'
  | 'HTTP_STATUS'
  | 'INCOMPLETE'
  | 'NO_QUORUM'
  | 'PROVIDER_BUSY'
  | 'PROVIDER_REFUSED'
  | 'RANGE_REFUSED'
  | 'RESPONSE_TOO_LARGE'
  | 'RPC_ERROR'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'UNKNOWN_BLOCK'
  | 'UNPROVEN'
  | 'UNREACHABLE'
  | 'WRONG_BLOCK'
  | 'WRONG_CHAIN';

/** Codes that neither another provider nor a later retry can fix. */
const FINAL_CODES: ReadonlySet<RpcErrorCode> = new Set(['ABORTED', 'BAD_OPTIONS']);

/** Codes of well-formed but false responses: the provider lied, it did not merely fail. */
const LIE_CODES: ReadonlySet<string> = new Set<RpcErrorCode>([
  'BAD_HEADER',
  'BAD_LOGS',
  'BAD_PROOF',
  'BAD_RLP',
  'WRONG_BLOCK',
  'WRONG_CHAIN',
]);

/** Builds an error of this package; its code decides whether it is retryable. */
export function rpcError(
  code: RpcErrorCode,
  message: string,
  options: { context?: ErrorContext; cause?: unknown } = {},
): AppError<RpcErrorCode> {
  return new AppError({ code, message, retryable: !FINAL_CODES.has(code), ...options });
}

/** True if an error proves a lie rather than a failure. */
export function isLie(error: unknown): boolean {
  return error instanceof AppError && LIE_CODES.has(error.code);
}

/** Returns an error's code and message in one line, without raw remote text; for reasons that people read. */
export function describeError(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : 'unexpected failure';
}
