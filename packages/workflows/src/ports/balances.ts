import type { Address } from '@surety/domain';
import type { FinalBlock } from './origin-chain.js';

/** A token held by a vault, with the vault's own number of it. */
export interface HeldToken {
  readonly asset: number;
  readonly token: Address;
}

/** A vault's accounted and held amounts of one token at one block, in token units. */
export interface HeldBalance extends HeldToken {
  readonly accounted: bigint;
  readonly held: bigint;
}

/** A token whose balance could not be read, and why. */
export interface UnreadBalance extends HeldToken {
  readonly error: unknown;
}

/** Reads a vault's balances at final blocks by a quorum of providers. Implemented by `@surety/chain`. */
export interface BalanceReader {
  /** Reads the highest final block. @throws NO_QUORUM, HALTED. */
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads balances in the given order, each token by itself. Errors: BAD_RESPONSE where a token gives no balance; NO_QUORUM, HALTED,
   * CALL_LIMIT.
   */
  readBalances(
    request: { vault: Address; tokens: readonly HeldToken[]; block: FinalBlock },
    signal?: AbortSignal,
  ): Promise<{ readonly read: readonly HeldBalance[]; readonly unread: readonly UnreadBalance[] }>;
}
