import { AppError } from '@surety/domain';
import { awaitedIn } from './bounded-client.js';

/** Error codes of the store. */
export type StoreErrorCode =
  | 'BAD_DATABASE_URL'
  | 'DATABASE_CORRUPT'
  | 'DATABASE_IN_USE'
  | 'DATABASE_OF_OTHER_DEPLOYMENT'
  | 'DATABASE_OF_OTHER_VERSION'
  | 'DATABASE_UNAVAILABLE'
  | 'FOLDER_IN_USE'
  | 'FOLDER_UNAVAILABLE';

/** Builds a store error; only an unavailable database is retryable. */
export function storeError(code: StoreErrorCode, message: string, cause?: unknown): AppError<StoreErrorCode> {
  return new AppError({ code, message, retryable: code === 'DATABASE_UNAVAILABLE', cause });
}

/** Builds the error of a database that cannot be opened, without its URL, which may hold a password. */
export function databaseUnavailable(cause: unknown, host?: string): AppError<StoreErrorCode> {
  const reason = cause instanceof Error ? cause.message : 'unknown error';
  const at = host === undefined ? '' : ` at ${host}`;
  const awaited = awaitedIn(cause);
  const expected = awaited === undefined ? '' : `; expected ${awaited}`;
  const next = awaited === undefined ? ' and that it runs' : ', that it runs, and that no firewall is in between';
  return storeError(
    'DATABASE_UNAVAILABLE',
    `the database${at} cannot be opened (${reason})${expected}; check SURETY_DATABASE_URL${next}`,
    cause,
  );
}

/** Builds the error of a damaged SQLite file, which no further try mends; undefined for every other failure. */
export function databaseCorrupt(cause: unknown, file: string): AppError<StoreErrorCode> | undefined {
  const isDamage = cause instanceof Error && 'code' in cause && /^SQLITE_(CORRUPT|NOTADB)/.test(String(cause.code));
  if (!isDamage) return undefined;
  return storeError(
    'DATABASE_CORRUPT',
    `the database is damaged (${cause.message}); expected a whole SQLite file: move ${file} aside with its -wal and -shm and start again, then it is filled from the chains (runbook 14)`,
    cause,
  );
}
