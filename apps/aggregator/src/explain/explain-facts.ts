import type { AccountView, EdgeView, EntryView, LineView, MarginLineView, MarginView } from '@surety/api';
import type {
  AccountFacts,
  Bytes32,
  ChainFacts,
  ExplainedEdge,
  LineFacts,
  LockFacts,
  ParkedFacts,
  PriceFacts,
  ReleaseFacts,
  SalePriceFacts,
} from '@surety/domain';
import { chainCondition, mulDivDown, parkedCondition } from '@surety/domain';
import type { Store } from '@surety/store';
import { type Clock, Intake, LedgerFollower, type ParkedCreditFact, attesterEpochAt } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { AccountViews } from '../accounts/account-views.js';
import { ParkedDates } from '../accounts/parked-dates.js';
import { EdgeViews } from '../entries/edge-views.js';
import type { Names } from '../entries/names.js';
import { Problem } from '../problem.js';
import { FollowStates } from '../projections/follow-states.js';
import type { ListedChains } from '../status/chain-views.js';
import { StatusViews } from '../status/status-views.js';
import { PriceViews } from '../terms/price-views.js';
import { TOKENS } from '../tokens.js';

const ASKED = 'the aggregator';

/** An account with its margin, and its lines as they are explained. */
interface ReadAccount {
  readonly view: AccountView;
  readonly margin: MarginView;
  readonly lines: LineFacts[];
}

/** Accounts that one answer has read, or is reading: many of its entries may be of one. */
export type ReadAccounts = Map<Bytes32, Promise<ReadAccount>>;

