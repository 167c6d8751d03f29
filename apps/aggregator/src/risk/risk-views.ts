import { HEALTH_STEP_TEXTS, type HoldingsView, type PriceFallView, type RiskView } from '@surety/api';
import type { Store } from '@surety/store';
import {
  type AssetFact,
  type Clock,
  LedgerFollower,
  type LineFact,
  type MarginSnapshot,
  type StressOutcome,
  snapshotAfterFall,
  stressDebtors,
} from '@surety/workflows';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Names } from '../entries/names.js';
import type { ListedChains } from '../status/chain-views.js';
import { foldedAssets, requireSnapshot, viewBlock } from '../terms/folded-terms.js';
import { TOKENS } from '../tokens.js';

/** An answer is given again for so many milliseconds at least. */
const RISK_KEPT_MS = 2_000;
/** Times that a pass took, for which its answer is young, so that passes take a tenth of the time at most … */
const YOUNG_PASSES = 10;
/** … and for which it is given while the next is being made; whoever asks later waits. */
const USABLE_PASSES = 20;
/** Falls of each price alone, and of all together, in basis points. */
const FALLS_ALONE = [3_000];
const FALLS_TOGETHER = [1_000, 2_000, 3_000, 5_000];
/** Lines read between two turns of the event loop. */
const LINES_PER_TURN = 250;
const LARGEST_MAX = 5;

interface Fall {
  readonly underlying: number | null;
  readonly bps: number;
}

/**
 * Shows what would become of all accounts if prices fell. A pass over a large ledger takes seconds: one runs at a time, in
 * small steps, and whoever asks meanwhile gets the answer before.
 */
@Injectable()
export class RiskViews implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #stopping = new AbortController();
  #last: { readonly answer: RiskView; readonly youngUntilMs: number; readonly usableUntilMs: number } | undefined;
  #running: Promise<RiskView> | undefined;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  /** Returns the last answer while it is young or another is being made. @throws Problem 503 before the first final block. */
  async risk(): Promise<RiskView> {
    const last = this.#last;
    const nowMs = this.clock.elapsedMs();
    if (last !== undefined && nowMs < last.youngUntilMs) return last.answer;
    this.#running ??= this.#judge().finally(() => {
      this.#running = undefined;
    });
    if (last === undefined || nowMs >= last.usableUntilMs) return this.#running;
    this.#running.catch(() => undefined);
    return last.answer;
  }

  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #judge(): Promise<RiskView> {
    const startMs = this.clock.elapsedMs();
    const snapshot = requireSnapshot(this.follower);
    // Taken before the wait, so that they are those of the block that is named.
    const assets = new Map(this.follower.books.assets);
    const falls = fallsOf(assets, snapshot);
    const states = falls.map(({ underlying, bps }) => {
      const all = new Set([...assets.values()].map((one) => one.underlying));
      return snapshotAfterFall(snapshot, assets, {
        underlyings: underlying === null ? all : new Set([underlying]),
        bps,
      });
    });
    const { debtors, required, outcomes } = await stressDebtors(this.store.health, states, this.#stopping.signal);
    const answer: RiskView = {
      block: viewBlock(snapshot.block),
      debtors,
      requiredWad: required,
      falls: outcomes.flatMap((outcome, at) => this.#viewFall(falls[at], outcome)),
      holdings: await this.#holdings(foldedAssets(this.follower, snapshot).map(({ asset }) => asset)),
    };
    const nowMs = this.clock.elapsedMs();
    const tookMs = nowMs - startMs;
    const youngUntilMs = nowMs + Math.max(RISK_KEPT_MS, YOUNG_PASSES * tookMs);
    this.#last = { answer, youngUntilMs, usableUntilMs: nowMs + USABLE_PASSES * tookMs };
    return answer;
  }

  #viewFall(fall: Fall | undefined, { below, shortfall, badDebt }: StressOutcome): PriceFallView[] {
    if (fall === undefined) return [];
    const { underlying, bps: fallBps } = fall;
    const known = this.listed.network.settlement?.underlyings ?? [];
    return [
      {
        underlying,
        symbol: known.find(({ id }) => id === underlying)?.symbol ?? null,
        fallBps,
        below: HEALTH_STEP_TEXTS.map((step, at) => ({ step, accounts: below[at] ?? 0 })),
        shortfallWad: shortfall,
        badDebtWad: badDebt,
      },
    ];
  }

  async #holdings(assets: readonly AssetFact[]): Promise<HoldingsView[]> {
    const held = new Map(assets.map(({ assetId }) => [assetId, new Holders()]));
    for (let last: LineFact | undefined; ;) {
      const page: readonly LineFact[] = await this.store.collateral.loadLinesAfter(last, LINES_PER_TURN);
      this.#stopping.signal.throwIfAborted();
      for (const line of page) held.get(line.assetId)?.add(line);
      last = page.at(-1);
      if (page.length < LINES_PER_TURN) break;
    }
    return assets.map((asset) => {
      const { assetId, source, decimals } = asset;
      const chainId = this.names.chainIdOf(source);
      const symbol = this.names.symbolOf(asset);
      return { assetId, chainId, symbol, decimals, ...(held.get(assetId) ?? new Holders()).view() };
    });
  }
}

/** Those who hold an asset. */
class Holders {
  #accounts = 0;
  #amount = 0n;
  #largest: HoldingsView['largest'][number][] = [];

  add({ account, amount }: LineFact): void {
    if (amount === 0n) return;
    this.#accounts += 1;
    this.#amount += amount;
    if (this.#largest.length === LARGEST_MAX && amount <= (this.#largest.at(-1)?.amount ?? 0n)) return;
    this.#largest = [...this.#largest, { account, amount }]
      .sort((left, right) => (left.amount < right.amount ? 1 : left.amount > right.amount ? -1 : 0))
      .slice(0, LARGEST_MAX);
  }

  view(): Pick<HoldingsView, 'accounts' | 'amount' | 'largest'> {
    return { accounts: this.#accounts, amount: this.#amount, largest: this.#largest };
  }
}

/** Prices as they are, each price that values an asset alone, and all of them. */
function fallsOf(assets: ReadonlyMap<number, AssetFact>, { terms }: MarginSnapshot): Fall[] {
  const slots = [
    ...new Set([...assets.values()].filter(({ assetId }) => terms.has(assetId)).map((one) => one.underlying)),
  ];
  return [
    { underlying: null, bps: 0 },
    ...slots
      .toSorted((left, right) => left - right)
      .flatMap((underlying) => FALLS_ALONE.map((bps) => ({ underlying, bps }))),
    ...FALLS_TOGETHER.map((bps) => ({ underlying: null, bps })),
  ];
}
