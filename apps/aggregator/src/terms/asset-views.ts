import type { AssetView, AssetsAnswer } from '@surety/api';
import { address } from '@surety/domain';
import { type LineMargin, lineStatusOf } from '@surety/margin';
import { type Clock, LedgerFollower, type MarginSnapshot, coverageIn } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { byGrade, conditionsOf, viewFactors } from '../accounts/margin-parts.js';
import type { Names } from '../entries/names.js';
import { KeptAnswers } from '../kept-answers.js';
import type { ListedChains } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';
import {
  type FoldedAsset,
  ageAt,
  askLedger,
  foldedAssets,
  marginOfWhole,
  requireSnapshot,
  viewBlock,
} from './folded-terms.js';
import type { AssetLimits, LedgerAsker } from './ledger-asker.js';

/** Age in milliseconds up to which an answer is given again: each asset costs four reads at every provider. */
const KEPT_MS = 3_000;
/** The only bit of a pause at the ledger. @source LedgerStorage.sol */
const PAUSE_CREDIT = 2;

/** Shows the listed assets: what a unit counts, and how much may still come. */
@Injectable()
export class AssetViews {
  readonly #kept: KeptAnswers<'assets', AssetsAnswer>;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.ledgerAsker) private readonly asker: LedgerAsker,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns every listed asset at the last folded block. @throws Problem 503. */
  assets(): Promise<AssetsAnswer> {
    return this.#kept.read('assets', () => this.#read());
  }

  async #read(): Promise<AssetsAnswer> {
    const snapshot = requireSnapshot(this.follower);
    const folded = foldedAssets(this.follower, snapshot);
    // Folded figures are taken before the wait, so that they are those of the block that is named.
    const parts = folded.map((one) => ({ limitsOf: this.#viewer(one, snapshot), assetId: one.asset.assetId }));
    const wanted = folded.map(({ asset: { assetId, source } }) => ({ assetId, source }));
    const limits = await askLedger(this.asker.readLimits(wanted, snapshot.block));
    const assets = parts.flatMap(({ limitsOf, assetId }) => {
      const own = limits.get(assetId);
      return own === undefined ? [] : [limitsOf(own)];
    });
    return { block: viewBlock(snapshot.block), assets };
  }

  #viewer({ asset, terms }: FoldedAsset, snapshot: MarginSnapshot): (limits: AssetLimits) => AssetView {
    const { block } = snapshot;
    const { source } = terms;
    const margin = marginOfWhole({ asset, terms }, block);
    const coverage = this.follower.books.coverageOf(asset);
    const sums = this.follower.books.sums.get(asset.assetId);
    const named = {
      ...this.#namesOf(asset),
      ...viewPrice({ asset, terms }, margin, snapshot),
      sourceState: source.state,
      sourceAsOf: source.asOf,
      sourceAgeS: ageAt(block, source.asOf),
      coverageWad: coverageIn(snapshot, asset.assetId),
      unsettled: (coverage.orphaned | coverage.missing | coverage.lostSeq) !== 0n,
      used: sums?.lines ?? 0n,
      parked: sums?.parked ?? 0n,
    };
    return ({ fastLimit = null, pause, ...limits }) => ({ ...named, ...limits, fastLimit, pause: viewPause(pause) });
  }

  #namesOf(asset: FoldedAsset['asset']): ReturnType<typeof namesIn> {
    return namesIn(asset, this.names, this.listed.network);
  }
}

function viewPause(pause: AssetLimits['pause']): AssetView['pause'] {
  if (pause === undefined) return null;
  return { ...pause, paused: (pause.flags & PAUSE_CREDIT) === 0 ? [] : ['credit'] };
}

function namesIn(
  asset: FoldedAsset['asset'],
  names: Names,
  { chains, settlement }: ListedChains['network'],
): Pick<
  AssetView,
  | 'assetId'
  | 'source'
  | 'chainId'
  | 'chain'
  | 'vault'
  | 'vaultAsset'
  | 'token'
  | 'symbol'
  | 'decimals'
  | 'underlying'
  | 'underlyingSymbol'
  | 'ownPrice'
> {
  const { assetId, source, vaultAsset, decimals, underlying, ownPrice } = asset;
  const chain = chains.find((one) => one.vault?.source === source);
  const token = chain?.vault?.assets.find((one) => one.index === vaultAsset)?.token;
  return {
    assetId,
    source,
    chainId: names.chainIdOf(source),
    chain: chain?.name ?? null,
    vault: chain?.vault === undefined ? null : address(chain.vault.address),
    vaultAsset,
    token: token === undefined ? null : address(token),
    symbol: names.symbolOf(asset),
    decimals,
    underlying,
    underlyingSymbol: settlement?.underlyings.find((one) => one.id === underlying)?.symbol ?? null,
    ownPrice: ownPrice === 0 ? null : ownPrice,
  };
}

function viewPrice(
  { terms }: FoldedAsset,
  margin: LineMargin,
  { block }: MarginSnapshot,
): Pick<
  AssetView,
  'factors' | 'price1e12' | 'priceInitial1e12' | 'priceObservedAt' | 'priceAgeS' | 'status' | 'conditions'
> {
  const observed = terms.prices.map(({ observedAt }) => observedAt);
  const oldest = observed.reduce((low, one) => (one < low ? one : low), observed[0] ?? 0n);
  const status = lineStatusOf(margin);
  return {
    factors: byGrade((grade) => viewFactors(margin.factors[grade])),
    price1e12: margin.price.price1e12,
    priceInitial1e12: margin.price.initial1e12,
    priceObservedAt: oldest,
    priceAgeS: oldest === 0n ? null : ageAt(block, oldest),
    status: Number(status),
    conditions: conditionsOf(status),
  };
}
