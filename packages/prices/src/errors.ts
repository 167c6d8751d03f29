import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of price reading. */
export type PriceErrorCode =
  /** The risk manager does not answer as one. */
  | 'NO_RISK_MANAGER'
  /** A configured pull source does not answer as one. */
  | 'NO_ADAPTER'
  /** An update's fee is above the limit; nothing was sent. */
  | 'UPDATE_TOO_DEAR';

/** Builds an error of price reading; another provider may answer. */
export function priceError(
  code: PriceErrorCode,
  message: string,
  context: ErrorContext = {},
): AppError<PriceErrorCode> {
  return new AppError({ code, message, context, retryable: true });
}
