import { type Bytes32, WAD, bytes32 } from '@surety/domain';
import { formatUnits, parseUnits } from 'viem';
import { type LenderOnChain, type LiveAccount, heldBy, readLiveAccount } from './live-account.js';
import type { OwnMarkets } from './markets.js';
import { type ReportChain, atBlock } from './report-chain.js';
import { debtName, endedName, hasEnded, writtenLiveAccount } from './write-live-account.js';
import {
  type TimedBlock,
  type WrittenLine,
  type WrittenUnderlying,
  assetName,
  readUnderlyings,
  writtenAsset,
  writtenSource,
} from './written-book.js';

/** The accounts to read, and what stands on no chain. */
export interface LiveBookRequest {
  readonly accounts: readonly Bytes32[];
  /** The newest block if left out. */
  readonly blockNumber?: bigint;
  readonly markets: OwnMarkets;
  /** Markets that lend against the ledger's margin. */
  readonly lenders: readonly LenderOnChain[];
  /** Names of sources by their numbers at the ledger. */
  readonly sources: ReadonlyMap<number, string>;
  /** Called after each account. */
  readonly onRead?: () => void;
}

/** Accounts of the ledger at one block. */
export interface LiveBook {
  readonly block: { readonly height: bigint; readonly hash: Bytes32; readonly timestamp: bigint };
  readonly accounts: readonly LiveAccount[];
  /** As `parseBookDocument` reads it. */
  readonly book: Readonly<Record<string, unknown>>;
}

/** Accounts that are read at the same time. */
const AT_ONCE = 8;
/** Values are counted in an underlying that is worth 1.00 within this much, and on which nothing trades. */
const MONEY_TOLERANCE = 10n ** 17n;
/** Where debts to markets stand in a book, which has a source for each asset. */
const LENDERS_SOURCE = 'lenders';
/** The underlying of a market whose token counts 1.00. */
const UNIT = 'unit';
const LEAST_PRICE = '0.000000000000000001';

/**
 * Reads accounts of the ledger as one book: lines with their weights, prices, and at each protocol that an account opted
 * in to its positions (`IMarginPositions`), its debt to a market, or else the maintenance requirement as a fixed sum.
 * Volumes, volatilities, forwards and rates come from the reader's own file; the rest from one provider at one block.
 * Positions of all protocols are one portfolio, which no protocol grants by itself.
 * @throws MARKET_MISSING for a position whose underlying or expiry the file lacks; what the provider throws.
 */
export async function readLiveBook(request: LiveBookRequest, chain: ReportChain): Promise<LiveBook> {
  const { lenders, markets, sources } = request;
  const block = await chain.reader.getBlock(
    request.blockNumber === undefined ? { blockTag: 'latest' } : { blockNumber: request.blockNumber },
  );
  const at = { ...(await atBlock(chain, block.number)), time: block.timestamp };
  const accounts = await inTurns(request.accounts, async (account) => {
    const one = await readLiveAccount(account, at, lenders);
    request.onRead?.();
    return one;
  });
  const lines = [...new Map(accounts.flatMap((one) => one.lines).map((line) => [line.id, line])).values()];
  const owed = lenders.filter((lender) =>
    accounts.some(({ protocols }) => protocols.some((one) => one.shows === 'debt' && one.lender === lender)),
  );
  const traded = new Set(accounts.flatMap(heldBy).map(({ slot }) => slot));
  const ofDebts = owed.map(({ terms }) => terms.priceSlot).filter((slot) => slot !== 0);
  const slots = [...traded, ...lines.map(({ asset }) => asset.underlying), ...ofDebts];
  const underlyings = await readUnderlyings({ traded, slots, markets }, at);
  const nameOf = ({ asset }: WrittenLine): string => sources.get(asset.source) ?? `source-${asset.source}`;
  return {
    block: { height: block.number, hash: bytes32(block.hash), timestamp: block.timestamp },
    accounts,
    book: {
      at: at.time.toString(),
      sources: Object.fromEntries([
        ...lines.map((line) => [nameOf(line), writtenSource(line)] as const),
        [LENDERS_SOURCE, { weightInitialBps: '0', weightMaintenanceBps: '0' }],
      ]),
      underlyings: Object.fromEntries([
        ...underlyings.map((one) => [one.name, writtenUnderlying(one, accounts, at)] as const),
        ...(owed.some(({ terms }) => terms.priceSlot === 0) ? [[UNIT, { price: '1', money: true }] as const] : []),
      ]),
      assets: Object.fromEntries([
        ...lines.map((line) => [assetName(line.id), { ...writtenAsset(line, at), source: nameOf(line) }] as const),
        ...owed.map((lender) => [debtName(lender), writtenDebtAsset(lender, underlyings)] as const),
      ]),
      accounts: accounts.map((one) => writtenLiveAccount(one, underlyings, at)),
    },
  };
}

/** Handles items a few at a time, and returns the results in their order. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  handle: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(handle))));
  return results;
}

function writtenDebtAsset({ terms, decimals }: LenderOnChain, underlyings: readonly WrittenUnderlying[]): object {
  const ratioOf = (bp: number): string => formatUnits(BigInt(bp), 4);
  return {
    underlying: underlyings.find(({ slot }) => slot === terms.priceSlot)?.name ?? UNIT,
    source: LENDERS_SOURCE,
    decimals: String(decimals),
    baseInitialBps: '0',
    baseMaintenanceBps: '0',
    debtInitial: ratioOf(terms.initialBp),
    debtMaintenance: ratioOf(terms.maintenanceBp),
  };
}

/** Adds what only a live book has: expiries that wait for their price, and whether values are counted in the underlying. */
function writtenUnderlying({ slot, written }: WrittenUnderlying, accounts: readonly LiveAccount[], at: TimedBlock) {
  const { market } = written;
  const price = parseUnits(String(written['price']), 18);
  if (market === undefined) {
    const off = price < WAD ? WAD - price : price - WAD;
    return off <= MONEY_TOLERANCE ? { ...written, money: true } : written;
  }
  const ended = accounts.flatMap(heldBy).filter((one) => one.slot === slot && hasEnded(one, at.time));
  if (ended.length === 0) return written;
  const forward = price > 0n ? written['price'] : LEAST_PRICE;
  const added = ended.map((one) => [endedName(one), { secondsToExpiry: '0', forward, vol: '0' }] as const);
  const listed = market['expiries'] as object | undefined;
  return { ...written, market: { ...market, expiries: { ...listed, ...Object.fromEntries(added) } } };
}
