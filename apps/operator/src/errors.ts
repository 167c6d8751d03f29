import { AppError } from '@surety/domain';
import { type ExitCode, exitCodeOf } from '@surety/process';

/** Codes of the command line itself. */
export type OperatorErrorCode =
  | 'BAD_USE'
  | 'BAD_CHECKSUM'
  | 'NOT_JSON'
  | 'DECLINED'
  | 'UNKNOWN_CHAIN'
  | 'UNKNOWN_ASSET'
  | 'VAULT_UNKNOWN'
  | 'WALLET_SHORT'
  | 'GAS_SHORT'
  | 'LOCK_REFUSED'
  | 'RELEASE_REFUSED'
  | 'ENTRY_UNREAD'
  | 'NOT_COUNTED'
  | 'NOT_PAID'
  | 'RELAY_REFUSED'
  | 'CARRY_REFUSED'
  | 'CLAIM_REFUSED'
  | 'EXIT_REFUSED'
  | 'GIVE_BACK_REFUSED'
  | 'REFUND_REFUSED'
  | 'APPOINT_REFUSED'
  | 'ACT_REFUSED'
  | 'MARKET_REFUSED'
  | 'MIGRATION_REFUSED'
  | 'NO_PROVIDER'
  | 'PROVIDER_FAILED'
  | 'HALT_STANDS'
  | 'HALT_HELD'
  | 'LINT_FAILED'
  | 'CONFIG_DRIFT'
  | 'REPORT_REFUSED'
  | 'REPORT_WRONG'
  | 'PROOF_REFUSED'
  | 'NOT_COVERED'
  | 'NOT_ALL_PROVEN'
  | 'UNHEALTHY'
  | 'NOT_READY';

/** Builds an error of the command line. */
export function operatorError(code: OperatorErrorCode, message: string, cause?: unknown): AppError<OperatorErrorCode> {
  return new AppError({ code, message, ...(cause === undefined ? {} : { cause }) });
}

/** The printed form of a failure. */
interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** Returns the project error that viem may have wrapped; what holds none ends at its innermost cause. */
export function innerError(failure: unknown): unknown {
  let known = failure;
  while (known instanceof Error && !(known instanceof AppError)) known = known.cause;
  return known;
}

/**
 * Returns the printed form of a failure and its exit code: wrong input 2, transient 75, everything else 1. A project error that
 * viem wrapped is shown as itself; viem's own only in short form, since the long one quotes URLs, which may hold a key.
 */
export function tellFailure(failure: unknown): ToldFailure {
  const known = innerError(failure);
  const exitCode = exitCodeOf('operator', known);
  if (known instanceof AppError) return { code: known.code, message: known.message, exitCode };
  const short = failure instanceof Error && 'shortMessage' in failure ? failure.shortMessage : undefined;
  const message = short ?? (failure instanceof Error ? failure.message : failure);
  return { code: 'UNEXPECTED', message: String(message), exitCode };
}

/**
 * Writes a failure for people. One that lists problems indents them: any other end of a line is a stranger's, who may not begin lines
 * here.
 */
export function failureLine({ code, message }: Pick<ToldFailure, 'code' | 'message'>): string {
  return `surety: ${code}: ${message.replace(/\r?\n(?! {2})/g, '\\n')}`;
}
