import { AppError, type ErrorContext } from '@surety/domain';

/** What can go wrong while providers are asked. */
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

/** Codes that no other provider and no later try heals. */
const FINAL_CODES: ReadonlySet<RpcErrorCode> = new Set(['ABORTED', 'BAD_OPTIONS']);

/** Codes of answers that are well formed and false: the provider lied, it did not merely fail. */
const LIE_CODES: ReadonlySet<string> = new Set<RpcErrorCode>([
  'BAD_HEADER',
  'BAD_LOGS',
  'BAD_PROOF',
  'BAD_RLP',
  'WRONG_BLOCK',
  'WRONG_CHAIN',
]);

/** Builds an error of this package; whether it is retryable follows from its code. */
export function rpcError(
  code: RpcErrorCode,
  message: string,
  options: { context?: ErrorContext; cause?: unknown } = {},
): AppError<RpcErrorCode> {
  return new AppError({ code, message, retryable: !FINAL_CODES.has(code), ...options });
}

/** Says whether an error shows a lie, not a failure. */
export function isLie(error: unknown): boolean {
  return error instanceof AppError && LIE_CODES.has(error.code);
}

/** Gives an error's code and message in one line, without raw remote text; for reasons that people read. */
export function describeError(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : 'unexpected failure';
}
