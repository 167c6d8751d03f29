import type { AssetView, HoldingsView, PriceFallView, RiskView } from '@surety/client';
import { Money, Required, Tile } from '../figures.jsx';
import { drawnShare, formatBps, formatShare, shortenHex, showAmount } from '../format.js';
import type { ViewProps } from '../page-world.js';
import { Bar, Section, Table } from '../parts.jsx';
import { useReading } from '../use-reading.js';

const READ_MS = 10_000;

/** Shows the whole ledger as a risk manager sees it: falls of prices, limits, and who holds most. */
export function RiskPage({ world, nowMs }: ViewProps) {
  const { client } = world;
  const risk = useReading(world, READ_MS, (signal) => client.readRisk(signal));
  const assets = useReading(world, READ_MS, (signal) => client.readAssets(signal));
  return (
    <>
      <Section
        title="If prices fall"
        note="Every account with debt, weighed again at lower prices. What protocols require stays, though their positions would move with prices."
        reading={risk}
        nowMs={nowMs}
        show={(read) => <Falls risk={read} />}
      />
      <Section
        title="Limits"
        note="How much more the ledger takes of each asset, and how much of it before a second bridge confirms."
        reading={assets}
        nowMs={nowMs}
        show={({ assets: listed }) => <Limits assets={listed} />}
      />
      <Section
        title="Who holds most"
        note="One large holder is one liquidation: the less the market for an asset is, the more that matters."
        reading={risk}
        nowMs={nowMs}
        show={({ holdings }) => <Holdings holdings={holdings} />}
      />
    </>
  );
}

function Falls({ risk }: { readonly risk: RiskView }) {
  const { debtors, unlisted, requiredWad, falls, block } = risk;
  if (debtors === 0) return <p class="note">No account has debt.</p>;
  const steps = falls[0]?.below.map(({ step }) => step) ?? [];
  return (
    <>
      <dl class="tiles">
        <Tile title="Accounts with debt">{debtors}</Tile>
        <Tile title="Required of them">
          <Required wad={requiredWad} />
        </Tile>
        {unlisted === 0 ? null : <Tile title="Left out, at unlisted contracts">{unlisted}</Tile>}
        <Tile title="Ledger block">{String(block.height)}</Tile>
      </dl>
      <Table
        label="Falls of prices"
        empty=""
        rows={falls}
        columns={[
          ['Price of', 'text', nameOfFall],
          ['Change', 'figure', ({ fallBps }) => (fallBps === 0 ? '–' : `−${formatBps(fallBps)}`)],
          ...steps.map(
            (step, at) => [`Below ${step}`, 'figure', ({ below }: PriceFallView) => below[at]?.accounts ?? 0] as const,
          ),
          ['Of all', 'text', ({ below }) => <Bar share={(below.at(-1)?.accounts ?? 0) / debtors} tone="bad" />],
          ['Shortfall', 'figure', ({ shortfallWad }) => <Money wad={shortfallWad} />],
          ['Bad debt', 'figure', ({ badDebtWad }) => <Money wad={badDebtWad} />],
        ]}
      />
    </>
  );
}

function nameOfFall({ fallBps, underlying, symbol }: PriceFallView): string {
  if (fallBps === 0) return 'as prices are';
  return underlying === null ? 'all together' : (symbol ?? `slot ${underlying}`);
}

function Limits({ assets }: { readonly assets: readonly AssetView[] }) {
  return (
    <Table
      label="Limits in use"
      empty="No asset is listed."
      rows={assets}
      columns={[
        ['Asset', 'text', (one) => `${one.symbol} on ${one.chain ?? one.chainId}`],
        ['Held', 'figure', (one) => showAmount(one.used, one.decimals)],
        ['Of the cap', 'figure', (one) => formatShare(one.used, one.cap)],
        ['Drawn', 'text', (one) => <Bar share={drawnShare(one.used, one.cap)} />],
        ['Unconfirmed', 'figure', (one) => showAmount(one.fastUsed, one.decimals)],
        [
          'Of its limit',
          'figure',
          (one) => (one.fastLimit === null ? 'no limit' : formatShare(one.fastUsed, one.fastLimit)),
        ],
        ['Parked', 'figure', (one) => showAmount(one.parked, one.decimals)],
      ]}
    />
  );
}

function Holdings({ holdings }: { readonly holdings: readonly HoldingsView[] }) {
  const allOf = ({ largest }: HoldingsView): bigint => largest.reduce((sum, { amount }) => sum + amount, 0n);
  return (
    <Table
      label="Largest holders"
      empty="No asset is listed."
      rows={holdings}
      columns={[
        ['Asset', 'text', (one) => `${one.symbol} on chain ${one.chainId}`],
        ['Accounts', 'figure', (one) => one.accounts],
        ['Held', 'figure', (one) => showAmount(one.amount, one.decimals)],
        [
          'The largest',
          'text',
          ({ largest }) => {
            const [first] = largest;
            return first === undefined ? '–' : <a href={`#/account/${first.account}`}>{shortenHex(first.account)}</a>;
          },
        ],
        ['It holds', 'figure', (one) => formatShare(one.largest[0]?.amount ?? 0n, one.amount)],
        ['The five largest hold', 'figure', (one) => formatShare(allOf(one), one.amount)],
        ['Drawn', 'text', (one) => <Bar share={drawnShare(allOf(one), one.amount)} tone="warn" />],
      ]}
    />
  );
}
