import type { Address, BlockHeight, Hex, TxHash } from '@surety/domain';

/** Urgency of a call: liquidations before releases, releases before credits, credits before upkeep. One nonce stream serves all. */
export type CallPriority = 'liquidation' | 'release' | 'credit' | 'upkeep';

/** A call that may be sent as one transaction. */
export interface TransactionCall {
  /** Purpose in kebab-case: `apply`, `refresh`, `poke`, `pay`. */
  readonly purpose: string;
  /** `credit` by default. */
  readonly priority?: CallPriority;
  readonly to: Address;
  readonly calldata: Hex;
  /** Wei. */
  readonly value?: bigint;
  /** Largest simulated gas of the call; above it nothing is sent. */
  readonly gasCeiling: bigint;
  /**
   * Gas limit, at most `gasCeiling`. Given, the call is tried once with it and not estimated: an estimate repeats a call some twenty times,
   * and a batch of many accounts would miss its block.
   */
  readonly gasLimit?: bigint;
  /** True if the caller has just tried what it does, at the newest block: with a gas limit it is first sent without another trial. */
  readonly isTried?: boolean;
  /** True for a call that must not wait behind others where a block is full: it offers more than twice the usual tip. */
  readonly isPressing?: boolean;
  /** Gas that a later second may take and the simulated one did not, as interest that accrues once a second; 0 unless given. */
  readonly spareGas?: bigint;
  /**
   * True if the call's effect has already happened, whoever caused it. Asked before any resend, and when an unknown transaction
   * spent a nonce.
   */
  readonly readEffect?: (signal?: AbortSignal) => Promise<boolean>;
}

/**
 * The outcome of a call. Only `landed`, `reverted` and what was cancelled cost anything. After each outcome nothing of the call is pending.
 *
 * | kind | sent | effect |
 * | --- | --- | --- |
 * | `landed` | once, under one nonce | there, at the wanted depth |
 * | `refused` | no, or with `wasSent` and then cancelled | none: the chain would revert it, or it needs more gas than allowed |
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
  | {
      readonly kind: 'refused';
      readonly name: string;
      readonly detail: string;
      /** True if it waited in vain until the chain would revert it: others have seen its calldata, and may use what is signed in it. */
      readonly wasSent?: true;
    }
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
   * Simulates, sends and confirms. Calls may overlap; each owns one nonce until the chain has spent it. Pending calls
   * of an earlier process are finished first.
   * @throws FEE_ABOVE_CAP, BUDGET_SPENT, KEY_SHARED, RPC_UNAVAILABLE (retryable: nothing is under way), EMPTY_WALLET,
   * CHAIN_MISMATCH, NONCE_TAKEN (look for the effect before sending again), OUTCOME_UNKNOWN (aborted while something may still land).
   */
  land(call: TransactionCall, signal?: AbortSignal): Promise<LandOutcome>;
}

/** One signed transaction of a call; several with one nonce replace each other. */
export interface TransactionAttempt {
  readonly chainId: number;
  readonly sender: Address;
  readonly nonce: bigint;
  readonly txHash: TxHash;
  readonly raw: Hex;
  readonly purpose: string;
  readonly priority: CallPriority;
  /** Target and data of the call, so that a later process can check and replace it. */
  readonly to: Address;
  readonly calldata: Hex;
  /** Wei. */
  readonly value: bigint;
  /** Gas limit of the call; a cancelling transaction uses less. */
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly signedAtMs: number;
  /** True for the empty transaction that cancels a nonce. */
  readonly cancels: boolean;
}

/** Cost of a spent nonce, and the time at which the spending was seen. */
export interface NonceSpending {
  readonly chainId: number;
  readonly sender: Address;
  readonly nonce: bigint;
  /** Gas plus, unless the call reverted, its value; 0 if an unknown transaction spent the nonce. */
  readonly costWei: bigint;
  readonly atMs: number;
}

/**
 * Stores attempts before they are sent, so that a restart knows what may still land and what was spent. The attempts of
 * a nonce stay until no reorganisation can bring it back.
 *
 * | act | attempts of the nonce | its cost |
 * | --- | --- | --- |
 * | `record` | one more | the dearest attempt, until it is spent |
 * | `withdraw` | one fewer | as above |
 * | `spend` | kept | what was paid, gas and value; repeated after a reorganisation, the last one counts |
 * | `forget` | none | kept for its day |
 */
export interface TransactionJournal {
  /** Stores an attempt; resolves once it is durable, before the attempt is sent. @throws OUTBOX_UNAVAILABLE. */
  record(attempt: TransactionAttempt): Promise<void>;
  /** Withdraws an attempt that every provider refused. */
  withdraw(attempt: TransactionAttempt): Promise<void>;
  /** Records that a nonce is spent on chain. */
  spend(spending: NonceSpending): Promise<void>;
  /** Drops the attempts of a nonce that is finally spent. */
  forget(of: { readonly chainId: number; readonly sender: Address; readonly nonce: bigint }): Promise<void>;
  /** Returns attempts that were not forgotten, in the order they were stored. */
  loadOpen(of: { readonly chainId: number; readonly sender: Address }): Promise<readonly TransactionAttempt[]>;
  /** Returns the wei, gas and values, of nonces spent within a day from a time on. What a clock that was ahead wrote is of a later day. */
  loadSpentWei(of: { readonly chainId: number; readonly sender: Address; readonly sinceMs: number }): Promise<bigint>;
}
