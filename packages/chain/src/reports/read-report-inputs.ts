import { type Address, type Bytes32, PPM, mulDivDown, mulDivUp } from '@surety/domain';
import { slowPriceAt } from '@surety/margin';
import { BaseError, formatUnits } from 'viem';
import { chainError } from '../errors.js';
import { ownPriceOf } from './compare-asset.js';
import { type OwnMarkets, type WrittenMarket, marketAt } from './markets.js';
import {
  type ReportBlock,
  type ReportChain,
  POSITION_KINDS,
  WAD_PER_PRICE,
  atBlock,
  readCachedPrice,
  readFinalNumber,
  readLine,
  readLineIds,
  readPosition,
  readReportsOf,
  seasonedUnits,
} from './report-chain.js';

/** The account, the block and the signer's own figures of a report to build. */
export interface InputsRequest {
  readonly protocol: Address;
  readonly account: Bytes32;
  /** A final block; by default the last one. */
  readonly blockNumber?: bigint;
  readonly markets: OwnMarkets;
}

/**
 * The inputs of a report as `parseReportInputs` reads them. Names of lines and sources derive from the ledger's
 * numbers, so any two readers produce the same.
 */
export interface WrittenInputs {
  readonly subject: Readonly<Record<string, string>>;
  readonly bindings: Readonly<Record<'assets' | 'prices', Readonly<Record<string, string>>>>;
  readonly book: Readonly<Record<string, unknown>>;
}

type Position = Awaited<ReturnType<typeof readPosition>>;
type Line = Awaited<ReturnType<typeof readLine>> & { readonly id: number };
interface TimedBlock extends ReportBlock {
  /** Time of the block in seconds. */
  readonly time: bigint;
}

/**
 * Builds the inputs of a report. Position, lines with their weights, and prices come from the chain at one final block;
 * volumes, volatilities, forwards, rates, depths and confidences from the signer's own file. Lines are left out if the
 * account has other protocols. `compareInputs` finds what a book cannot express, such as a source that has been dark
 * for weeks.
 * @throws NOT_FINAL, NO_REPORTS for a protocol that has no view of positions, NOTHING_TO_REPORT for an account without
 * a position, MARKET_MISSING.
 */
export async function readReportInputs(request: InputsRequest, chain: ReportChain): Promise<WrittenInputs> {
  const { protocol, account, markets } = request;
  const final = await readFinalNumber(chain);
  const blockNumber = request.blockNumber ?? final;
  if (blockNumber > final) {
    throw chainError(
      'NOT_FINAL',
      `block ${blockNumber} of chain ${chain.chain.chainId} is not final; the last final block is ${final}: name that one, or wait`,
    );
  }
  const block = await chain.reader.getBlock({ blockNumber });
  const at: TimedBlock = { ...(await atBlock(chain, blockNumber)), time: block.timestamp };
  const { reports } = await asked(protocol, at, () => readReportsOf(protocol, at));
  const position = await asked(protocol, at, () => readPosition(request, at));
  if (position.positions.length === 0 && position.owedWad === 0n) {
    throw chainError(
      'NOTHING_TO_REPORT',
      `${account} has no position at ${protocol} in block ${blockNumber} and owes nothing there; expected one: check --account and --protocol, or wait until its first trade is final`,
    );
  }
  const lines = await readHedge(account, at);
  const underlyings = await readUnderlyings({ position, lines, markets }, at);
  return {
    subject: {
      chainId: String(chain.chain.chainId),
      reports,
      protocol,
      account,
      positionNonce: position.nonce.toString(),
      blockNumber: blockNumber.toString(),
      blockHash: block.hash,
      asOf: at.time.toString(),
    },
    bindings: {
      assets: Object.fromEntries(lines.map(({ id }) => [assetName(id), String(id)])),
      prices: Object.fromEntries(underlyings.map(({ name, slot }) => [name, String(slot)])),
    },
    book: {
      at: at.time.toString(),
      sources: Object.fromEntries(lines.map((line) => [sourceName(line), writtenSource(line)])),
      underlyings: Object.fromEntries(underlyings.map(({ name, written }) => [name, written])),
      assets: Object.fromEntries(lines.map((line) => [assetName(line.id), writtenAsset(line, at)])),
      accounts: [writtenAccount(account, { position, lines, underlyings }, at)],
    },
  };
}

/** Calls a protocol. An invalid response means that it takes no reports. */
async function asked<Value>(protocol: Address, at: TimedBlock, ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (cause) {
    const isAnswer = (one: unknown): boolean =>
      one instanceof Error && /^(ContractFunction(Reverted|ZeroData)|AbiDecoding)/.test(one.name);
    if (!(cause instanceof BaseError) || cause.walk(isAnswer) === null) throw cause;
    throw chainError(
      'NO_REPORTS',
      `${protocol} on chain ${at.chain.chainId} does not answer reports() and positionsOf() in block ${at.blockNumber}; expected a protocol with IReportedPositions whose reports() is a MarginReports: check --protocol`,
      { cause },
    );
  }
}

