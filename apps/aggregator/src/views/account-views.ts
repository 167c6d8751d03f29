import {
  type AccountView,
  type ByGrade,
  type GradeView,
  type LineView,
  type MarginLineView,
  type MarginView,
  type ParkedView,
  formatWire,
} from '@surety/client';
import { type Bytes32, parseAccountId } from '@surety/domain';
import { type AccountMargin, type Factors, type GradeMargin, type LineMargin, healthFactorOf } from '@surety/margin';
import type { Store } from '@surety/store';
import type { AssetTerms, LedgerFollower, LineFact, ParkedCreditFact } from '@surety/workflows';
import type { AccountMargins } from './account-margins.js';
import type { ParkedDates } from './parked-dates.js';
import { nextOfParked } from './stage-of.js';
import type { EntryViews } from './entry-views.js';
import type { ReleaseViews } from './release-views.js';
import type { Names } from './symbols.js';

/** What the views of accounts stand on. */
export interface AccountViewPorts {
  readonly follower: LedgerFollower;
  readonly store: Pick<Store, 'collateral'>;
  readonly entries: EntryViews;
  readonly releases: ReleaseViews;
  readonly margins: AccountMargins;
  readonly dates: ParkedDates;
  readonly names: Names;
}

/** Margins kept as text until the next block: 4,096 of about 2 kB are 8 MB. */
const TEXTS_KEPT = 4_096;
/** Parked credits shown of one account. */
const PARKED_MAX = 100;

/** Shows accounts: lines, parked credits, entries under way, and one unified margin at three grades. */
export class AccountViews {
  readonly #ports: AccountViewPorts;
  #texts: { readonly book: unknown; readonly version: number; readonly byAccount: Map<Bytes32, string> } = {
    book: undefined,
    version: -1,
    byAccount: new Map(),
  };

  constructor(ports: AccountViewPorts) {
    this.#ports = ports;
  }

  /** Gives an account; one that nobody ever credited is empty. */
  async account(account: Bytes32): Promise<AccountView> {
    const { store, entries, releases } = this.#ports;
    const { owner, home, sub } = parseAccountId(account);
    const lines = (await store.collateral.loadLinesOf(account)).filter((line) => line.amount > 0n || line.enabled);
    const parked = await store.collateral.loadParkedOf(account, PARKED_MAX);
    const dates = await this.#ports.dates.of(parked);
    return {
      account,
      owner,
      home,
      sub,
      lines: lines.flatMap((line) => this.#line(line) ?? []),
      parked: parked.map((one, at) => this.#parked(one, dates[at] ?? null)),
      entries: await entries.underWay(account),
      releases: await releases.releasesOf(account),
      protocols: await store.collateral.loadProtocolsOf(account),
    };
  }

  /**
   * Gives an account's margin as JSON; asked again at the same block it is the same text, so it is made once.
   * @throws Problem 503 until a block is folded.
   */
  async marginText(account: Bytes32): Promise<string> {
    const { book, version } = this.#ports.follower;
    if (this.#texts.book !== book || this.#texts.version !== version)
      this.#texts = { book, version, byAccount: new Map() };
    const { byAccount } = this.#texts;
    const kept = byAccount.get(account);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(formatWire(await this.margin(account)));
    const isSame = this.#ports.follower.book === book && this.#ports.follower.version === version;
    if (isSame && byAccount.size < TEXTS_KEPT) byAccount.set(account, text);
    return text;
  }

  /** Gives an account's margin at the last folded block. @throws Problem 503 until one is folded. */
  async margin(account: Bytes32): Promise<MarginView> {
    parseAccountId(account);
    const { lines, terms, margin, book } = await this.#ports.margins.weigh(account);
    const { chainId, height, hash, timestamp } = book.block;
    return {
      account,
      block: { chainId, height, hash, timestamp },
      grades: gradesView(margin),
      status: Number(margin.status),
      oldestAsOf: margin.oldestAsOf,
      healthFactorWad: healthFactorOf(margin.grades.maintenance),
      lines: lines.flatMap((line, at) => {
        const weighed = margin.lines[at];
        const term = terms[at];
        return weighed === undefined || term === undefined ? [] : [this.#marginLine(line, term, weighed)];
      }),
    };
  }

  #line({ assetId, amount, unseasoned, seasonEnd, enabled }: LineFact): LineView | undefined {
    const asset = this.#ports.follower.state.assets.get(assetId);
    if (asset === undefined) return undefined;
    const { names } = this.#ports;
    const { source } = asset;
    return {
      assetId,
      source,
      chainId: names.chainIdOf(source),
      symbol: names.symbolOf(asset),
      amount,
      unseasoned,
      seasonEnd,
      enabled,
    };
  }

  #parked({ source, index, vaultAsset, amount, reason }: ParkedCreditFact, readyAt: bigint | null): ParkedView {
    const assetId = this.#ports.follower.state.assetIdOf(source, vaultAsset) ?? 0;
    const symbol = this.#ports.names.symbolOf({ source, vaultAsset });
    return { source, index, assetId, symbol, amount, reason, readyAt, next: nextOfParked(reason) };
  }

  #marginLine(line: LineFact, terms: AssetTerms, weighed: LineMargin): MarginLineView {
    const { names, follower } = this.#ports;
    const asset = follower.state.assets.get(line.assetId);
    return {
      assetId: line.assetId,
      source: terms.sourceIndex,
      chainId: names.chainIdOf(terms.sourceIndex),
      symbol: asset === undefined ? `asset ${line.assetId}` : names.symbolOf(asset),
      amount: line.amount,
      price1e12: weighed.price.price1e12,
      factors: byGrade((grade) => factorsView(weighed.factors[grade])),
      valueWad: weighed.value,
    };
  }
}

/** Gives a margin at its three grades. */
export function gradesView({ grades }: AccountMargin): ByGrade<GradeView> {
  return byGrade((grade) => gradeView(grades[grade]));
}

function byGrade<Value>(pick: (grade: 'initial' | 'exit' | 'maintenance') => Value): ByGrade<Value> {
  return { initial: pick('initial'), exit: pick('exit'), maintenance: pick('maintenance') };
}

function gradeView({ assets, requirement }: GradeMargin): GradeView {
  return { assetsWad: assets, requirementWad: requirement, freeWad: assets - requirement };
}

function factorsView({ base, source, freshness, size, vol }: Factors): MarginLineView['factors']['initial'] {
  return {
    base: Number(base),
    source: Number(source),
    freshness: Number(freshness),
    size: Number(size),
    vol: Number(vol),
  };
}
