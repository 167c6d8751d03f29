import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES } from '@surety/margin';

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
  | 'GIVE_BACK_REFUSED'
  | 'REFUND_REFUSED'
  | 'APPOINT_REFUSED'
  | 'ACT_REFUSED'
  | 'MIGRATION_REFUSED'
  | 'NO_PROVIDER'
  | 'PROVIDER_FAILED'
  | 'HALT_STANDS'
  | 'HALT_HELD'
  | 'LINT_FAILED'
  | 'CONFIG_DRIFT'
  | 'REPORT_REFUSED'
  | 'REPORT_WRONG'
  | 'UNHEALTHY';

/** Exit codes of every command: 0 done, 1 needs a person, 2 wrong use, 75 try again. */
export const EXIT = { done: 0, needsPerson: 1, wrongUse: 2, tryAgain: 75 } as const;

/** Builds an error of the command line. */
export function operatorError(code: OperatorErrorCode, message: string, cause?: unknown): AppError<OperatorErrorCode> {
  return new AppError({ code, message, ...(cause === undefined ? {} : { cause }) });
}

/** What is told of a failure. */
interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/**
 * Gives what is told of a failure, and its exit code: wrong input 2, what may pass by itself 75, all else 1. An error of the project that
 * viem has wrapped is told as itself; of viem's own only the short form, since the long one quotes URLs, which may hold a key.
 */
export function tellFailure(failure: unknown): ToldFailure {
  let known = failure;
  while (known instanceof Error && !(known instanceof AppError)) known = known.cause;
  if (known instanceof AppError) return { code: known.code, message: known.message, exitCode: exitCodeOf(known) };
  const short = failure instanceof Error && 'shortMessage' in failure ? failure.shortMessage : undefined;
  const message = short ?? (failure instanceof Error ? failure.message : failure);
  return { code: 'UNEXPECTED', message: String(message), exitCode: EXIT.needsPerson };
}

function exitCodeOf(failure: AppError): number {
  if (failure.retryable) return EXIT.tryAgain;
  const wrongUse = ['BAD_USE', 'NOT_JSON', 'UNKNOWN_ASSET', 'BAD_HEX', 'BAD_LENGTH', 'OUT_OF_RANGE', 'BAD_URL'];
  const isWrong = wrongUse.includes(failure.code) || MARGIN_ERROR_CODES.some((code) => code === failure.code);
  return isWrong ? EXIT.wrongUse : EXIT.needsPerson;
}
