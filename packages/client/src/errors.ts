import { AppError, type ErrorContext } from '@surety/domain';

/** What can go wrong between this client and an aggregator. */
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

/** The parts of a client error. */
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
