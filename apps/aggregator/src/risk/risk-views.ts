import { HEALTH_STEP_TEXTS, type HoldingsView, type LadderView, type PriceFallView, type RiskView } from '@surety/api';
import type { Store } from '@surety/store';
import {
  type AssetFact,
  type Clock,
  HealthWatch,
  LedgerFollower,
  type LineFact,
  type MarginSnapshot,
  type StressOutcome,
  snapshotAfterFall,
  stressDebtors,
} from '@surety/workflows';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Names } from '../entries/names.js';
import { PacedPass } from '../paced-pass.js';
import { pagesOfLines } from '../projections/pages-of-lines.js';
import type { ListedChains } from '../status/chain-views.js';
import { foldedAssets, requireSnapshot, viewBlock } from '../terms/folded-terms.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';

/** Milliseconds for which an answer is given again. */
const RISK_KEPT_MS = 2_000;
/** Falls of each price alone, and of all together, in basis points. */
const FALLS_ALONE = [3_000];
const FALLS_TOGETHER = [1_000, 2_000, 3_000, 5_000];
const LARGEST_MAX = 5;

interface Fall {
  readonly underlying: number | null;
  readonly bps: number;
}

/**
 * Shows what would become of all accounts if prices fell. A pass over a large ledger takes seconds, in small steps between which others
 * are served.
 */
@Injectable()
export class RiskViews implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #stopping = new AbortController();
  readonly #passes: PacedPass<RiskView>;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(HealthWatch) private readonly health: Pick<HealthWatch, 'countBelow' | 'unlisted'>,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#passes = new PacedPass(clock, () => this.#judge(), RISK_KEPT_MS);
  }

  /** Returns the risk, two seconds old at most; of a large ledger, twenty times as old as a pass takes. @throws Problem 503 before the first final block. */
  risk(): Promise<RiskView> {
    return this.#passes.read(() => false);
  }

  /** Counts the accounts below each step at the last prices, without a pass. @throws Problem 503 while the accounts are not loaded. */
  ladder(): LadderView {
    const counts = this.health.countBelow();
    if (counts === undefined) {
      const detail = 'the accounts are being loaded and are not counted yet; ask again';
      throw new Problem({ status: 503, code: 'NOT_FOLDED', detail });
    }
    const { block, debtors, unlisted, below } = counts;
    return { block: viewBlock(block), debtors, unlisted, below: viewSteps(below) };
  }

  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#passes.ended();
  }

  async #judge(): Promise<RiskView> {
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
    const judged = { store: this.store.health, unlisted: this.health.unlisted };
    const { debtors, unlisted, required, outcomes } = await stressDebtors(judged, states, this.#stopping.signal);
    return {
      block: viewBlock(snapshot.block),
      debtors,
      unlisted,
      requiredWad: required,
      falls: outcomes.flatMap((outcome, at) => this.#viewFall(falls[at], outcome)),
      holdings: await this.#holdings(foldedAssets(this.follower, snapshot).map(({ asset }) => asset)),
    };
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
        below: viewSteps(below),
        shortfallWad: shortfall,
        badDebtWad: badDebt,
      },
    ];
  }

  async #holdings(assets: readonly AssetFact[]): Promise<HoldingsView[]> {
    const held = new Map(assets.map(({ assetId }) => [assetId, new Holders()]));
    for await (const page of pagesOfLines(this.store.collateral)) {
      this.#stopping.signal.throwIfAborted();
      for (const line of page) held.get(line.assetId)?.add(line);
    }
    return assets.map((asset) => {
      const { assetId, source, decimals } = asset;
      const chainId = this.names.chainIdOf(source);
      const symbol = this.names.symbolOf(asset);
      return { assetId, chainId, symbol, decimals, ...(held.get(assetId) ?? new Holders()).view() };
    });
  }
}

function viewSteps(below: readonly number[]): LadderView['below'] {
  return HEALTH_STEP_TEXTS.map((step, at) => ({ step, accounts: below[at] ?? 0 }));
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
