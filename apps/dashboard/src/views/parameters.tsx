import type { AssetView, ParametersView } from '@surety/client';
import { describeConditions } from '../conditions.js';
import { drawnShare, formatBps, formatPrice, formatSpan, shortenHex, showAmount } from '../format.js';
import { Badge, Bar, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { useReading } from '../use-reading.js';

/** Shows what margins rest on: weights, caps and what is used of them, ages, prices. */
export function ParametersPage({ world, nowMs }: ViewProps) {
  const { client } = world;
  const terms = useReading(world, 5_000, async (signal) => {
    const [parameters, { assets }] = await Promise.all([client.readParameters(signal), client.readAssets(signal)]);
    return { parameters, assets };
  });
  const prices = useReading(world, 5_000, (signal) => client.readPrices(signal));
  return (
    <>
      <Section
        title="Assets"
        note="What counts of an asset’s value, and how much of it the ledger takes."
        reading={terms}
        nowMs={nowMs}
        show={({ parameters, assets }) => <Assets parameters={parameters} assets={assets} />}
      />
      <Section
        title="Chains"
        note="A second weight for the chain, and how it fades when the chain is not attested."
        reading={terms}
        nowMs={nowMs}
        show={({ parameters, assets }) => <Sources parameters={parameters} assets={assets} />}
      />
      <Section
        title="Prices"
        note="Initial counts the lower of price and slow price, less one and a half bands."
        reading={prices}
        nowMs={nowMs}
        show={({ prices: listed }) => (
          <Table
            label="Prices"
            empty="No price values an asset."
            rows={listed}
            columns={[
              ['Price of', 'text', (one) => one.symbol ?? `slot ${one.slot}`],
              ['Price', 'figure', (one) => formatPrice(one.price1e12, 12)],
              ['Slow price', 'figure', (one) => formatPrice(one.slow1e12, 12)],
              ['Band', 'figure', (one) => `${showAmount(BigInt(one.confidencePpm), 4)} %`],
              ['Age', 'figure', (one) => (one.ageS === null ? 'never read' : formatSpan(one.ageS))],
              ['Allowed', 'figure', (one) => formatSpan(one.ageMostS.initial)],
              ['Faults', 'text', (one) => describeConditions(one.conditions)],
              ['Auctions', 'text', (one) => <Sales from={one.sellsFrom} nowMs={nowMs} />],
            ]}
          />
        )}
      />
    </>
  );
}

/** Says whether auctions sell at a price. */
function Sales({ from, nowMs }: { readonly from: bigint | null; readonly nowMs: number }) {
  if (from === null) return <Badge tone="good">sell</Badge>;
  const leftS = Math.max(0, Number(from) - Math.floor(nowMs / 1_000));
  return <Badge tone="warn">{`new feed, sell in ${formatSpan(leftS)}`}</Badge>;
}

interface Terms {
  readonly parameters: ParametersView;
  readonly assets: readonly AssetView[];
}

function Assets({ parameters, assets }: Terms) {
  const weights = new Map(parameters.assets.map((one) => [one.assetId, one]));
  const bpsOf = (bps: number | undefined): string => (bps === undefined ? '–' : formatBps(bps));
  return (
    <>
      <p class="note">
        {`At block ${parameters.block.height}; parameters `}
        <code>{shortenHex(parameters.parameters)}</code>
      </p>
      <Table
        label="Weights and caps of assets"
        empty="No asset is listed."
        rows={assets}
        columns={[
          ['Asset', 'text', (one) => `${one.symbol} on ${one.chain ?? one.chainId}`],
          ['Initial', 'figure', (one) => bpsOf(weights.get(one.assetId)?.initialBps)],
          ['Maintenance', 'figure', (one) => bpsOf(weights.get(one.assetId)?.maintenanceBps)],
          ['Used', 'figure', (one) => showAmount(one.used, one.decimals)],
          ['Cap', 'figure', (one) => showAmount(one.cap, one.decimals)],
          ['Used of the cap', 'text', (one) => <Bar share={drawnShare(one.used, one.cap)} />],
          [
            'Without witness',
            'figure',
            (one) => (one.fastLimit === null ? 'any' : showAmount(one.fastLimit, one.decimals)),
          ],
          ['Least', 'figure', (one) => showAmount(one.minimum, one.decimals)],
          [
            'Credit',
            'text',
            (one) => (one.pause === null ? <Badge tone="good">open</Badge> : <Badge tone="warn">paused</Badge>),
          ],
        ]}
      />
    </>
  );
}

function Sources({ parameters, assets }: Terms) {
  const nameOf = (source: number, chainId: number): string =>
    assets.find((one) => one.source === source)?.chain ?? String(chainId);
  return (
    <Table
      label="Weights and ages of chains"
      empty="No chain is listed."
      rows={parameters.sources}
      columns={[
        ['Chain', 'text', (one) => nameOf(one.source, one.chainId)],
        ['Initial', 'figure', (one) => formatBps(one.initialBps)],
        ['Maintenance', 'figure', (one) => formatBps(one.maintenanceBps)],
        ['Attested', 'figure', (one) => (one.asOf === 0n ? 'never' : `${formatSpan(one.ageS)} ago`)],
        ['Fades from', 'figure', (one) => formatSpan(one.staleAfterS)],
        ['Nothing from', 'figure', (one) => formatSpan(one.darkAfterS)],
        ['Maintenance falls from', 'figure', (one) => formatSpan(one.floorAfterS)],
        [
          'State',
          'text',
          (one) => <Badge tone={one.state === 'LIVE' ? 'good' : 'bad'}>{one.state.toLowerCase()}</Badge>,
        ],
      ]}
    />
  );
}
