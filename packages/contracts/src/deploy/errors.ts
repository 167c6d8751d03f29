import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of errors that stop a deployment. */
export type DeployErrorCode = 'BAD_PLAN' | 'WRONG_CHAIN' | 'NO_FACTORY' | 'ACT_FAILED' | 'ASSERTION_FAILED';

/** Builds a deployment error; a person must look, so none is retryable. */
export function deployError(
  code: DeployErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<DeployErrorCode> {
  return new AppError({ code, message, context, ...(cause === undefined ? {} : { cause }) });
}
