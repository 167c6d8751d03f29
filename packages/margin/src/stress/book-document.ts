import { PPM, ppm } from '@surety/domain';
import { type Fraction, toScaled } from '../number/decimal.js';
import {
  type Field,
  Problems,
  type Range,
  booleanField,
  decimalField,
  integerField,
  isRawObject,
  listField,
  objectField,
  optional,
  textField,
  wordField,
} from '../request-fields.js';
import { marginError } from '../errors.js';
import { SOURCE_STATES, type SourceState } from '../source-freshness.js';
import type {
  DerivativeMarket,
  ExpiryMarket,
  ListedAsset,
  ListedSource,
  MarketSnapshot,
  Underlying,
} from '../unified/market-snapshot.js';
import type { PriceFeed } from '../unified/price-feed.js';
import { SHIPPED_FEED_TERMS, SHIPPED_MARKET_TERMS, SHIPPED_TERMS } from '../unified/shipped-terms.js';
import type { Stress, StressStep } from './market-stress.js';
import { requireSoundBook } from './require-sound-book.js';
import type { NamedAccount } from './stress-report.js';

/** A book with its market. */
export interface BookDocument {
  readonly snapshot: MarketSnapshot;
  readonly accounts: readonly NamedAccount[];
}

const scaled = (value: Fraction, decimals = 18): bigint => toScaled(value, decimals, 'halfUp');
const WHOLE = 10n ** 18n;

function mappedField<From, To>(field: Field<From>, change: (value: From) => To): Field<To> {
  return { optional: field.optional, read: (value, path, problems) => change(field.read(value, path, problems)) };
}

const wad = (range: Range = 'any') => mappedField(decimalField(range), (value) => scaled(value));

/** An object whose names are the writer's. */
function namedField<Value>(member: Field<Value>): Field<ReadonlyMap<string, Value>> {
  return {
    optional: false,
    read: (value, path, problems) => {
      if (isRawObject(value)) {
        return new Map(
          Object.entries(value).map(([name, one]) => [name, member.read(one, `${path}.${name}`, problems)]),
        );
      }
      problems.note('INVALID_TYPE', `${path} is no object`);
      return new Map();
    },
  };
}

const feedFields = {
  price: wad('notNegative'),
  halfWidth: optional(wad('notNegative')),
  slow: optional(wad('notNegative')),
  ageS: optional(integerField('notNegative')),
  maxAgeS: optional(integerField('notNegative')),
  confidence: optional(wad('share')),
};

const sourceField = objectField({
  weightInitialBps: integerField('notNegative'),
  weightMaintenanceBps: integerField('notNegative'),
  ageS: optional(integerField('notNegative')),
  state: optional(wordField(...(Object.keys(SOURCE_STATES) as [SourceState, ...SourceState[]]))),
  accountCap: optional(wad('notNegative')),
});

const expiryField = objectField({
  secondsToExpiry: integerField('notNegative'),
  forward: wad('positive'),
  vol: wad('notNegative'),
  confidence: optional(wad('share')),
});

const marketField = objectField({
  perpPrice: optional(wad('positive')),
  settlement: textField(),
  openInterest: optional(wad('notNegative')),
  dailyVolume: wad('positive'),
  depth: optional(wad('positive')),
  dailyVol: wad('notNegative'),
  rate: optional(wad()),
  scanRange: optional(wad('share')),
  expiries: optional(namedField(expiryField)),
});

const underlyingField = objectField({
  ...feedFields,
  market: optional(marketField),
  money: optional(booleanField()),
});

const assetField = objectField({
  underlying: textField(),
  source: textField(),
  decimals: integerField('notNegative'),
  baseInitialBps: integerField('notNegative'),
  baseMaintenanceBps: integerField('notNegative'),
  price: optional(wad('notNegative')),
  debtInitial: optional(wad('positive')),
  debtMaintenance: optional(wad('positive')),
});

