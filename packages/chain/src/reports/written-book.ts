import { PPM, mulDivDown, mulDivUp } from '@surety/domain';
import { slowPriceAt } from '@surety/margin';
import { formatUnits } from 'viem';
import { chainError } from '../errors.js';
import { ownPriceOf } from './compare-asset.js';
import { type OwnMarkets, type WrittenMarket, marketAt } from './markets.js';
import { type ReportBlock, type readLine, WAD_PER_PRICE, readCachedPrice } from './report-chain.js';

/** A chain at one block, with the block's time. */
export interface TimedBlock extends ReportBlock {
  /** Seconds. */
  readonly time: bigint;
}

/** A line with what a book says of it. */
export type WrittenLine = Awaited<ReturnType<typeof readLine>>;

/** An underlying as a book names it. */
export interface WrittenUnderlying {
  readonly name: string;
  readonly slot: number;
  readonly written: Readonly<Record<string, unknown>> & WrittenMarket;
}

/** Price slots that a book needs, and the figures that stand on no chain. */
export interface NeededUnderlyings {
  /** Slots of positions: each needs a market. */
  readonly traded: ReadonlySet<number>;
  /** All slots, in any order. */
  readonly slots: readonly number[];
  readonly markets: OwnMarkets;
}

/**
 * Returns the underlyings of some price slots and those in which their markets settle, ascending by slot.
 * @throws MARKET_MISSING for a traded one without a market, or a slot without a symbol.
 */
export async function readUnderlyings(
  { traded, slots: first, markets }: NeededUnderlyings,
  at: TimedBlock,
): Promise<WrittenUnderlying[]> {
  const slots = new Set(first);
  const found: WrittenUnderlying[] = [];
  // Iteration includes slots added meanwhile: a market's settlement asset has a market of its own.
  for (const slot of slots) {
    const name = symbolOf(slot, at);
    const own = marketAt(markets[name], at.time);
    if (own.market === undefined && traded.has(slot)) {
      throw chainError(
        'MARKET_MISSING',
        `the markets file says nothing of ${name}, which an account trades; expected its volume and volatility: add "${name}":{"settlement","dailyVolume","dailyVol"}`,
      );
    }
    if (own.market !== undefined) slots.add(slotOf(String(own.market['settlement']), name, at));
    found.push({ name, slot, written: { ...(await readFeed(slot, at)), ...own } });
  }
  return found.toSorted((left, right) => left.slot - right.slot);
}

function symbolOf(slot: number, { settlement }: TimedBlock): string {
  const found = settlement.underlyings.find(({ id }) => id === slot);
  if (found !== undefined) return found.symbol;
  throw chainError(
    'MARKET_MISSING',
    `price slot ${slot} has no symbol in chains.config.json; expected it among settlement.underlyings: add it`,
  );
}

function slotOf(symbol: string, market: string, { settlement }: TimedBlock): number {
  const found = settlement.underlyings.find((one) => one.symbol === symbol);
  if (found !== undefined) return found.id;
  const known = settlement.underlyings.map((one) => one.symbol).join(', ');
  throw chainError('MARKET_MISSING', `the market of ${market} settles in ${symbol}; expected one of ${known}`);
}

async function readFeed(slot: number, at: TimedBlock): Promise<Record<string, string>> {
  const cached = await readCachedPrice(slot, at);
  const { price1e12, confPpm, observedAt, maxAgeS } = cached;
  const age = at.time - observedAt;
  return {
    price: formatUnits(price1e12, 12),
    slow: formatUnits(slowPriceAt(cached, at.time), 12),
    halfWidth: formatUnits(mulDivUp(price1e12 * WAD_PER_PRICE, BigInt(confPpm), PPM), 18),
    ageS: (age > 0n ? age : 0n).toString(),
    maxAgeS: String(maxAgeS),
  };
}

/** Returns a book's name of an asset, from its number at the ledger. */
export function assetName(id: number): string {
  return `asset-${id}`;
}

/** Returns a book's name of the source of a line, from its number at the ledger. */
export function sourceName({ asset }: Pick<WrittenLine, 'asset'>): string {
  return `source-${asset.source}`;
}

/** Writes the asset of a line: its terms, base weights, and its own price if it has one. */
export function writtenAsset({ asset, weights }: WrittenLine, at: TimedBlock): Record<string, string> {
  const own = ownPriceOf(asset.prices, at.time);
  return {
    underlying: symbolOf(asset.underlying, at),
    source: sourceName({ asset }),
    decimals: String(asset.decimals),
    baseInitialBps: bpsOf(weights.baseI),
    baseMaintenanceBps: bpsOf(weights.baseM),
    ...(own === undefined ? {} : { price: formatUnits(own, 18) }),
  };
}

/** Writes the source of a line: its weights, and an age that gives its freshness. */
export function writtenSource({ weights }: WrittenLine): Record<string, string> {
  const age = ageOf(BigInt(weights.freshI), BigInt(weights.freshM));
  return {
    weightInitialBps: bpsOf(weights.sourceI),
    weightMaintenanceBps: bpsOf(weights.sourceM),
    ...(age === 0n ? {} : { ageS: age.toString() }),
  };
}

/** Converts parts per million to basis points. Weights on chain are whole basis points. */
function bpsOf(ppm: number | bigint): string {
  return mulDivDown(BigInt(ppm), 1n, 100n).toString();
}

const STALE_S = 5_400n;
const DARK_S = 21_600n;
const FLOOR_S = 259_200n;
const FALL_PER_DAY = 50_000n;
const DAY_S = 86_400n;

/**
 * Returns an age at which a book's source (stale at 90 minutes, dark at 6 hours, falling from the third day) has the
 * freshness factors that the chain reports, whatever ages the source itself is configured with. 0 for a fresh source.
 */
function ageOf(freshI: bigint, freshM: bigint): bigint {
  if (freshM < PPM) return FLOOR_S + mulDivDown(PPM - freshM, DAY_S, FALL_PER_DAY);
  if (freshI >= PPM) return 0n;
  return DARK_S - mulDivUp(freshI, DARK_S - STALE_S, PPM);
}

/** Returns the name of an expiry in the reader's own markets. @throws MARKET_MISSING. */
export function expiryName({ name, written }: WrittenUnderlying, expiry: bigint, { time }: TimedBlock): string {
  const listed = (written.market?.['expiries'] ?? {}) as Readonly<
    Record<string, { readonly secondsToExpiry?: unknown }>
  >;
  const found = Object.entries(listed).find(([, one]) => one.secondsToExpiry === (expiry - time).toString());
  if (found !== undefined) return found[0];
  throw chainError(
    'MARKET_MISSING',
    expiry < time
      ? `an account holds an option on ${name} that ended at ${expiry}; expected none before ${time}: settle it first`
      : `the markets file has no expiry of ${name} at ${expiry}; expected "expiries":{"<name>":{"expiresAt":"${expiry}","forward","vol"}} there`,
  );
}
