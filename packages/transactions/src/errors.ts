import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of sending: the reasons why a transaction is not on the chain, or is not known to be. */
export type TransactionErrorCode =
  /** No provider gave an answer, or fewer than two thirds where all of them are asked. */
  | 'RPC_UNAVAILABLE'
  /** A provider refused the request itself. */
  | 'RPC_REFUSED'
  /** A provider's response is not a valid result of the method. */
  | 'RPC_BAD_ANSWER'
  /** The providers serve another chain than the one configured. */
  | 'CHAIN_MISMATCH'
  /** The market asks for more than the configured fee cap; nothing was sent. */
  | 'FEE_ABOVE_CAP'
  /** The key cannot pay for the transaction; nothing was sent. */
  | 'EMPTY_WALLET'
  /** Another process has transactions of this key under way; nothing was sent. */
  | 'KEY_SHARED'
  /** The nonce is spent, and no provider shows a receipt of what this process signed; nothing of the call is under way any more. */
  | 'NONCE_TAKEN'
  /** The caller gave up while something may still land. */
  | 'OUTCOME_UNKNOWN'
  /** The chain's daily budget is spent or committed to pending calls; nothing was sent. */
  | 'BUDGET_SPENT'
  /** Another process on this machine holds the lease of this key and chain. */
  | 'KEY_LEASED'
  /** The operating system cannot grant the lease of a key. */
  | 'LEASE_UNAVAILABLE'
  /** The file of a lease was removed or replaced while it was held. */
  | 'LEASE_LOST'
  /** The outbox cannot be read or written now; nothing was sent. */
  | 'OUTBOX_UNAVAILABLE'
  /** The outbox is damaged or another kind of file. */
  | 'OUTBOX_CORRUPT'
  /** A newer release wrote the outbox: that release must be started again. Nothing was changed. */
  | 'STATE_NEWER'
  /** The address holds no vault. */
  | 'NO_VAULT'
  /** The address holds no ledger, or the ledger does not list the source. */
  | 'NO_LEDGER'
  /** The address holds no auction. */
  | 'NO_AUCTION'
  /** The ledger names another auction, or the auction another ledger. */
  | 'AUCTION_MISMATCH'
  /** The address holds no attester set. */
  | 'NO_VERIFIER'
  /** The key or keystore cannot be read. */
  | 'KEY_UNREADABLE';

const RETRYABLE: ReadonlySet<TransactionErrorCode> = new Set([
  'RPC_UNAVAILABLE',
  'RPC_BAD_ANSWER',
  'FEE_ABOVE_CAP',
  'KEY_SHARED',
  'NO_AUCTION',
  // One provider's word: another one is asked next.
  'AUCTION_MISMATCH',
  'NO_LEDGER',
  'NO_VAULT',
  'NO_VERIFIER',
  'BUDGET_SPENT',
  'LEASE_LOST',
  'OUTBOX_UNAVAILABLE',
]);

/** Builds an error of sending; errors that may pass by themselves are retryable. */
export function transactionError(
  code: TransactionErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<TransactionErrorCode> {
  return new AppError({ code, message, context, retryable: RETRYABLE.has(code), cause });
}
