import type { Bytes32 } from '@surety/domain';
import type { CollateralStore, LineFact } from '../ledger-projection/collateral-rows.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import type { MarginSums, SettlementReader } from '../ledger-projection/settlement-reader.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { ACCOUNTS_TOLD_MAX, CHECKED_CHANGED_MAX, CHECKED_SAMPLE } from './limits.js';
import { sameSums, sumsOf, weighAccount, withRequirements } from './weigh-account.js';

/** The result of comparing computed margins with the ledger's at one block. */
export interface SelfCheckOutcome {
  readonly block: FinalBlock;
  readonly comparedAccounts: number;
  readonly differences: number;
  /** One account that differs, for operators. */
  readonly example: Bytes32 | undefined;
  /** The accounts that differ. */
  readonly different: readonly Bytes32[];
}

const NO_SUMS: ReadonlyMap<Bytes32, MarginSums> = new Map();

/** Compares margins of changed accounts and of a sample in turn with `marginOf` at the same block, to the last integer. */
export class SelfCheck {
  readonly #ports: { readonly reader: SettlementReader; readonly store: CollateralStore; readonly observer: Observer };
  #after: { account: Bytes32; assetId: number } | undefined;
  #waiting: readonly Bytes32[] = [];
  #outcome: SelfCheckOutcome | undefined;

  constructor(ports: {
    readonly reader: SettlementReader;
    readonly store: CollateralStore;
    readonly observer: Observer;
  }) {
    this.#ports = ports;
  }

  /** The last comparison; undefined before the first. */
  get outcome(): SelfCheckOutcome | undefined {
    return this.#outcome;
  }

  /**
   * Compares at the snapshot's block: some changed accounts, in turn, and a sample. An account that differs is compared
   * again each time until it agrees.
   */
  async compare(
    snapshot: MarginSnapshot,
    changed: readonly Bytes32[],
    signal?: AbortSignal,
  ): Promise<SelfCheckOutcome> {
    const { reader, observer } = this.#ports;
    this.#waiting = [...new Set([...this.#waiting, ...changed])].slice(0, ACCOUNTS_TOLD_MAX);
    const due = this.#waiting.slice(0, CHECKED_CHANGED_MAX);
    const accounts = [...new Set([...due, ...(await this.#nextSample())])];
    const ours = await this.#weigh(accounts, snapshot);
    const { block } = snapshot;
    const theirs = accounts.length === 0 ? [] : await reader.readMargins({ accounts, block }, signal);
    const doubtful = accounts.filter((_, at) => !agree(ours[at], theirs[at]));
    const confirmed =
      doubtful.length === 0 ? NO_SUMS : await reader.readAgreedMargins({ accounts: doubtful, block }, signal);
    const unread = doubtful.filter((account) => !confirmed.has(account));
    const different = doubtful.filter(
      (account) => confirmed.has(account) && !agree(ours[accounts.indexOf(account)], confirmed.get(account)),
    );
    // What no quorum answers waits behind all others: its protocol may answer each provider differently for ever.
    this.#waiting = [...different, ...this.#waiting.filter((account) => !accounts.includes(account)), ...unread];
    this.#outcome = {
      block,
      comparedAccounts: accounts.length - unread.length,
      differences: different.length,
      example: different[0],
      different,
    };
    observer.observe({
      name: different.length > 0 ? 'margin-differs' : 'margin-checked',
      level: different.length > 0 ? 'error' : 'debug',
      fields: {
        height: snapshot.block.height,
        compared: this.#outcome.comparedAccounts,
        differences: different.length,
        account: different[0] ?? null,
      },
    });
    return this.#outcome;
  }

  async #weigh(accounts: readonly Bytes32[], snapshot: MarginSnapshot): Promise<Weighed[]> {
    const { store } = this.#ports;
    const weighed: Weighed[] = [];
    for (const account of accounts) {
      const sums = sumsOf(weighAccount(await store.loadLinesOf(account), snapshot).margin);
      weighed.push({ sums, isRequired: (await store.loadProtocolsOf(account)).length > 0 });
    }
    return weighed;
  }

  async #nextSample(): Promise<Bytes32[]> {
    const lines: readonly LineFact[] = await this.#ports.store.loadLinesAfter(this.#after, CHECKED_SAMPLE);
    this.#after = lines.length < CHECKED_SAMPLE ? undefined : lines.at(-1);
    return lines.map((line) => line.account);
  }
}

/** An account's sums, and whether protocols may require margin of it; only the ledger knows how much. */
interface Weighed {
  readonly sums: MarginSums;
  readonly isRequired: boolean;
}

function agree(ours: Weighed | undefined, theirs: MarginSums | undefined): boolean {
  if (ours === undefined || theirs === undefined) return false;
  return sameSums(ours.isRequired ? withRequirements(ours.sums, theirs) : ours.sums, theirs);
}
