import {
  type HealthHistoryAnswer,
  type HistoryAnswer,
  type View,
  type healthHistoryQuery,
  type historyQuery,
} from '@surety/api';
import { type Bytes32, wad } from '@surety/domain';
import { healthFactorOf } from '@surety/margin';
import type { Store } from '@surety/store';
import { type AccountChange, LedgerFollower, type SettlementReader } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import type { Names } from '../entries/names.js';
import { TOKENS } from '../tokens.js';
import { BlockTimes } from './block-times.js';

/** Shows what happened to accounts, and how healthy they were, newest first. */
@Injectable()
export class Histories {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(BlockTimes) private readonly times: BlockTimes,
  ) {}

  /** Returns a page of an account's changes; none for an account that nothing happened to. */
  async page(account: Bytes32, { before, limit }: View<typeof historyQuery>): Promise<HistoryAnswer> {
    const { history } = this.store;
    // One more than the page tells whether there is another.
    const found = await history.loadHistory(account, before, limit + 1);
    const changes = found.slice(0, limit);
    const times = await this.times.of(changes.map(({ height }) => height));
    const gap = await history.loadHistoryGap(this.reader.chainId);
    return {
      account,
      changes: changes.map((change) => this.#view(change, times.get(change.height) ?? null)),
      next: found.length > limit ? (changes.at(-1)?.position ?? null) : null,
      completeFrom: gap === undefined ? null : gap + 1n,
    };
  }

  /** Returns a page of an account's health over time; none for an account that owed nothing while it was watched. */
  async healthPage(account: Bytes32, { before, limit }: View<typeof healthHistoryQuery>): Promise<HealthHistoryAnswer> {
    const found = await this.store.health.loadPoints(account, before, limit + 1);
    const points = found.slice(0, limit).map(({ height, timestamp, assets, requirement }) => {
      const healthFactorWad = healthFactorOf({ assets: wad(assets), requirement: wad(requirement) });
      return { height, timestamp, assetsWad: assets, requirementWad: requirement, healthFactorWad };
    });
    return { account, points, next: found.length > limit ? (points.at(-1)?.timestamp ?? null) : null };
  }

  #view(change: AccountChange, timestamp: bigint | null): HistoryAnswer['changes'][number] {
    const { position, kind, assetId, delta, amount, units, index, party, reason, height, hash, txHash } = change;
    const asset = assetId === null ? undefined : this.follower.books.assets.get(assetId);
    const source = change.source ?? asset?.source ?? null;
    return {
      position,
      kind,
      assetId,
      symbol: asset === undefined ? null : this.names.symbolOf(asset),
      delta,
      amount,
      units,
      source,
      chainId: source === null ? null : this.names.chainIdOf(source),
      index,
      party,
      reason,
      block: { chainId: this.reader.chainId, height, hash },
      timestamp,
      txHash,
    };
  }
}
