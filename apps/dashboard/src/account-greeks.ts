import type { AccountProtocolsView, AssetsAnswer, HeldPositionView, MarginView, PriceView } from '@surety/client';
import { type UnderlyingGreeks, accountGreeksOf, parseBookDocument } from '@surety/margin';
import { formatUnits } from 'viem';

/** Lines and positions of an account, with the prices that move them. */
export interface Holdings {
  readonly margin: Pick<MarginView, 'lines'>;
  readonly assets: AssetsAnswer['assets'];
  readonly protocols: AccountProtocolsView;
  readonly prices: readonly PriceView[];
}

/** No greek depends on where an asset lies, but a book names a source for each. */
const SOURCE = 'anywhere';
const WHOLE_PERCENT = 100;
const PRICE_DECIMALS = 12;
const WAD_DECIMALS = 18;

/**
 * Returns an account's Greeks by underlying, of its lines and of every position that its protocols show. Options are Black on a
 * forward at today's price, with one volatility for all, in per cent a year: no chain states one. Debts in tokens are left out.
 * @throws the engine's error for a volatility that is none.
 */
export function greeksOfHoldings(held: Holdings, volPercent: number): readonly UnderlyingGreeks[] {
  const { snapshot, accounts } = parseBookDocument(bookOf(held, volPercent));
  return accounts
    .flatMap(({ account }) => accountGreeksOf(account, snapshot))
    .map((greeks) => ({ ...greeks, underlying: slotName(held, Number(greeks.underlying)) }))
    .sort((left, right) => (left.underlying < right.underlying ? -1 : 1));
}

/** Names the underlying of a price slot as people know it, with the slot where another one bears the same name. */
export function slotName({ prices }: Pick<Holdings, 'prices'>, slot: number): string {
  const symbol = prices.find((one) => one.slot === slot)?.symbol ?? null;
  if (symbol === null) return `slot ${slot}`;
  return prices.some((one) => one.slot !== slot && one.symbol === symbol) ? `${symbol} (slot ${slot})` : symbol;
}

/** Lists every position that some protocol shows. */
export function shownPositions({ protocols }: Pick<Holdings, 'protocols'>): readonly HeldPositionView[] {
  return protocols.protocols.flatMap(({ positions }) => positions ?? []);
}

/** A book names underlyings by their slots: two slots may bear one symbol. */
function bookOf(held: Holdings, volPercent: number): unknown {
  const { margin, assets, protocols, prices } = held;
  const positions = shownPositions(held);
  const { timestamp } = protocols.block;
  const traded = new Set(positions.map(({ slot }) => slot));
  const underlyingOf = (assetId: number): number => assets.find((one) => one.assetId === assetId)?.underlying ?? 0;
  const slots = new Set([...traded, ...margin.lines.map(({ assetId }) => underlyingOf(assetId))]);
  const priceOf = (slot: number): string =>
    formatUnits(prices.find((one) => one.slot === slot)?.price1e12 ?? 0n, PRICE_DECIMALS);
  const expiries = (slot: number) =>
    positions
      .filter((one) => one.slot === slot && one.kind !== 'perpetual')
      .map(({ expiry }) => [
        String(expiry),
        {
          secondsToExpiry: String(expiry > timestamp ? expiry - timestamp : 0n),
          forward: priceOf(slot),
          vol: String(volPercent / WHOLE_PERCENT),
        },
      ]);
  const marketOf = (slot: number) => ({
    settlement: String(slot),
    dailyVolume: '1',
    dailyVol: '0',
    expiries: Object.fromEntries(expiries(slot)),
  });
  return {
    at: String(timestamp),
    sources: { [SOURCE]: { weightInitialBps: '0', weightMaintenanceBps: '0' } },
    underlyings: Object.fromEntries(
      [...slots].map((slot) => [
        String(slot),
        { price: priceOf(slot), ...(traded.has(slot) ? { market: marketOf(slot) } : {}) },
      ]),
    ),
    assets: Object.fromEntries(
      margin.lines.map(({ assetId }) => [
        String(assetId),
        {
          underlying: String(underlyingOf(assetId)),
          source: SOURCE,
          decimals: String(decimalsOf(assets, assetId)),
          baseInitialBps: '0',
          baseMaintenanceBps: '0',
        },
      ]),
    ),
    accounts: [{ id: protocols.account, portfolio: true, ...linesAndPositions(held) }],
  };
}

function linesAndPositions(held: Holdings): object {
  const positions = shownPositions(held);
  const linear = positions.filter(({ kind }) => kind === 'perpetual');
  const slots = [...new Set(linear.map(({ slot }) => slot))];
  return {
    lines: held.margin.lines.map(({ assetId, amount }) => ({
      asset: String(assetId),
      amount: formatUnits(amount, decimalsOf(held.assets, assetId)),
    })),
    // A perpetual's entry moves no Greek: those of one underlying are one.
    perps: slots.map((slot) => ({
      underlying: String(slot),
      size: formatUnits(
        linear.reduce((sum, one) => (one.slot === slot ? sum + one.sizeWad : sum), 0n),
        WAD_DECIMALS,
      ),
      entryPrice: '1',
    })),
    options: positions
      .filter(({ kind }) => kind !== 'perpetual')
      .map(({ slot, kind, expiry, priceWad, sizeWad }) => ({
        underlying: String(slot),
        expiry: String(expiry),
        strike: formatUnits(priceWad, WAD_DECIMALS),
        type: kind,
        quantity: formatUnits(sizeWad, WAD_DECIMALS),
      })),
  };
}

function decimalsOf(assets: AssetsAnswer['assets'], assetId: number): number {
  return assets.find((one) => one.assetId === assetId)?.decimals ?? 0;
}
