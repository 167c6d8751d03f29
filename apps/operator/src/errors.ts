import { AppError } from '@surety/domain';

/** Codes of the command line itself. */
export type OperatorErrorCode =
  | 'BAD_USE'
  | 'NOT_JSON'
  | 'DECLINED'
  | 'UNKNOWN_ASSET'
  | 'LOCK_REFUSED'
  | 'RELEASE_REFUSED'
  | 'RELAY_REFUSED'
  | 'CLAIM_REFUSED'
  | 'REROUTE_REFUSED'
  | 'APPOINT_REFUSED'
  | 'ACT_REFUSED'
  | 'MIGRATION_REFUSED'
  | 'NO_PROVIDER'
  | 'HALT_STANDS'
  | 'HALT_HELD'
  | 'LINT_FAILED'
  | 'CONFIG_DRIFT'
  | 'REPORT_WRONG'
  | 'UNHEALTHY';

/** Exit codes of every command: 0 done, 1 needs a person, 2 wrong use, 75 try again. */
export const EXIT = { done: 0, needsPerson: 1, wrongUse: 2, tryAgain: 75 } as const;

/** Builds an error of the command line. */
export function operatorError(code: OperatorErrorCode, message: string, cause?: unknown): AppError<OperatorErrorCode> {
  return new AppError({ code, message, ...(cause === undefined ? {} : { cause }) });
}

/** Gives the exit code of a failure: wrong input 2, what may pass by itself 75, all else 1. */
export function exitCodeOf(failure: unknown): number {
  if (!(failure instanceof AppError)) return EXIT.needsPerson;
  if (failure.retryable) return EXIT.tryAgain;
  const wrongUse = ['BAD_USE', 'NOT_JSON', 'UNKNOWN_ASSET', 'BAD_HEX', 'BAD_LENGTH', 'OUT_OF_RANGE', 'BAD_URL'];
  return wrongUse.includes(failure.code) ? EXIT.wrongUse : EXIT.needsPerson;
}
