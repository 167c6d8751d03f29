import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of errors that keep a keeper from starting. */
export type KeeperErrorCode =
  /** The ledger's code is not the one listed in chains.config.json, by what the preferred provider says; another one is asked next. */
  'CODE_CHANGED';

/** Builds an error; another provider is asked before a person must look. */
export function keeperError(
  code: KeeperErrorCode,
  message: string,
  context: ErrorContext = {},
): AppError<KeeperErrorCode> {
  return new AppError({ code, message, context, retryable: true });
}
