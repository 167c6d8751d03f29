import {
  type AccountView,
  type CollateralDeltaView,
  type LineView,
  type MarginLineView,
  type MarginView,
  type ParkedView,
  formatWire,
} from '@surety/api';
import { type Bytes32, WAD, parseAccountId } from '@surety/domain';
import {
  type LineMargin,
  collateralDeltasOf,
  formatHealthStep,
  healthFactorOf,
  healthStepOf,
  isLiquidatable,
  isUnknown,
  lineStatusOf,
  mayTakeRisk,
} from '@surety/margin';
import type { Store } from '@surety/store';
import { type AssetTerms, LedgerFollower, type LineFact, type ParkedCreditFact, coverageIn } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { type AccountAtBlock, AccountMargins, weighAtBlock } from './account-margins.js';
import { byGrade, conditionsOf, viewFactors, viewGrades } from './margin-parts.js';
import { ParkedDates } from './parked-dates.js';
import { nextOfParked } from '../entries/stage-of.js';
import { EntryViews } from '../entries/entry-views.js';
import { ReleaseViews } from '../entries/release-views.js';
import type { Names } from '../entries/names.js';
import { Problem } from '../problem.js';
import { viewBlock } from '../terms/folded-terms.js';
import { parametersOf } from '../terms/parameters-of.js';

/** Margins kept as text until the next block: 4,096 of about 2 kB are 8 MB. */
const TEXTS_KEPT = 4_096;
/** Parked credits shown of one account. */
const PARKED_MAX = 100;
/** Reads of an account's rows that a fold may overtake before the answer is given up. */
const TRIES_MAX = 5;

/** Rows of an account at one block. Its parked credits have no dates yet: the chain is asked for those. */
type AccountRows = Pick<AccountView, 'block' | 'lines' | 'entries' | 'releases' | 'protocols'> & {
  readonly parked: readonly ParkedCreditFact[];
};

