import type { AccountView, EntryUnderWayView } from '@surety/client';
import type { Network } from '@surety/config';
import { connectAggregator } from '../connect-aggregator.js';
import { formatMargin } from '../format-margin.js';
import { formatUnits } from '../format.js';
import { openConfig } from '../open-config.js';
import { parseAccountArgument } from '../parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Writes an account's lines, its unified margin with the factors, and its entries under way with stage and reason. */
export async function account(terminal: Terminal, name: string, options: OutputOptions): Promise<void> {
  const { network, aggregatorUrl } = openConfig(terminal);
  const id = parseAccountArgument(name);
  const client = connectAggregator(aggregatorUrl);
  const [lines, margin] = await Promise.all([client.readAccount(id), client.readMargin(id)]);
  writeResult(terminal, options, { account: lines, margin }, () => [
    `account ${id} (owner ${lines.owner}, sub-account ${lines.sub})`,
    '',
    ...formatMargin(margin, (assetId) => decimalsOf(network, assetId)),
    ...formatParked(lines, network),
    ...formatUnderWay(lines.entries, network),
  ]);
}

function formatParked(view: AccountView, network: Network): string[] {
  if (view.parked.length === 0) return [];
  return [
    '',
    'parked (counts 0 until its reason is gone):',
    ...view.parked.flatMap((one) => {
      const date = one.readyAt === null ? '' : ` until ${new Date(Number(one.readyAt) * 1_000).toISOString()}`;
      const amount = formatUnits(one.amount, decimalsOf(network, one.assetId));
      return [`  ${amount} ${one.symbol}: ${one.reason}${date}`, `    next: ${one.next}`];
    }),
  ];
}

function formatUnderWay(entries: readonly EntryUnderWayView[], network: Network): string[] {
  if (entries.length === 0) return ['', 'nothing is under way'];
  return [
    '',
    'under way:',
    ...entries.map(
      (entry) =>
        `  ${formatUnits(entry.amount, decimalsOf(network, entry.assetId))} ${symbolOf(network, entry.assetId)} is ${entry.stage}${entry.reason === null ? '' : `: ${entry.reason}`}`,
    ),
  ];
}

function assetOf(network: Network, assetId: number | null): { symbol: string; decimals: number } | undefined {
  return network.chains.flatMap((chain) => chain.vault?.assets ?? []).find((asset) => asset.assetId === assetId);
}

function decimalsOf(network: Network, assetId: number | null): number {
  return assetOf(network, assetId)?.decimals ?? 0;
}

function symbolOf(network: Network, assetId: number | null): string {
  return assetOf(network, assetId)?.symbol ?? 'units of an unlisted asset';
}
