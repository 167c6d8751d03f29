import type { Address, BlockHeight, Hex, TxHash } from '@surety/domain';

/** A call that may be sent as one transaction. */
export interface TransactionCall {
  /** What it is for, kebab-case: `apply`, `refresh`, `poke`. */
  readonly purpose: string;
  readonly to: Address;
  readonly calldata: Hex;
  /** Wei. */
  readonly value?: bigint;
  /** Most gas that the call may use by simulation; above it nothing is sent. */
  readonly gasCeiling: bigint;
  /**
   * Says whether what the call is for is there already, whoever brought it. Asked before anything is sent again, and
   * when a nonce was spent by a transaction that nobody here knows.
   */
  readonly readEffect?: (signal?: AbortSignal) => Promise<boolean>;
}

/**
 * What became of a call. Only `landed` and `reverted` cost anything; after each of these nothing of it is under way.
 *
 * | kind | sent | effect |
 * | --- | --- | --- |
 * | `landed` | once, under one nonce | there, at the wanted depth |
 * | `refused` | no | none: the chain would revert it, or it needs more gas than allowed |
 * | `reverted` | yes | none: the state changed between simulation and block |
 * | `overtaken` | maybe, then cancelled | there, by somebody else |
 */
export type LandOutcome =
  | {
      readonly kind: 'landed';
      readonly txHash: TxHash;
      readonly height: BlockHeight;
      readonly gasUsed: bigint;
      readonly feeWei: bigint;
    }
  | { readonly kind: 'refused'; readonly name: string; readonly detail: string }
  | {
      readonly kind: 'reverted';
      readonly txHash: TxHash;
      readonly height: BlockHeight;
      readonly name: string;
      readonly feeWei: bigint;
    }
  | { readonly kind: 'overtaken'; readonly detail: string };

/** Lands transactions of one key on one chain. Implemented by `@surety/transactions`. */
export interface TransactionSender {
  readonly address: Address;
  /**
   * Simulates, sends and confirms. Calls may overlap; each owns one nonce until the chain has spent it.
   * @throws FEE_ABOVE_CAP, KEY_SHARED, RPC_UNAVAILABLE (retryable: nothing is under way), EMPTY_WALLET, CHAIN_MISMATCH,
   *   OUTCOME_UNKNOWN (aborted while something may still land).
   */
  land(call: TransactionCall, signal?: AbortSignal): Promise<LandOutcome>;
  /** Wei that the key can spend at the newest block. */
  readBalance(signal?: AbortSignal): Promise<bigint>;
}

/** One transaction of a call as it was signed; several with one nonce replace each other. */
export interface TransactionAttempt {
  readonly chainId: number;
  readonly sender: Address;
  readonly nonce: bigint;
  readonly txHash: TxHash;
  readonly raw: Hex;
  readonly purpose: string;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly signedAtMs: number;
  /** True for the empty transaction that takes a nonce out of use. */
  readonly cancels: boolean;
}

/** Where attempts are written before they are sent, so that a restart knows what may still land. */
export interface TransactionJournal {
  /** Keeps an attempt; resolves before the attempt is sent. */
  record(attempt: TransactionAttempt): Promise<void>;
  /** Forgets the attempts of a nonce that the chain has spent. */
  settle(sender: Address, nonce: bigint): Promise<void>;
  /** Gives attempts that were never settled, in the order they were kept. */
  loadOpen(sender: Address): Promise<readonly TransactionAttempt[]>;
}
