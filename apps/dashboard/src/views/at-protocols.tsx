import type { AccountProtocolView, HeldPositionView, MarginView } from '@surety/client';
import type { UnderlyingGreeks } from '@surety/margin';
import { useState } from 'preact/hooks';
import { type Holdings, greeksOfHoldings, shownPositions, slotName } from '../account-greeks.js';
import { Money, Required, Tile } from '../figures.jsx';
import { formatFixed, formatMoment, formatPrice, formatValue, shortenHex, showAmount } from '../format.js';
import { Section, Table } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import type { WeighedReading } from '../read-weighed.js';
import { useReading, wordsOf } from '../use-reading.js';

const WAD_DECIMALS = 18;
const PRICE_DECIMALS = 12;
/** Volatility of options until somebody types another, per cent a year: no chain states one. */
const VOLATILITY = '60';
const VOLATILITY_MOST = 500;

/** Shows what an account holds at its protocols, what is left of it if all were sold, and how it moves with prices. */
export function AtProtocols(props: {
  readonly world: PageWorld;
  readonly account: MarginView['account'];
  readonly weighed: WeighedReading | undefined;
  readonly nowMs: number;
}) {
  const { world, account, weighed, nowMs } = props;
  const reading = useReading(world, 5_000, async (signal) => {
    const [protocols, { prices }] = await Promise.all([
      world.client.readProtocols(account, signal),
      world.client.readPrices(signal),
    ]);
    return { protocols, prices };
  });
  return (
    <Section
      title="Net value and positions"
      note="At the newest block of one provider of the aggregator: all lines at the mark, less what protocols are owed."
      reading={reading}
      nowMs={nowMs}
      show={(value) => (weighed === undefined ? null : <Held {...weighed} {...value} />)}
    />
  );
}

function Held(held: Holdings) {
  const { netWad, linesWad, burdensWad, protocols } = held.protocols;
  return (
    <>
      <dl class="tiles">
        <Tile title="Net value">
          <Money wad={netWad} />
        </Tile>
        <Tile title="Lines at the mark">
          <Money wad={linesWad} />
        </Tile>
        <Tile title="Owed">
          <Money wad={burdensWad} />
        </Tile>
      </dl>
      <Table
        label="Protocols of the account"
        empty="No protocol may require margin of this account."
        rows={protocols}
        columns={[
          ['Protocol', 'text', nameOf],
          ['Initial', 'figure', ({ answered, initialWad }) => (answered ? <Required wad={initialWad} /> : 'infinite')],
          ['Maintenance', 'figure', ({ maintenanceWad }) => <Required wad={maintenanceWad} />],
          [
            'Owed',
            'figure',
            ({ claims, burdenWad }) => (claims ? <Money wad={burdenWad} /> : `≤ ${formatValue(burdenWad)}`),
          ],
          ['Shows', 'text', shownOf],
        ]}
      />
      {protocols.some(({ positions }) => positions !== null) ? <Positions held={held} /> : null}
      <GreeksPart held={held} />
    </>
  );
}

function nameOf({ protocol, market }: AccountProtocolView) {
  return market === null ? <code title={protocol}>{shortenHex(protocol)}</code> : `market ${market}`;
}

function shownOf({ answered, cashWad, positions }: AccountProtocolView): string {
  if (!answered) return 'does not answer';
  if (cashWad === null || positions === null) return 'no positions';
  const held = positions.length === 1 ? '1 position' : `${positions.length} positions`;
  return `${held}, cash ${formatValue(cashWad)}`;
}

function Positions({ held }: { readonly held: Holdings }) {
  const markOf = ({ slot }: HeldPositionView): bigint => held.prices.find((one) => one.slot === slot)?.price1e12 ?? 0n;
  return (
    <Table
      label="Positions"
      empty="None is open."
      rows={shownPositions(held)}
      columns={[
        ['Position', 'text', (one) => `${slotName(held, one.slot)} ${contractOf(one)}`],
        ['Size', 'figure', ({ sizeWad }) => showAmount(sizeWad, WAD_DECIMALS)],
        ['Entry or strike', 'figure', ({ priceWad }) => formatPrice(priceWad, WAD_DECIMALS)],
        ['Price now', 'figure', (one) => formatPrice(markOf(one), PRICE_DECIMALS)],
      ]}
    />
  );
}

function contractOf({ kind, expiry }: HeldPositionView): string {
  if (kind === 'perpetual') return expiry === 0n ? 'perpetual' : `future of ${formatMoment(expiry)}`;
  return `${kind} of ${formatMoment(expiry)}`;
}

function GreeksPart({ held }: { readonly held: Holdings }) {
  const [typed, type] = useState(VOLATILITY);
  const volatility = Number(typed);
  const isUsable = typed.trim() !== '' && volatility >= 1 && volatility <= VOLATILITY_MOST;
  const hasOptions = shownPositions(held).some(({ kind }) => kind !== 'perpetual');
  return (
    <>
      {hasOptions ? (
        <div class="controls">
          <label>
            Volatility of options, % a year
            <input
              type="text"
              inputMode="decimal"
              autocomplete="off"
              value={typed}
              aria-invalid={!isUsable}
              onInput={({ currentTarget }) => type(currentTarget.value)}
            />
          </label>
        </div>
      ) : null}
      {isUsable ? (
        <GreeksAt held={held} volatility={volatility} hasOptions={hasOptions} />
      ) : (
        <p role="alert">A volatility is a number from 1 to {VOLATILITY_MOST}.</p>
      )}
    </>
  );
}

/** The engine refuses what it cannot weigh, such as a strike of zero; positions and values stand without their Greeks. */
function GreeksAt(props: { readonly held: Holdings; readonly volatility: number; readonly hasOptions: boolean }) {
  const { held, volatility, hasOptions } = props;
  let greeks: readonly UnderlyingGreeks[];
  try {
    greeks = greeksOfHoldings(held, volatility);
  } catch (cause) {
    return <p role="alert">The Greeks cannot be computed. {wordsOf(cause)}</p>;
  }
  return <GreeksTable greeks={greeks} hasOptions={hasOptions} />;
}

function GreeksTable({
  greeks,
  hasOptions,
}: {
  readonly greeks: readonly UnderlyingGreeks[];
  readonly hasOptions: boolean;
}) {
  const tokens = (wad: bigint): string => showAmount(wad, WAD_DECIMALS);
  const parts = (wad: bigint, decimals: number): string => formatFixed(wad, WAD_DECIMALS + decimals, 2);
  return (
    <Table
      label="Greeks by underlying"
      empty="Nothing of this account moves with a price."
      rows={greeks}
      columns={[
        ['Underlying', 'text', ({ underlying }) => underlying],
        ['Locked', 'figure', ({ deltas }) => tokens(deltas.collateral)],
        ['Positions', 'figure', ({ deltas }) => tokens(deltas.perp + deltas.options)],
        ['Delta', 'figure', ({ delta }) => tokens(delta)],
        ['At the mark', 'figure', ({ deltaValue }) => <Money wad={deltaValue} />],
        ...(hasOptions
          ? ([
              ['Gamma', 'figure', ({ gamma }: UnderlyingGreeks) => formatFixed(gamma, WAD_DECIMALS, 6)],
              ['Vega, a point', 'figure', ({ vega }: UnderlyingGreeks) => parts(vega, 2)],
            ] as const)
          : []),
      ]}
    />
  );
}
