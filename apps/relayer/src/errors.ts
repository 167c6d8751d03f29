import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of errors that keep a relayer from starting or continuing. */
export type RelayerErrorCode =
  /** The ledger's code is not the one listed in chains.config.json. */
  | 'CODE_CHANGED'
  /** No collateral chain with a vault is configured. */
  | 'NOTHING_TO_RELAY'
  /** Too few providers gave the same answer; they are asked again. */
  | 'NO_QUORUM'
  /** Guardians' endpoint did not answer; it is asked again. */
  | 'VAA_UNAVAILABLE'
  /** A price network's service did not answer; the others, and later it again, are asked. */
  | 'PRICE_SERVICE_UNAVAILABLE';

/** Builds an error; one that is not retryable needs a person. */
export function relayerError(
  code: RelayerErrorCode,
  message: string,
  context: ErrorContext = {},
  retryable = false,
): AppError<RelayerErrorCode> {
  return new AppError({ code, message, context, retryable });
}