/** Gathers the facts of explanations from what the aggregator shows elsewhere. */
@Injectable()
export class ExplainFacts {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(Intake) private readonly intake: Intake,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(FollowStates) private readonly states: FollowStates,
    @Inject(StatusViews) private readonly status: StatusViews,
    @Inject(EdgeViews) private readonly edges: EdgeViews,
    @Inject(AccountViews) private readonly accounts: AccountViews,
    @Inject(ParkedDates) private readonly dates: ParkedDates,
    @Inject(PriceViews) private readonly prices: PriceViews,
  ) {}

  get nowS(): bigint {
    return BigInt(Math.floor(this.clock.nowMs() / 1_000));
  }

  /** Returns every listed chain, with what its providers said where it cannot be followed. */
  chains(): ChainFacts[] {
    const { states } = this;
    const followed = [states.ledger, ...states.vaults];
    return this.status.chains().map(({ chainId, name, condition, reason, heightFinal }) => {
      const failing = followed.find((one) => one.chainId === chainId)?.condition;
      const known = { name, chainId, heightFinal, asked: ASKED };
      if (failing?.kind !== 'failing') return { ...known, condition, reason };
      return {
        ...known,
        condition: condition === 'halted' ? condition : 'failing',
        reason: `${failing.code}: ${failing.detail}`,
      };
    });
  }

  /** Returns every edge. */
  async edgesOf(chosen: (edge: EdgeView) => boolean): Promise<ExplainedEdge[]> {
    const chains = this.chains();
    return Promise.all(
      this.edges
        .edges()
        .filter(chosen)
        .map((edge) => this.#edge(edge, chains)),
    );
  }

  async #edge(view: EdgeView, chains: readonly ChainFacts[]): Promise<ExplainedEdge> {
    const { edge, source, appliedCount, attestedCount } = view;
    const domain = this.intake.book(edge)?.known.domain;
    const quorum = domain === undefined ? 0 : (attesterEpochAt(this.intake.epochsOf(domain), this.nowS)?.quorum ?? 0);
    const waits = attestedCount > appliedCount;
    const first = waits ? await this.store.views.loadMilestones(edge, appliedCount + 1n) : {};
    const chainOf = (chainId: number): ChainFacts =>
      chains.find((one) => one.chainId === chainId) ?? this.#unlisted(chainId);
    return {
      ...view,
      quorum: view.local ? 0 : quorum,
      origin: chainOf(view.originChainId),
      destination: chainOf(view.destinationChainId),
      vaultChain: chainOf(this.names.chainIdOf(source)).name,
      postWaitS: waits ? this.#since(first.attested?.atMs ?? null) : null,
    };
  }

  /** A chain outside the list has what its loop last reported. */
  #unlisted(chainId: number): ChainFacts {
    const { ledger, vaults } = this.states;
    const state = [ledger, ...vaults].find((one) => one.chainId === chainId)?.condition;
    const failing = state?.kind === 'failing' ? `${state.code}: ${state.detail}` : null;
    const condition = failing === null ? 'live' : 'failing';
    return { name: `chain ${chainId}`, chainId, condition, reason: failing, heightFinal: null, asked: ASKED };
  }

  /** Returns a lock with its credit, and the line that holds it once it counts. */
  async lock(entry: EntryView, edge: ExplainedEdge, read: ReadAccounts = new Map()): Promise<LockFacts> {
    const { follower } = this;
    const { cursor } = follower;
    const count = follower.books.replicas.find((one) => one.edge === edge.edge)?.count ?? 0n;
    const source = this.intake.book(entry.edge)?.known.source ?? 0;
    const credit = count >= entry.index ? await this.store.collateral.loadParked(source, entry.index) : undefined;
    const parked = credit === undefined || credit.reason === 'FEE' ? null : await this.parked(credit);
    const isCredited = count >= entry.index && parked === null && entry.assetId !== null;
    const { origin } = entry.blocks;
    return {
      id: entry.id,
      index: entry.index,
      amountText: this.amountText(entry.amount, source, entry.asset),
      edge,
      signers: entry.attestedBy,
      isFinal: entry.stage !== 'seen',
      origin: origin === null ? null : { height: origin.height, hash: origin.hash },
      finalForS: this.#since(entry.times.finalMs),
      attestedForS: this.#since(entry.times.attestedMs),
      folded: cursor === undefined ? null : { height: cursor.height, hash: cursor.hash, count },
      parked,
      ...(isCredited ? await this.#credited(entry, read) : { line: null, gain: null }),
    };
  }

  /** The line that holds a credit, and the credit's share of what the line counts, rounded down. */
  async #credited(
    { account, assetId, amount, fee }: EntryView,
    read: ReadAccounts,
  ): Promise<Pick<LockFacts, 'line' | 'gain'>> {
    const { view, lines } = await this.#readOnce(account, read);
    const line = lines.find((one) => one.assetId === assetId);
    const units = view.lines.find((one) => one.assetId === assetId)?.amount ?? 0n;
    if (line === undefined || units === 0n) return { line: line ?? null, gain: null };
    const own = amount - fee;
    const wad = mulDivDown(line.initialWad, own < units ? own : units, units);
    return { line, gain: { wad, text: wadText(wad) } };
  }

  /** Returns a release. */
  release(entry: EntryView, edge: ExplainedEdge): ReleaseFacts {
    const { id, index, stage, reason, attestedBy, times, payment } = entry;
    return {
      id,
      index,
      edge,
      stage,
      reason,
      signers: attestedBy,
      finalForS: this.#since(times.finalMs),
      attestedForS: this.#since(times.attestedMs),
      readyAt: payment?.readyAt ?? null,
      nowS: this.nowS,
    };
  }

  /** Returns a parked credit with its date. */
  async parked(credit: ParkedCreditFact): Promise<ParkedFacts> {
    const { reason, account, amount, source, index, vaultAsset } = credit;
    const [readyAt = null] = await this.dates.of([credit]);
    const amountText = this.amountText(amount, source, vaultAsset);
    return { reason, readyAt, account, amountText, source, index, nowS: this.nowS };
  }

  /** Returns an account with its lines, its parked credit, and the chains that may hide locks of it. */
  async account(account: Bytes32, read: ReadAccounts = new Map()): Promise<AccountFacts> {
    const { view, margin, lines } = await this.#readOnce(account, read);
    // A credit that is parked as unlisted has no number at the ledger, so its asset is the vault's.
    const credits = await this.store.collateral.loadParkedOf(account, view.parked.length);
    const parked = view.parked.map(({ reason, readyAt, amount, symbol, source, index }) => {
      const credit = credits.find((one) => one.source === source && one.index === index);
      const amountText =
        credit === undefined ? `${amount} units of ${symbol}` : this.amountText(amount, source, credit.vaultAsset);
      return parkedCondition({ reason, readyAt, account, amountText, source, index, nowS: this.nowS });
    });
    const { initial } = margin.grades;
    return {
      account,
      lines,
      parked,
      chains: this.chains().map(chainCondition),
      liquidatable: margin.liquidatable,
      mayTakeRisk: margin.mayTakeRisk,
      freeText: wadText(initial.freeWad),
      initialWad: initial.assetsWad,
      block: margin.block.height,
    };
  }

  /** Returns the lines of an account. @throws Problem 503 until a block is folded. */
  async lines(account: Bytes32, read: ReadAccounts = new Map()): Promise<LineFacts[]> {
    return (await this.#readOnce(account, read)).lines;
  }

  #readOnce(account: Bytes32, read: ReadAccounts): Promise<ReadAccount> {
    const found = read.get(account) ?? this.#readAccount(account);
    read.set(account, found);
    return found;
  }

  async #readAccount(account: Bytes32): Promise<ReadAccount> {
    const [view, margin] = await Promise.all([this.accounts.account(account), this.accounts.margin(account)]);
    return { view, margin, lines: await this.#linesOf(view.lines, margin) };
  }

  async #linesOf(lines: readonly LineView[], margin: MarginView): Promise<LineFacts[]> {
    const edges = await this.edgesOf(({ direction }) => direction === 'to-ledger');
    return lines.flatMap((line) => {
      const weighed = margin.lines.find(({ assetId }) => assetId === line.assetId);
      return weighed === undefined ? [] : [this.#line(line, weighed, { margin, edges })];
    });
  }

  #line(
    line: LineView,
    weighed: MarginLineView,
    at: { margin: MarginView; edges: readonly ExplainedEdge[] },
  ): LineFacts {
    const { assetId, chainId, unseasoned, seasonEnd, enabled, unsettled, coverageWad } = line;
    const edge = at.edges.find(({ origin }) => origin.chainId === chainId);
    const initialWad = weighed.valueWad.initial;
    return {
      ...this.#price(assetId, line.symbol, weighed.conditions),
      account: at.margin.account,
      assetId,
      chain: edge?.origin.name ?? `chain ${chainId}`,
      edge: edge?.edge ?? '',
      enabled,
      unsettled,
      isShort: coverageWad !== null,
      seasonEnd: unseasoned > 0n ? seasonEnd : null,
      nowS: at.margin.block.timestamp,
      initialWad,
      initialText: wadText(initialWad),
    };
  }

  /** Returns the price of an asset by its symbol and chain; undefined for one that the ledger does not list. */
  async price(symbol: string, chain: string): Promise<SalePriceFacts | undefined> {
    const place = this.chains().find(({ name, chainId }) => name === chain || String(chainId) === chain);
    const asset = [...this.follower.books.assets.values()].find((one) => {
      const isThere = this.names.chainIdOf(one.source) === place?.chainId;
      return isThere && this.names.symbolOf(one).toLowerCase() === symbol.toLowerCase();
    });
    if (asset === undefined) return undefined;
    const { assetId } = asset;
    const price = this.#price(assetId, `${this.names.symbolOf(asset)} of ${chain}`, undefined);
    return { ...price, sellsFrom: await this.#sellsFrom(assetId), nowS: this.#blockTime() };
  }

  /** The latest of what the prices of an asset wait for; undefined if the ledger cannot be asked. */
  async #sellsFrom(assetId: number): Promise<bigint | null | undefined> {
    const answer = await this.prices.prices().catch((cause: unknown) => {
      if (cause instanceof Problem) return undefined;
      throw cause;
    });
    const own = answer?.prices.filter(({ assets }) => assets.includes(assetId));
    return own?.reduce<bigint | null>(
      (latest, { sellsFrom }) => ((sellsFrom ?? 0n) > (latest ?? 0n) ? sellsFrom : latest),
      null,
    );
  }

  #blockTime(): bigint {
    return this.follower.snapshot?.block.timestamp ?? this.nowS;
  }

  /** The price with the least of its allowed age left; conditions of a price alone are found from that age and its feed. */
  #price(assetId: number, symbol: string, conditions: readonly string[] | undefined): PriceFacts {
    const { snapshot } = this.follower;
    const at = this.#blockTime();
    const prices = snapshot?.terms.get(assetId)?.prices ?? [];
    const aged = prices
      .map(({ observedAt, maxAgeS, failing }) => {
        const ageS = observedAt === 0n ? null : Number(at > observedAt ? at - observedAt : 0n);
        return { ageS, ageMaxS: maxAgeS, failing, leftS: ageS === null ? -Infinity : maxAgeS - ageS };
      })
      .sort((left, right) => left.leftS - right.leftS);
    const [worst] = aged;
    const own = [
      ...(worst === undefined || worst.ageS === null ? ['price-missing'] : worst.leftS < 0 ? ['price-stale'] : []),
      ...(aged.some(({ failing }) => failing) ? ['price-failing'] : []),
    ];
    return {
      symbol,
      ageS: worst?.ageS ?? null,
      ageMaxS: worst?.ageMaxS ?? null,
      conditions: conditions ?? own,
      block: snapshot?.block.height ?? 0n,
    };
  }

  /** Writes an amount of a vault's asset in whole tokens with its symbol, or in units where nobody knows its decimals. */
  amountText(amount: bigint, source: number, vaultAsset: number): string {
    const symbol = this.names.symbolOf({ source, vaultAsset });
    const decimals = this.#decimalsOf(source, vaultAsset);
    return decimals === undefined ? `${amount} units of ${symbol}` : `${unitsText(amount, decimals)} ${symbol}`;
  }

  /** The configuration knows an asset before the ledger lists it. */
  #decimalsOf(source: number, vaultAsset: number): number | undefined {
    const vault = this.listed.network.chains.find((chain) => chain.vault?.source === source)?.vault;
    const configured = vault?.assets.find(({ index }) => index === vaultAsset);
    if (configured !== undefined) return configured.decimals;
    const { books } = this.follower;
    return books.assets.get(books.assetIdOf(source, vaultAsset) ?? 0)?.decimals;
  }

  #since(atMs: number | null): number | null {
    return atMs === null ? null : Math.max(0, Math.floor((this.clock.nowMs() - atMs) / 1_000));
  }
}

/** Writes a value of 18 decimals with two, cut toward zero. */
function wadText(value: bigint): string {
  const cents = mulDivDown(value < 0n ? -value : value, 100n, 10n ** 18n)
    .toString()
    .padStart(3, '0');
  return `${value < 0n ? '-' : ''}${cents.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${cents.slice(-2)}`;
}

function unitsText(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${digits.slice(0, digits.length - decimals)}${decimals === 0 || fraction === '' ? '' : `.${fraction}`}`;
}
