import { WAD, mulDivDown, mulDivUp } from '@surety/domain';
import { formatUnits, parseUnits } from 'viem';
import { type HeldPosition, type LenderOnChain, type LiveAccount, heldBy } from './live-account.js';
import { POSITION_KINDS, unseasonedUnits } from './report-chain.js';
import { type TimedBlock, type WrittenUnderlying, assetName, expiryName } from './written-book.js';

const WAD_DECIMALS = 18;
const LEAST_WAD = 1n;

/** A position with the underlying that it is on. */
type Placed = HeldPosition & { readonly on: WrittenUnderlying };

/** Returns a book's name of the token that a market lends. */
export function debtName({ name }: LenderOnChain): string {
  return `owed-to-${name}`;
}

/** True for an option whose expiry has passed and whose price its protocol does not know yet. */
export function hasEnded({ kind, expiry }: HeldPosition, time: bigint): boolean {
  return kind !== 0 && BigInt(expiry) <= time;
}

/** Returns a book's name of an expiry that has passed. */
export function endedName({ expiry }: HeldPosition): string {
  return `ended-${expiry}`;
}

/**
 * Writes an account as a book lists it. What several protocols show is added up: perpetuals and dated futures by
 * underlying, options by contract. A requirement without positions is a fixed debt of its maintenance figure.
 * @throws MARKET_MISSING for an expiry that the reader's markets lack.
 */
export function writtenLiveAccount(of: LiveAccount, underlyings: readonly WrittenUnderlying[], at: TimedBlock): object {
  const { account, lines, protocols } = of;
  const cash = protocols.map((one) => (one.shows === 'positions' ? one.cashWad : 0n));
  const fixed = protocols.map((one) => (one.shows === 'requirement' ? one.maintenanceWad : 0n));
  const held = heldBy(of).flatMap((one) =>
    underlyings.filter(({ slot }) => slot === one.slot).map((on): Placed => ({ ...one, on })),
  );
  const linear = held.filter(({ kind }) => kind === 0);
  const options = held.filter(({ kind }) => kind !== 0);
  return {
    id: account,
    portfolio: true,
    owed: wad(sumOf(fixed) - sumOf(cash.filter((one) => one < 0n))),
    cash: wad(sumOf(cash.filter((one) => one > 0n))),
    lines: lines.map(({ id, asset, line }) => {
      const waiting = unseasonedUnits(line, at.time);
      const unseasoned = waiting === 0n ? {} : { unseasoned: formatUnits(waiting, asset.decimals) };
      return { asset: assetName(id), amount: formatUnits(line.amount, asset.decimals), ...unseasoned };
    }),
    debts: protocols.flatMap((one) =>
      one.shows === 'debt'
        ? [{ asset: debtName(one.lender), amount: formatUnits(one.units, one.lender.decimals) }]
        : [],
    ),
    perps: groupsOf(linear, ({ on }) => on.name).map(writtenPerp),
    options: groupsOf(options, ({ on, kind, expiry, priceWad }) => `${on.name} ${kind} ${expiry} ${priceWad}`).map(
      (some) => writtenOption(some, at),
    ),
  };
}

type Some<Item> = readonly [Item, ...Item[]];

/** Several perpetuals of one underlying are one at the mark, and what each has won or lost is not yet paid. */
function writtenPerp(some: Some<Placed>): object {
  const [first] = some;
  const size = wad(sumOf(some.map(({ sizeWad }) => sizeWad)));
  const named = { underlying: first.on.name, size };
  if (some.length === 1) return { ...named, entryPrice: wad(atLeastOne(first.priceWad)) };
  const mark = atLeastOne(parseUnits(String(first.on.written['price']), WAD_DECIMALS));
  const won = some.map(({ sizeWad, priceWad }) => productDown(sizeWad, mark - priceWad));
  return { ...named, entryPrice: wad(mark), funding: wad(sumOf(won)) };
}

function writtenOption(some: Some<Placed>, at: TimedBlock): object {
  const [{ on, kind, expiry, priceWad }] = some;
  return {
    underlying: on.name,
    expiry: hasEnded(some[0], at.time) ? endedName(some[0]) : expiryName(on, BigInt(expiry), at),
    strike: wad(priceWad),
    type: POSITION_KINDS[kind] ?? String(kind),
    quantity: wad(sumOf(some.map(({ sizeWad }) => sizeWad))),
  };
}

function groupsOf<Item>(items: readonly Item[], keyOf: (item: Item) => string): Some<Item>[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

const wad = (value: bigint): string => formatUnits(value, WAD_DECIMALS);
const sumOf = (values: readonly bigint[]): bigint => values.reduce((sum, one) => sum + one, 0n);
const atLeastOne = (value: bigint): bigint => (value > 0n ? value : LEAST_WAD);

function productDown(left: bigint, right: bigint): bigint {
  const product = left * right;
  return product < 0n ? -mulDivUp(-product, 1n, WAD) : mulDivDown(product, 1n, WAD);
}
