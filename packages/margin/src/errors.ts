import { AppError } from '@surety/domain';

/** Codes of a request to the margin engine, in the order of their checks. The first that applies is returned. */
export const MARGIN_ERROR_CODES = [
  'INVALID_REQUEST',
  'UNKNOWN_MODEL',
  'UNKNOWN_PARAMETERS',
  'MISSING_FIELD',
  'UNKNOWN_FIELD',
  'INVALID_TYPE',
  'INVALID_DECIMAL',
  'INVALID_ENUM',
  'OUT_OF_RANGE',
  'INCONSISTENT_INPUT',
  'UNPRICED_LIABILITY',
  'UNDEFINED_RESULT',
] as const;

/** One of {@link MARGIN_ERROR_CODES}. */
export type MarginErrorCode = (typeof MARGIN_ERROR_CODES)[number];

/** Builds an error of the margin engine; never retryable, since the request stays wrong. */
export function marginError(code: MarginErrorCode, message: string): AppError<MarginErrorCode> {
  return new AppError({ code, message });
}
