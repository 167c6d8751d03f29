import type { MarginView, View, whatIfQuery } from '@surety/api';
import { type Bytes32, WAD } from '@surety/domain';
import { isInfiniteRequirement } from '@surety/margin';
import { type AssetFact, type AssetTerms, LedgerFollower, type LineFact, type MarginSums } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../problem.js';
import { type AccountAtBlock, AccountMargins } from './account-margins.js';
import { AccountViews } from './account-views.js';

/** Wanted changes of an account. */
export type WhatIf = View<typeof whatIfQuery>;

const NOTHING_REQUIRED: MarginSums = {
  initial: 0n,
  initialRequirement: 0n,
  exit: 0n,
  exitRequirement: 0n,
  maintenance: 0n,
  maintenanceRequirement: 0n,
  status: 0n,
  oldestAsOf: 0n,
};

/** Weighs accounts with changes that nobody made, by the engine that weighs them as they are. */
@Injectable()
export class WhatIfs {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(AccountMargins) private readonly margins: AccountMargins,
    @Inject(AccountViews) private readonly views: AccountViews,
  ) {}

  /** Returns an account's margin after changes. @throws Problem 404 for an asset or a price slot that is not listed, 503. */
  async weigh(account: Bytes32, { amounts = [], prices = [], requirementWad }: WhatIf): Promise<MarginView> {
    const held = await this.margins.load(account);
    const { assets } = this.follower.books;
    for (const { id } of amounts) if (!assets.has(id)) throw unlisted('UNKNOWN_ASSET', `asset ${id}`, '/v1/assets');
    const slots = new Set([...assets.values()].flatMap(({ underlying, ownPrice }) => [underlying, ownPrice]));
    for (const { id } of prices)
      if (id === 0 || !slots.has(id)) throw unlisted('UNKNOWN_PRICE', `price slot ${id}`, '/v1/prices');
    const lines = withAmounts(account, held.lines, amounts);
    const snapshot = withPrices(held.snapshot, assets, byId(prices));
    return this.views.marginOf(account, { lines, snapshot, required: withRequirement(held.required, requirementWad) });
  }
}

function byId(changes: NonNullable<WhatIf['amounts']>): Map<number, bigint> {
  return new Map(changes.map(({ id, value }) => [id, value]));
}

/** A line that is new counts; one that grows keeps its unseasoned part, and one that shrinks loses what has seasoned first. */
function withAmounts(
  account: Bytes32,
  lines: readonly LineFact[],
  amounts: NonNullable<WhatIf['amounts']>,
): LineFact[] {
  const wanted = byId(amounts);
  const changed = lines.map((line) => {
    const amount = wanted.get(line.assetId);
    if (amount === undefined) return line;
    wanted.delete(line.assetId);
    const unseasoned = line.unseasoned < amount ? line.unseasoned : amount;
    return { ...line, amount, unseasoned, enabled: line.enabled || line.amount === 0n };
  });
  const added = [...wanted].map(([assetId, amount]) => {
    return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: true };
  });
  return [...changed, ...added];
}

function withPrices(
  snapshot: AccountAtBlock['snapshot'],
  assets: ReadonlyMap<number, AssetFact>,
  prices: ReadonlyMap<number, bigint>,
): AccountAtBlock['snapshot'] {
  if (prices.size === 0) return snapshot;
  const priced = (assetId: number, terms: AssetTerms): AssetTerms => {
    const asset = assets.get(assetId);
    const slots = [asset?.underlying ?? 0, asset?.ownPrice ?? 0];
    // A price that stands is its own slow price.
    const at = terms.prices.map((price, place) => {
      const price1e12 = prices.get(slots[place] ?? 0);
      return price1e12 === undefined ? price : { ...price, price1e12, slow1e12: price1e12 };
    });
    return { ...terms, prices: at };
  };
  return {
    ...snapshot,
    terms: new Map([...snapshot.terms].map(([assetId, terms]) => [assetId, priced(assetId, terms)])),
  };
}

/** A requirement never falls below 0, and one that is infinite stays so. */
function withRequirement(required: MarginSums | undefined, change: bigint): MarginSums | undefined {
  if (change === 0n) return required;
  const from = required ?? NOTHING_REQUIRED;
  const changed = (requirement: bigint): bigint => {
    if (isInfiniteRequirement(requirement)) return requirement;
    const sum = requirement + change;
    return sum < 0n ? 0n : sum < REQUIREMENT_MOST ? sum : REQUIREMENT_MOST;
  };
  return {
    ...from,
    initialRequirement: changed(from.initialRequirement),
    exitRequirement: changed(from.exitRequirement),
    maintenanceRequirement: changed(from.maintenanceRequirement),
  };
}

/** Most that a changed requirement is: protocols' figures are below 2^128, and 2^60 times that is past any wealth. */
const REQUIREMENT_MOST = 2n ** 128n * WAD;

function unlisted(code: string, what: string, where: string): Problem {
  return new Problem({ status: 404, code, detail: `the ledger lists no ${what}; see ${where} for those it lists` });
}
