import { AppError } from '@surety/domain';

/** Error codes of the store. */
export type StoreErrorCode =
  | 'BAD_DATABASE_URL'
  | 'DATABASE_IN_USE'
  | 'DATABASE_OF_OTHER_VERSION'
  | 'DATABASE_UNAVAILABLE'
  | 'FOLDER_IN_USE'
  | 'FOLDER_UNAVAILABLE';

/** Builds a store error; only an unavailable database is retryable. */
export function storeError(code: StoreErrorCode, message: string, cause?: unknown): AppError<StoreErrorCode> {
  return new AppError({ code, message, retryable: code === 'DATABASE_UNAVAILABLE', cause });
}

/** Builds the error of a database that cannot be opened, without its URL. */
export function databaseUnavailable(cause: unknown): AppError<StoreErrorCode> {
  const reason = cause instanceof Error ? cause.message : 'unknown error';
  return storeError(
    'DATABASE_UNAVAILABLE',
    `the database cannot be opened (${reason}); check SURETY_DATABASE_URL and that it runs`,
    cause,
  );
}
