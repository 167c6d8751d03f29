import type { Bytes32 } from '@surety/domain';
import type { LineFact } from './collateral-rows.js';
import { CHANGED_HELD_MAX } from './limits.js';

/**
 * Changes of the fold that still have to be processed. They are kept until cleared, so that a failed pass loses
 * nothing.
 * Of accounts with changed lines, at most {@link CHANGED_HELD_MAX} are held; above that, `isOverfull` means that every
 * account that may have debt must be judged. Accounts that a protocol asked about, or that opted in or out, are always
 * held.
 */
export class ChangedAccounts {
  readonly #accounts = new Set<Bytes32>();
  #isOverfull = false;

  /** The accounts, the longest waiting first. */
  get accounts(): readonly Bytes32[] {
    return [...this.#accounts];
  }

  /** True if lines of more accounts changed than can be held. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** True if no account waits. */
  get isEmpty(): boolean {
    return this.#accounts.size === 0 && !this.#isOverfull;
  }

  /** Adds accounts, without a limit on their number. */
  note(accounts: readonly Bytes32[]): void {
    for (const account of accounts) this.#accounts.add(account);
  }

  /** Adds the accounts whose lines a step changed. */
  noteStep({ lines }: { readonly lines: readonly LineFact[] }): void {
    for (const { account } of lines) {
      if (this.#accounts.size < CHANGED_HELD_MAX) this.#accounts.add(account);
      else if (!this.#accounts.has(account)) this.#isOverfull = true;
    }
  }

  /** Drops everything, once it was processed. */
  clear(): void {
    this.#accounts.clear();
    this.#isOverfull = false;
  }
}
