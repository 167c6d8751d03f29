import type { Address, Bytes32 } from '@surety/domain';
import type { MadeReport } from '../ports/report-maker.js';
import { REPORTS_OF_ACCOUNT, REPORTS_SERVED_MAX, REPORT_FILES_MAX } from './limits.js';

/**
 * The reports that a watcher serves: the newest few of each account that are still valid, newest last. In memory only:
 * lost ones are made again.
 */
export class ReportShelf {
  readonly #held = new Map<string, readonly MadeReport[]>();

  /** Adds a report, replacing one of the same block. */
  put(made: MadeReport): void {
    const key = shelfKey(made.report);
    const others = (this.#held.get(key) ?? []).filter((one) => one.report.blockNumber !== made.report.blockNumber);
    this.#held.delete(key);
    this.#held.set(key, [...others, made].slice(-REPORTS_OF_ACCOUNT));
    const [oldest] = this.#held.keys();
    if (this.#held.size > REPORTS_SERVED_MAX && oldest !== undefined) this.#held.delete(oldest);
  }

  /** Removes reports that are no longer valid at a time in seconds. */
  expire(time: bigint): void {
    for (const [key, held] of this.#held) {
      const left = held.filter(({ report }) => report.expiry > time);
      if (left.length === 0) this.#held.delete(key);
      else this.#held.set(key, left);
    }
  }

  /** Returns the served reports, the most recent at the end. */
  list(): readonly MadeReport[] {
    return [...this.#held.values()].flat().slice(-REPORTS_SERVED_MAX);
  }

  /** Returns the newest report of each of the most recent accounts: few, since they are served with their inputs. */
  listNewest(): readonly MadeReport[] {
    return [...this.#held.values()].slice(-REPORT_FILES_MAX).flatMap((held) => held.slice(-1));
  }
}

/** Returns the key of an account at a protocol. */
export function shelfKey({ protocol, account }: { readonly protocol: Address; readonly account: Bytes32 }): string {
  return `${protocol} ${account}`;
}
