import { type AccountMargin, healthFactorOf, isLiquidatable, isUnknown, mayTakeRisk } from '@surety/margin';
import { useState } from 'preact/hooks';
import { Free, FreeChange, HealthFigure, Money, Required, Tile } from '../figures.jsx';
import { Badge, Table } from '../parts.jsx';
import { parseSigned } from '../parse-signed.js';
import { type WeighedReading, chainNameOf } from '../read-weighed.js';
import { AS_IT_STANDS, type SupposedChange, agrees, weighWhatIf } from '../what-if.js';

/** The furthest a slider moves a price, per cent. */
const MOST_PERCENT = 60;

/** Lets prices, lines and requirements be changed, and weighs the account by the engine in this page. */
export function WhatIfPanel(reading: WeighedReading) {
  const { margin, terms } = reading;
  const [percents, movePrices] = useState<Readonly<Record<number, number>>>({});
  const [typed, type] = useState<Readonly<Record<string, string>>>({});
  const now = weighWhatIf(margin, terms, AS_IT_STANDS);
  if (!agrees(now, margin)) {
    return (
      <p class="banner bad" role="alert">
        The engine in this page does not give the aggregator’s integers at block {String(margin.block.height)}, so that
        it answers no what-if. Compare with the ledger: <code>surety account {margin.account}</code>
      </p>
    );
  }
  const { change, refused } = changeOf(reading, percents, typed);
  const then = weighWhatIf(margin, terms, change);
  const isChanged = Object.values(percents).some((percent) => percent !== 0) || Object.values(typed).some(isFilled);
  return (
    <>
      <p class="banner plain">
        <strong>A what-if: nothing is sent.</strong> Weighed in this page by the ledger’s own rules. With nothing
        changed it gives the aggregator’s figures of block {String(margin.block.height)}, integer by integer. Slow
        prices move with prices, as if an hour had passed; new units count at once.
      </p>
      <div class="controls">
        {underlyingsOf(reading).map(({ underlying, symbol }) => (
          <label>
            {`Price of ${symbol}`} <span class="moved">{signedPercent(percents[underlying] ?? 0)}</span>
            <input
              type="range"
              min={-MOST_PERCENT}
              max={MOST_PERCENT}
              step={1}
              aria-valuetext={signedPercent(percents[underlying] ?? 0)}
              value={percents[underlying] ?? 0}
              onInput={({ currentTarget }) => movePrices({ ...percents, [underlying]: Number(currentTarget.value) })}
            />
          </label>
        ))}
        {fieldsOf(reading).map(({ key, label, hint }) => (
          <label>
            {label}
            <input
              type="text"
              inputMode="decimal"
              placeholder={hint}
              autocomplete="off"
              value={typed[key] ?? ''}
              aria-invalid={refused.includes(key)}
              onInput={({ currentTarget }) => type({ ...typed, [key]: currentTarget.value })}
            />
          </label>
        ))}
        <button type="button" disabled={!isChanged} onClick={() => (movePrices({}), type({}))}>
          Back to now
        </button>
      </div>
      {refused.length === 0 ? null : (
        <p role="alert">An amount is not understood and left out; expected a number such as 2.5 or −1000.</p>
      )}
      <Outcome now={now} then={then} />
    </>
  );
}

const isFilled = (text: string): boolean => text.trim() !== '';
const signedPercent = (percent: number): string =>
  `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${Math.abs(percent)} %`;

/** The underlyings of an account's lines, or of every asset where it has none. */
function underlyingsOf({ margin, assets }: WeighedReading): readonly { underlying: number; symbol: string }[] {
  const held = new Set(margin.lines.map(({ assetId }) => assetId));
  const own = held.size === 0 ? assets : assets.filter(({ assetId }) => held.has(assetId));
  const symbols = new Map(own.map((one) => [one.underlying, one.underlyingSymbol ?? one.symbol]));
  return [...symbols].map(([underlying, symbol]) => ({ underlying, symbol }));
}

const REQUIRED = 'required';

function fieldsOf({ margin, assets }: WeighedReading): readonly { key: string; label: string; hint: string }[] {
  const held = new Set(margin.lines.map(({ assetId }) => assetId));
  const own = held.size === 0 ? assets : assets.filter(({ assetId }) => held.has(assetId));
  const lines = own.map((one) => ({
    key: String(one.assetId),
    label: `${one.symbol} on ${chainNameOf(assets, one)}, more or less`,
    hint: `+0 ${one.symbol}`,
  }));
  return [...lines, { key: REQUIRED, label: 'Required by protocols, more or less', hint: '+0.00' }];
}