/** Shows accounts: lines, parked credits, entries under way, and one unified margin at three grades. */
@Injectable()
export class AccountViews {
  #texts: { readonly snapshot: unknown; readonly version: number; readonly byAccount: Map<Bytes32, string> } = {
    snapshot: undefined,
    version: -1,
    byAccount: new Map(),
  };

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(EntryViews) private readonly entries: EntryViews,
    @Inject(ReleaseViews) private readonly releases: ReleaseViews,
    @Inject(AccountMargins) private readonly margins: AccountMargins,
    @Inject(ParkedDates) private readonly dates: ParkedDates,
  ) {}

  /** Returns an account at the last folded block; one that nobody ever credited is empty. @throws Problem 503. */
  async account(account: Bytes32): Promise<AccountView> {
    const { owner, home, sub } = parseAccountId(account);
    const { parked, ...rows } = await this.#rowsOf(account);
    // Last: providers may take seconds, and blocks are folded meanwhile.
    const dates = await this.dates.of(parked);
    const shown = parked.map((one, at) => this.#parked(one, dates[at] ?? null));
    return { account, owner, home, sub, ...rows, parked: shown };
  }

  /** Reads an account's rows at one block: if a fold came between, it reads again, so that no lock is missed or counted twice. */
  async #rowsOf(account: Bytes32): Promise<AccountRows> {
    const { follower, store, entries, releases } = this;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { cursor, version, books } = follower;
      const folded = new Map(books.replicas.map(({ edge, count }) => [edge, count]));
      const lines = await store.collateral.loadLinesOf(account);
      const parked = await store.collateral.loadParkedOf(account, PARKED_MAX);
      const shown = {
        entries: await entries.underWay(account, folded),
        releases: await releases.releasesOf(account),
        protocols: await store.collateral.loadProtocolsOf(account),
      };
      if (follower.cursor !== cursor || follower.version !== version) continue;
      const held = lines.filter((line) => line.amount > 0n || line.enabled);
      return {
        block: cursor === undefined ? null : viewBlock(cursor),
        lines: held.flatMap((line) => this.#line(line) ?? []),
        parked,
        ...shown,
      };
    }
    const detail = 'blocks of the ledger are folded faster than the account can be read; try again, see /health/ready';
    throw new Problem({ status: 503, code: 'NOT_FOLDED', detail });
  }

  /**
   * Returns an account's margin as JSON; asked again at the same block it is the same text, so it is made once.
   * @throws Problem 503 until a block is folded.
   */
  async marginText(account: Bytes32): Promise<string> {
    const { snapshot, version } = this.follower;
    if (this.#texts.snapshot !== snapshot || this.#texts.version !== version)
      this.#texts = { snapshot, version, byAccount: new Map() };
    const { byAccount } = this.#texts;
    const kept = byAccount.get(account);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(formatWire(await this.margin(account)));
    const isSame = this.follower.snapshot === snapshot && this.follower.version === version;
    if (isSame && byAccount.size < TEXTS_KEPT) byAccount.set(account, text);
    return text;
  }

  /** Returns an account's margin at the last folded block. @throws Problem 503 until one is folded. */
  async margin(account: Bytes32): Promise<MarginView> {
    parseAccountId(account);
    return this.marginOf(account, await this.margins.load(account));
  }

  /** Returns the margin of lines at a block, theirs or changed ones. */
  marginOf(account: Bytes32, held: AccountAtBlock): MarginView {
    const { snapshot } = held;
    const { lines, terms, margin } = weighAtBlock(held);
    const { chainId, height, hash, timestamp } = snapshot.block;
    const { maintenance } = margin.grades;
    const healthStep = isUnknown(margin) ? undefined : healthStepOf(maintenance);
    const weighed = lines.flatMap((line, at) => {
      const [term, lineMargin] = [terms[at], margin.lines[at]];
      if (term === undefined || lineMargin === undefined) return [];
      return [{ line, terms: term, margin: lineMargin, coverage: coverageIn(snapshot, line.assetId) }];
    });
    return {
      account,
      block: { chainId, height, hash, timestamp },
      grades: viewGrades(margin),
      status: Number(margin.status),
      conditions: conditionsOf(margin.status),
      oldestAsOf: margin.oldestAsOf,
      healthFactorWad: healthFactorOf(maintenance),
      healthStep: healthStep === undefined ? null : formatHealthStep(healthStep),
      liquidatable: isLiquidatable(margin),
      mayTakeRisk: mayTakeRisk(margin),
      parameters: parametersOf(snapshot),
      lines: weighed.map((one) => this.#marginLine(one)),
      deltas: this.#deltas(weighed),
    };
  }

  #line({ assetId, amount, unseasoned, seasonEnd, enabled }: LineFact): LineView | undefined {
    const asset = this.follower.books.assets.get(assetId);
    if (asset === undefined) return undefined;
    const { names } = this;
    const { source } = asset;
    return {
      assetId,
      source,
      chainId: names.chainIdOf(source),
      symbol: names.symbolOf(asset),
      amount,
      coverageWad: this.#coverageOf(assetId),
      unsettled: this.#isUnsettled(assetId),
      unseasoned,
      seasonEnd,
      enabled,
    };
  }

  #parked({ source, index, vaultAsset, amount, reason }: ParkedCreditFact, readyAt: bigint | null): ParkedView {
    const assetId = this.follower.books.assetIdOf(source, vaultAsset) ?? 0;
    const symbol = this.names.symbolOf({ source, vaultAsset });
    return { source, index, assetId, symbol, amount, reason, readyAt, next: nextOfParked(reason) };
  }

  #marginLine({ line, terms, margin, coverage }: WeighedLine): MarginLineView {
    const { names } = this;
    const status = lineStatusOf(margin);
    return {
      assetId: line.assetId,
      source: terms.sourceIndex,
      chainId: names.chainIdOf(terms.sourceIndex),
      symbol: this.#symbolOf(line.assetId),
      amount: line.amount,
      coverageWad: coverage === WAD ? null : coverage,
      unsettled: this.#isUnsettled(line.assetId),
      amountInitial: margin.unitsInitial,
      price1e12: margin.price.price1e12,
      priceInitial1e12: margin.price.initial1e12,
      // The underlying's price stands first, the asset's own behind it.
      priceFrom: margin.price.place > 0 ? 'feed' : 'underlying',
      factors: byGrade((grade) => viewFactors(margin.factors[grade])),
      valueWad: margin.value,
      status: Number(status),
      conditions: conditionsOf(status),
    };
  }

  #deltas(weighed: readonly WeighedLine[]): CollateralDeltaView[] {
    const { assets } = this.follower.books;
    const exposed = weighed.flatMap(({ line, terms, margin }) => {
      const underlying = assets.get(line.assetId)?.underlying;
      if (underlying === undefined) return [];
      const symbol = this.#symbolOf(line.assetId);
      return [{ underlying, symbol, line: { amount: margin.units, asset: terms.asset }, margin }];
    });
    return collateralDeltasOf(exposed).map(({ underlying, delta, value }) => {
      const symbols = exposed.filter((one) => one.underlying === underlying).map(({ symbol }) => symbol);
      return { underlying, symbols: [...new Set(symbols)].sort(), deltaWad: delta, valueWad: value };
    });
  }

  /** Returns whether a rewind left something open of an asset, or its vault has not answered a loss. */
  #isUnsettled(assetId: number): boolean {
    const { books } = this.follower;
    const asset = books.assets.get(assetId);
    if (asset === undefined) return false;
    const { orphaned, missing, lostSeq } = books.coverageOf(asset);
    return (orphaned | missing | lostSeq) !== 0n;
  }

  /** Returns the coverage in force of an asset, null while all of it counts. */
  #coverageOf(assetId: number): bigint | null {
    return this.follower.books.coveragesInForce.get(assetId) ?? null;
  }

  #symbolOf(assetId: number): string {
    const asset = this.follower.books.assets.get(assetId);
    return asset === undefined ? `asset ${assetId}` : this.names.symbolOf(asset);
  }
}

/** One line with what it was weighed with and what came of it. */
interface WeighedLine {
  readonly line: LineFact;
  readonly terms: AssetTerms;
  readonly margin: LineMargin;
  /** In force, WAD. */
  readonly coverage: bigint;
}
