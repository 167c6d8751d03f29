import type { Bytes32 } from '@surety/domain';
import { PLANS_REMEMBERED_MAX, REFUSED_AGAIN_S, REFUSED_STARTS_WAIT_MAX_S } from './limits.js';
import type { RefusedAccounts } from './serve-together.js';

interface Refusal {
  /** Block time in seconds before which it is not started again. */
  readonly againAtS: bigint;
  readonly waitS: bigint;
}

/**
 * Accounts that let no start pass, even alone. A protocol can tell a trial from a transaction and make each of these fail at the starter's
 * cost, so they are left for a while, each time twice as long.
 */
export class RefusedStarts {
  readonly #refusals = new Map<Bytes32, Refusal>();

  /** True while an account is left alone. */
  isPutOff(account: Bytes32, timeS: bigint): boolean {
    const refusal = this.#refusals.get(account);
    if (refusal === undefined) return false;
    const { againAtS, waitS } = refusal;
    // A time further off was noted at a block time that was false, and would never be reached.
    return timeS < againAtS && againAtS <= timeS + 2n * waitS;
  }

  /** True of an account whose last start was refused. */
  isDoubted(account: Bytes32): boolean {
    return this.#refusals.has(account);
  }

  /** Notes how starts of accounts ended at a block's time. */
  note(accounts: readonly Bytes32[], refused: RefusedAccounts, timeS: bigint): void {
    if (this.#refusals.size > PLANS_REMEMBERED_MAX) this.#refusals.clear();
    for (const account of accounts) {
      const before = this.#refusals.get(account)?.waitS;
      if (!refused.has(account)) {
        this.#refusals.delete(account);
        continue;
      }
      const doubled = before === undefined ? REFUSED_AGAIN_S : 2n * before;
      const waitS = doubled < REFUSED_STARTS_WAIT_MAX_S ? doubled : REFUSED_STARTS_WAIT_MAX_S;
      this.#refusals.set(account, { againAtS: timeS + waitS, waitS });
    }
  }
}
