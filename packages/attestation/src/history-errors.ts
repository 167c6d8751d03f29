import { readFileSync } from 'node:fs';
import type { AppError } from '@surety/domain';
import { ForeignFileError, NewerFileError } from '@surety/sqlite';
import { type AttestErrorCode, attestError } from '@surety/workflows';
import Database from 'better-sqlite3';

/**
 * Runs an operation on a history file and maps its failure to a code.
 * @throws HISTORY_UNAVAILABLE, HISTORY_IN_USE, HISTORY_CORRUPT, STATE_NEWER.
 */
export function attemptOnHistory<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof NewerFileError)
      throw attestError('STATE_NEWER', `the signing history ${file}: ${error.message}`, {}, error);
    if (error instanceof ForeignFileError) throw corruptHistory(file, error.message);
    if (error instanceof Database.SqliteError) {
      if (/^SQLITE_(BUSY|LOCKED)/.test(error.code)) throw inUse(file, error);
      const damaged = /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
      throw damaged ? corruptHistory(file, error.code, error) : unavailableHistory(file, error.code, error);
    }
    if (error instanceof Error && 'syscall' in error)
      throw unavailableHistory(file, String((error as NodeJS.ErrnoException).code), error);
    throw error;
  }
}

/** Builds the error of a file that existed, as its marker shows, and is now missing or empty. */
export function missingHistory({ file, marker, seen }: { file: string; marker: string; seen: string }): Error {
  return attestError(
    'HISTORY_MISSING',
    `${file} ${seen}, but ${marker} says that ${readFileSync(marker, 'utf8').trim()} has signed with it; expected its rows. ` +
      'Never start this key on an empty history: rebuild this store if the other one is whole, else retire the key and rotate to a new one',
  );
}

/** Builds the error of a file that cannot be read or written at the moment. */
export function unavailableHistory(file: string, seen: string, cause?: unknown): AppError<AttestErrorCode> {
  return attestError(
    'HISTORY_UNAVAILABLE',
    `${file}: ${seen}; nothing is signed until rows can be stored and synced there`,
    {},
    cause,
  );
}

/** Builds the error of a file with untrustworthy content. */
export function corruptHistory(file: string, seen: string, cause?: unknown): AppError<AttestErrorCode> {
  return attestError(
    'HISTORY_CORRUPT',
    `${file} is no usable signing history: ${seen}. Do not delete it: this key must not sign without it`,
    {},
    cause,
  );
}

function inUse(file: string, cause: unknown): Error {
  return attestError(
    'HISTORY_IN_USE',
    `${file} is held by another process; expected this one alone. Stop the other copy: one key signs in one process`,
    {},
    cause,
  );
}