function changeOf(
  reading: WeighedReading,
  percents: Readonly<Record<number, number>>,
  typed: Readonly<Record<string, string>>,
): { readonly change: SupposedChange; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const unitsOf = (key: string, decimals: number): bigint => {
    const text = typed[key] ?? '';
    const units = isFilled(text) ? parseSigned(text, decimals) : 0n;
    if (units === undefined) refused.push(key);
    return units ?? 0n;
  };
  const priceBps = new Map(Object.entries(percents).map(([key, percent]) => [Number(key), 100 * percent]));
  const units = new Map(reading.assets.map((one) => [one.assetId, unitsOf(String(one.assetId), one.decimals)]));
  return { change: { priceBps, units, requiredWad: unitsOf(REQUIRED, 18) }, refused };
}

const NAMES = { initial: 'Initial', exit: 'Exit', maintenance: 'Maintenance' } as const;

function Outcome({ now, then }: { readonly now: AccountMargin; readonly then: AccountMargin }) {
  const rows = (['initial', 'exit', 'maintenance'] as const).map((grade) => ({
    name: NAMES[grade],
    was: now.grades[grade],
    is: then.grades[grade],
  }));
  return (
    <>
      <dl class="tiles">
        <Tile title="Health now">
          <Health margin={now} />
        </Tile>
        <Tile title="Health then">
          <Health margin={then} />
        </Tile>
        <Tile title="Then the account">
          <Standing margin={then} />
        </Tile>
      </dl>
      <Table
        label="What if, by grade"
        empty=""
        rows={rows}
        columns={[
          ['Grade', 'text', ({ name }) => name],
          ['Margin', 'figure', ({ is }) => <Money wad={is.assets} />],
          ['Used', 'figure', ({ is }) => <Required wad={is.requirement} />],
          ['Free', 'figure', ({ is }) => <Free grade={is} />],
          ['Change of free', 'figure', ({ was, is }) => <FreeChange was={was} is={is} />],
        ]}
      />
    </>
  );
}

function Health({ margin }: { readonly margin: AccountMargin }) {
  return isUnknown(margin) ? <>not known</> : <HealthFigure wad={healthFactorOf(margin.grades.maintenance)} />;
}

/** Acts that an account may do at a margin. */
function Standing({ margin }: { readonly margin: AccountMargin }) {
  if (isLiquidatable(margin)) return <Badge tone="bad">may be liquidated</Badge>;
  if (!mayTakeRisk(margin)) return <Badge tone="warn">opens nothing more</Badge>;
  return <Badge tone="good">may open and take out</Badge>;
}

const FALLS = [-10, -20, -30];

/** Shows the account after falls of each underlying, and of all together. */
export function Scenarios(reading: WeighedReading) {
  const { margin, terms } = reading;
  const own = underlyingsOf(reading);
  if (margin.lines.length === 0) return <p class="note">The account has no lines that prices could move.</p>;
  const moved = [
    ...own.map(({ underlying, symbol }) => ({ name: symbol, underlyings: [underlying] })),
    ...(own.length > 1 ? [{ name: 'all together', underlyings: own.map(({ underlying }) => underlying) }] : []),
  ];
  const rows = moved.flatMap(({ name, underlyings }) =>
    FALLS.map((percent) => {
      const priceBps = new Map(underlyings.map((underlying) => [underlying, 100 * percent]));
      return { name, percent, fallen: weighWhatIf(margin, terms, { ...AS_IT_STANDS, priceBps }) };
    }),
  );
  return (
    <Table
      label="Scenarios"
      empty=""
      rows={rows}
      columns={[
        ['Price of', 'text', ({ name }) => name],
        ['Change', 'figure', ({ percent }) => signedPercent(percent)],
        ['Free initial', 'figure', ({ fallen }) => <Free grade={fallen.grades.initial} />],
        ['Free maintenance', 'figure', ({ fallen }) => <Free grade={fallen.grades.maintenance} />],
        ['Health', 'figure', ({ fallen }) => <Health margin={fallen} />],
        ['Then the account', 'text', ({ fallen }) => <Standing margin={fallen} />],
      ]}
    />
  );
}