const accountField = objectField({
  id: textField(),
  portfolio: optional(booleanField()),
  owed: optional(wad('notNegative')),
  cash: optional(wad('notNegative')),
  lines: optional(
    listField(
      objectField({
        asset: textField(),
        amount: decimalField('notNegative'),
        unseasoned: optional(decimalField('notNegative')),
      }),
    ),
  ),
  debts: optional(listField(objectField({ asset: textField(), amount: wad('notNegative') }))),
  perps: optional(
    listField(
      objectField({
        underlying: textField(),
        size: wad(),
        entryPrice: wad('positive'),
        funding: optional(wad()),
        orders: optional(listField(objectField({ size: wad(), price: wad('positive') }))),
      }),
    ),
  ),
  options: optional(
    listField(
      objectField({
        underlying: textField(),
        expiry: textField(),
        strike: wad('positive'),
        type: wordField('call', 'put'),
        quantity: wad(),
      }),
    ),
  ),
});

const bookField = objectField({
  at: integerField('positive'),
  sources: namedField(sourceField),
  underlyings: namedField(underlyingField),
  assets: namedField(assetField),
  accounts: listField(accountField),
});

type Read<Of> = Of extends Field<infer Value> ? Value : never;

/**
 * Reads a book: numbers are decimal text, fields as in docs/MARGIN.md, terms those that are shipped.
 * @throws INVALID_TYPE to INCONSISTENT_INPUT naming the path of what is wrong.
 */
export function parseBookDocument(json: unknown): BookDocument {
  const problems = new Problems();
  const book = bookField.read(json, 'book', problems);
  problems.refuse();
  const { at } = book;
  const underlyings = new Map([...book.underlyings].map(([name, one]) => [name, underlyingOf(one)]));
  const assets = new Map([...book.assets].map(([name, one]) => [name, assetOf(one, underlyings)]));
  const sources = new Map([...book.sources].map(([name, one]) => [name, sourceOf(one, at)]));
  const snapshot = { at, sources, assets, underlyings, feedTerms: SHIPPED_FEED_TERMS, terms: SHIPPED_TERMS };
  const accounts = book.accounts.map((one) => accountOf(one, { assets, at }));
  requireSoundBook(snapshot, accounts);
  return { snapshot, accounts };
}

const stepField = objectField({
  kind: wordField('crash', 'depeg', 'volatility', 'correlation', 'outage', 'quarantine', 'oracle-freeze'),
  underlying: optional(textField()),
  source: optional(textField()),
  factor: optional(wad('positive')),
  price: optional(wad('positive')),
  seconds: optional(integerField('positive')),
});

const stressField = listField(
  objectField({ name: textField(), says: optional(textField()), steps: listField(stepField) }),
);

/** Reads scenarios: a list of `{"name","steps":[…]}`. @throws INVALID_TYPE to INCONSISTENT_INPUT naming what is wrong. */
export function parseStresses(json: unknown): readonly Stress[] {
  const problems = new Problems();
  const stresses = stressField.read(json, 'scenarios', problems);
  problems.refuse();
  return stresses.map(({ name, says = '', steps }) => ({ name, says, steps: steps.map((step) => stepOf(step, name)) }));
}

function stepOf(
  { kind, underlying, source, factor, price, seconds }: Read<typeof stepField>,
  name: string,
): StressStep {
  const only = underlying === undefined ? {} : { underlying };
  const need = <Value>(value: Value | undefined, field: string): Value => {
    if (value === undefined) throw marginError('MISSING_FIELD', `scenario ${name}: ${kind} has no ${field}`);
    return value;
  };
  switch (kind) {
    case 'crash':
      return { kind, ...only, factor: need(factor, 'factor') };
    case 'depeg':
      return { kind, underlying: need(underlying, 'underlying'), price: need(price, 'price') };
    case 'volatility':
      return { kind, factor: need(factor, 'factor') };
    case 'correlation':
      return { kind };
    case 'outage':
      return { kind, source: need(source, 'source'), seconds: need(seconds, 'seconds') };
    case 'quarantine':
      return { kind, source: need(source, 'source') };
    case 'oracle-freeze':
      return { kind, ...only, seconds: need(seconds, 'seconds') };
  }
}

function feedOf(of: { readonly price: bigint } & Partial<PriceFeed>): PriceFeed {
  const { price, halfWidth = 0n, slow = price, ageS = 0n, maxAgeS = 0n, confidence = WHOLE } = of;
  return { price, halfWidth, slow, ageS, maxAgeS, confidence, lastValid: price };
}

