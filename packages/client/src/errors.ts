import { AppError, type ErrorContext } from '@surety/domain';

/** Error codes of requests to an aggregator. */
export type ClientErrorCode =
  | 'AGGREGATOR_UNREACHABLE'
  | 'AGGREGATOR_TIMEOUT'
  | 'AGGREGATOR_FAILED'
  | 'AGGREGATOR_REFUSED'
  | 'ANSWER_TOO_LARGE'
  | 'BAD_ANSWER'
  | 'BAD_URL'
  /** The caller stopped waiting. */
  | 'ABORTED'
  | 'FORGED_STATEMENT'
  | 'FORGED_ENTRIES';

/** Fields of a client error. */
export interface ClientErrorOptions {
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** Builds a client error. */
export function clientError(options: ClientErrorOptions): AppError<ClientErrorCode> {
  return new AppError(options);
}