/** Lines hedge a position only if no other protocol relies on them. */
async function readHedge(account: Bytes32, at: TimedBlock): Promise<Line[]> {
  const { protocols, lines } = await readLineIds(account, at);
  if (protocols > 1) return [];
  const ascending = lines.toSorted((left, right) => left - right);
  return Promise.all(ascending.map(async (id) => ({ ...(await readLine(account, id, at)), id })));
}

interface WrittenUnderlying {
  readonly name: string;
  readonly slot: number;
  readonly written: Readonly<Record<string, unknown>> & WrittenMarket;
}

interface Needed {
  readonly position: Position;
  readonly lines: readonly Line[];
  readonly markets: OwnMarkets;
}

/** Every underlying named by a line, a position or another market, ascending by slot. */
async function readUnderlyings({ position, lines, markets }: Needed, at: TimedBlock): Promise<WrittenUnderlying[]> {
  const traded = new Set(position.positions.map(({ slot }) => slot));
  const slots = new Set([...traded, ...lines.map(({ asset }) => asset.underlying)]);
  const found: WrittenUnderlying[] = [];
  // Iteration includes slots added meanwhile: a market's settlement asset has a market of its own.
  for (const slot of slots) {
    const name = symbolOf(slot, at);
    const own = marketAt(markets[name], at.time);
    if (own.market === undefined && traded.has(slot)) {
      throw chainError(
        'MARKET_MISSING',
        `the markets file says nothing of ${name}, which the account trades; expected its volume and volatility: add "${name}":{"settlement","dailyVolume","dailyVol"}`,
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
  const { price1e12, confPpm, observedAt } = cached;
  const age = at.time - observedAt;
  return {
    price: formatUnits(price1e12, 12),
    slow: formatUnits(slowPriceAt(cached, at.time), 12),
    halfWidth: formatUnits(mulDivUp(price1e12 * WAD_PER_PRICE, BigInt(confPpm), PPM), 18),
    ageS: (age > 0n ? age : 0n).toString(),
  };
}

const assetName = (id: number): string => `asset-${id}`;
const sourceName = ({ asset }: Line): string => `source-${asset.source}`;

function writtenAsset({ asset, weights, ...line }: Line, at: TimedBlock): Record<string, string> {
  const own = ownPriceOf(asset.prices, at.time);
  return {
    underlying: symbolOf(asset.underlying, at),
    source: sourceName({ asset, weights, ...line }),
    decimals: String(asset.decimals),
    baseInitialBps: bpsOf(weights.baseI),
    baseMaintenanceBps: bpsOf(weights.baseM),
    ...(own === undefined ? {} : { price: formatUnits(own, 18) }),
  };
}

function writtenSource({ weights }: Line): Record<string, string> {
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

interface Read {
  readonly position: Position;
  readonly lines: readonly Line[];
  readonly underlyings: readonly WrittenUnderlying[];
}

function writtenAccount(account: Bytes32, { position, lines, underlyings }: Read, at: TimedBlock): object {
  const { owedWad } = position;
  const contracts = position.positions
    .map((one) => ({ ...one, on: underlyings.find(({ slot }) => slot === one.slot) as WrittenUnderlying }))
    .toSorted(byContract);
  const wad = (value: bigint): string => formatUnits(value, 18);
  return {
    id: account,
    portfolio: true,
    owed: wad(owedWad),
    lines: lines.map(({ id, asset, line }) => ({
      asset: assetName(id),
      amount: formatUnits(seasonedUnits(line, at.time), asset.decimals),
    })),
    perps: contracts
      .filter(({ kind }) => kind === 0)
      .map(({ on, priceWad, sizeWad }) => ({ underlying: on.name, size: wad(sizeWad), entryPrice: wad(priceWad) })),
    options: contracts
      .filter(({ kind }) => kind !== 0)
      .map(({ on, kind, expiry, priceWad, sizeWad }) => ({
        underlying: on.name,
        expiry: expiryName(on, BigInt(expiry), at),
        strike: wad(priceWad),
        type: POSITION_KINDS[kind] ?? String(kind),
        quantity: wad(sizeWad),
      })),
  };
}

type Contract = Pick<Position['positions'][number], 'slot' | 'expiry' | 'priceWad' | 'kind'>;

/** Orders positions, so that two readers produce the same inputs whatever order a protocol lists. */
function byContract(left: Contract, right: Contract): number {
  const strikes = left.priceWad < right.priceWad ? -1 : left.priceWad > right.priceWad ? 1 : 0;
  return left.slot - right.slot || left.expiry - right.expiry || strikes || left.kind - right.kind;
}

/** Returns the name of an expiry in the markets file. */
function expiryName({ name, written }: WrittenUnderlying, expiry: bigint, { time }: TimedBlock): string {
  const listed = (written.market?.['expiries'] ?? {}) as Readonly<
    Record<string, { readonly secondsToExpiry?: unknown }>
  >;
  const found = Object.entries(listed).find(([, one]) => one.secondsToExpiry === (expiry - time).toString());
  if (found !== undefined) return found[0];
  throw chainError(
    'MARKET_MISSING',
    expiry < time
      ? `the account holds an option on ${name} that ended at ${expiry}; expected none before ${time}: settle it first`
      : `the markets file has no expiry of ${name} at ${expiry}; expected "expiries":{"<name>":{"expiresAt":"${expiry}","forward","vol"}} there`,
  );
}