function sourceOf(of: Read<typeof sourceField>, at: bigint): ListedSource {
  const weightMaintenanceBps = Number(of.weightMaintenanceBps);
  const source = {
    state: of.state ?? ('LIVE' as const),
    stateUntil: at + 259_200n,
    asOf: at - (of.ageS ?? 0n),
    weightInitialBps: Number(of.weightInitialBps),
    weightMaintenanceBps,
    staleAfterMinutes: 90,
    darkAfterMinutes: 360,
    floorAfterMinutes: 4_320,
    frozenMaintenanceBps: 10_000,
    thawedAt: 0n,
  };
  return of.accountCap === undefined ? { source } : { source, accountCap: of.accountCap };
}

function underlyingOf(of: Read<typeof underlyingField>): Underlying {
  const feed = feedOf(of);
  return {
    feed,
    ...(of.money === true ? { money: true } : {}),
    ...(of.market === undefined ? {} : { derivatives: marketOf(of.market, feed.price) }),
  };
}

function marketOf(of: Read<typeof marketField>, price: bigint): DerivativeMarket {
  const { portfolio } = SHIPPED_MARKET_TERMS;
  const expiries = new Map(
    [...(of.expiries ?? [])].map(([name, { confidence = WHOLE, ...one }]): [string, ExpiryMarket] => [
      name,
      { ...one, confidence },
    ]),
  );
  return {
    perpPrice: of.perpPrice ?? price,
    settlement: of.settlement,
    openInterest: of.openInterest ?? 0n,
    dailyVolume: of.dailyVolume,
    ...(of.depth === undefined ? {} : { depth: of.depth }),
    dailyVol: of.dailyVol,
    rate: of.rate ?? 0n,
    expiries,
    terms: { ...SHIPPED_MARKET_TERMS, portfolio: { ...portfolio, scanRange: of.scanRange ?? portfolio.scanRange } },
  };
}

function assetOf(of: Read<typeof assetField>, underlyings: ReadonlyMap<string, Underlying>): ListedAsset {
  const underlying = underlyings.get(of.underlying);
  if (underlying === undefined) throw marginError('INCONSISTENT_INPUT', `underlying ${of.underlying} is not listed`);
  if (of.decimals > 24n) throw marginError('OUT_OF_RANGE', `an asset has ${of.decimals} decimals; expected 24 at most`);
  const debtMaintenance = of.debtMaintenance ?? WHOLE;
  return {
    underlying: of.underlying,
    source: of.source,
    asset: {
      decimals: Number(of.decimals),
      baseInitialBps: Number(of.baseInitialBps),
      baseMaintenanceBps: Number(of.baseMaintenanceBps),
    },
    feed: of.price === undefined ? underlying.feed : feedOf({ price: of.price }),
    volInitial: ppm(PPM),
    volMaintenance: ppm(PPM),
    debtInitial: of.debtInitial ?? debtMaintenance,
    debtMaintenance,
  };
}

function accountOf(
  of: Read<typeof accountField>,
  { assets, at }: { readonly assets: ReadonlyMap<string, ListedAsset>; readonly at: bigint },
): NamedAccount {
  const { id, portfolio = false, owed = 0n, cash, lines = [], debts = [], perps = [], options = [] } = of;
  const unitsOf = (asset: string, amount: Fraction): bigint =>
    toScaled(amount, assets.get(asset)?.asset.decimals ?? 0, 'floor');
  return {
    id,
    account: {
      mode: portfolio ? 'portfolio' : 'standard',
      lines: lines.map(({ asset, amount, unseasoned }) => ({
        asset,
        amount: unitsOf(asset, amount),
        // A book is of one moment: what does not count then seasons later.
        ...(unseasoned === undefined ? {} : { unseasoned: unitsOf(asset, unseasoned), seasonEnd: at + 1n }),
      })),
      debts,
      perps: perps.map(({ funding = 0n, orders = [], ...perp }) => ({ ...perp, funding, orders })),
      options,
      feesAccrued: owed,
      ...(cash === undefined ? {} : { cash }),
    },
  };
}
