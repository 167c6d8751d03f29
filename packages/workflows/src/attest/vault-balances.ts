import type { Address } from '@surety/domain';
import type { BalanceReader, HeldBalance, HeldToken, UnreadBalance } from '../ports/balances.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { Bell } from '../running/bell.js';
import { failureOf } from '../running/failure-detail.js';

/** Ports of {@link VaultBalances}. */
export interface VaultBalancesOptions {
  readonly chainId: number;
  readonly vault: Address;
  readonly tokens: readonly HeldToken[];
  readonly reader: BalanceReader;
  /** Least milliseconds between two reads, see `slowLookMs`: a shortage takes effect at the vault in seven days. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The result of the last comparison of a vault's balances. */
export interface BalancesView {
  readonly chainId: number;
  readonly vault: Address;
  /** Tokens of which the vault holds less than it accounts for; one that could not be read stays as it was. */
  readonly short: readonly HeldBalance[];
  /** The first error of the last read, with the assets that it concerns if others were read; undefined if all were. */
  readonly trouble: { readonly code: string; readonly detail: string } | undefined;
}

/**
 * Compares a vault's books with its balances at final blocks, by a quorum of providers, with a pause between. A shortage raises an
 * alarm and stops no signature: the journal is true, and its readers learn of the loss by the vault's permissionless `report`,
 * which relayers call.
 * @source PROTOCOL section 4
 */
export class VaultBalances {
  readonly #options: VaultBalancesOptions;
  #short: readonly HeldBalance[] = [];
  #trouble: BalancesView['trouble'];
  #lookedAtMs: number | undefined;

  constructor(options: VaultBalancesOptions) {
    this.#options = options;
  }

  /** Reads at new heads of the chain, once a pause at most, until the signal aborts. */
  async follow(heads: Bell, signal: AbortSignal): Promise<void> {
    const { clock, pauseMs } = this.#options;
    while (!signal.aborted) {
      const { rings } = heads;
      const nowMs = clock.elapsedMs();
      if (this.#lookedAtMs === undefined || nowMs - this.#lookedAtMs >= pauseMs) {
        this.#lookedAtMs = nowMs;
        await this.look(signal);
      }
      await heads.waitPast(rings, signal);
    }
  }

  /**
   * Reads the balances at the final tip. Never rejects: a failure is available as the trouble, and known shortages of what
   * was not read remain.
   */
  async look(signal?: AbortSignal): Promise<void> {
    const { reader, vault, tokens } = this.#options;
    try {
      const block = await reader.readFinalTip(signal);
      const { read, unread } = await reader.readBalances({ vault, tokens, block }, signal);
      if (signal?.aborted === true) return;
      this.#compare(read, block.height);
      this.#trouble = troubleOf(unread, read.length);
    } catch (error) {
      if (signal?.aborted === true) return;
      this.#trouble = failureOf(error, 'UNKNOWN');
    }
  }

  view(): BalancesView {
    const { chainId, vault } = this.#options;
    return { chainId, vault, short: this.#short, trouble: this.#trouble };
  }

  /** Reports assets that became short, whose shortage changed, or that are whole again. */
  #compare(balances: readonly HeldBalance[], height: bigint): void {
    const missingOf = (one: HeldBalance | undefined): bigint => (one === undefined ? 0n : one.accounted - one.held);
    const before = new Map(this.#short.map((one) => [one.asset, one]));
    const isRead = new Set(balances.map(({ asset }) => asset));
    this.#short = [
      ...this.#short.filter(({ asset }) => !isRead.has(asset)),
      ...balances.filter(({ accounted, held }) => held < accounted),
    ].toSorted((left, right) => left.asset - right.asset);
    const now = new Map(this.#short.map((one) => [one.asset, one]));
    for (const { asset, token, accounted, held } of balances) {
      const missing = missingOf(now.get(asset));
      if (missing === missingOf(before.get(asset))) continue;
      const { chainId, vault, observer } = this.#options;
      const fields = { chain_id: chainId, vault, asset, token, accounted, held, height };
      observer.observe({
        name: missing > 0n ? 'balance-short' : 'balance-whole',
        level: missing > 0n ? 'error' : 'info',
        fields,
      });
    }
  }
}

function troubleOf(unread: readonly UnreadBalance[], read: number): BalancesView['trouble'] {
  const [first] = unread;
  if (first === undefined) return undefined;
  const { code, detail } = failureOf(first.error, 'UNKNOWN');
  if (read === 0) return { code, detail };
  const assets = unread.map(({ asset, token }) => `${asset} (${token})`).join(', ');
  return { code, detail: `asset ${assets} alone: ${detail}` };
}
