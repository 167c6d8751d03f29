import type { AccountProtocolsView, AccountView, AggregatorClient, ChainView, ReleaseView } from '@surety/client';
import type { Network } from '@surety/config';
import { AppError, type Bytes32, oneLine } from '@surety/domain';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { nextLines, sentenceOf } from '../explain/format-explanation.js';
import { formatMargin } from './format-margin.js';
import { formatProtocols } from './format-protocols.js';
import { formatTime, formatUnits } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Lines whose explanation is asked for: one request each. */
const EXPLAINED_MAX = 8;

/** Writes an account's lines, its unified margin with the factors, and its entries and releases under way with stage and reason. */
export async function account(terminal: Terminal, name: string, options: OutputOptions): Promise<void> {
  const { network, aggregatorUrls } = openConfig(terminal);
  const id = parseAccountArgument(name);
  const client = connectAggregator(aggregatorUrls);
  const [lines, margin, chains, protocols] = await Promise.all([
    client.readAccount(id),
    client.readMargin(id),
    client.readChains(),
    readProtocols(client, id),
  ]);
  const impaired = margin.lines.filter(({ conditions }) => conditions.length > 0).slice(0, EXPLAINED_MAX);
  const explained = await Promise.all(
    impaired.map(({ assetId }) => client.explain(`line:${id}:${assetId}`).catch(orNothing)),
  );
  const explanations = explained.flat();
  writeResult(
    terminal,
    options,
    { account: lines, margin, protocols: typeof protocols === 'string' ? null : protocols, explanations },
    () => [
      `account ${id} (owner ${lines.owner}, sub-account ${lines.sub})`,
      '',
      ...formatMargin(margin, {
        decimalsOf: (assetId) => decimalsOf(network, assetId),
        chainNameOf: (chain) => network.chains.find(({ chainId }) => chainId === chain)?.name ?? String(chain),
      }),
      ...(typeof protocols === 'string' ? ['', protocols] : formatProtocols(protocols)),
      ...explanations.flatMap((one) => [sentenceOf(one.summary), ...nextLines(one)]),
      ...formatParked(lines, network),
      ...formatUnderWay(lines, network, { chains, height: margin.block.height }),
    ],
  );
}

/** Returns the account's protocols, or why they are unread: margin and lines are worth showing without them. */
async function readProtocols(client: AggregatorClient, id: Bytes32): Promise<AccountProtocolsView | string> {
  try {
    return await client.readProtocols(id);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return `net value and protocols are unread: ${cause.code}: ${sentenceOf(cause.message)}`;
  }
}

/** A line may be gone since the margin was read: then there is nothing to explain, and the rest is worth showing. */
function orNothing(cause: unknown): [] {
  if (cause instanceof AppError && cause.context['problem_code'] === 'NOTHING_TO_EXPLAIN') return [];
  throw cause;
}

function formatParked(view: AccountView, network: Network): string[] {
  if (view.parked.length === 0) return [];
  return [
    '',
    'parked (counts 0 until its reason is gone):',
    ...view.parked.flatMap((one) => {
      const date = one.readyAt === null ? '' : ` until ${formatTime(one.readyAt)}`;
      const amount = formatUnits(one.amount, decimalsOf(network, one.assetId));
      return [`  ${amount} ${oneLine(one.symbol)}: ${oneLine(one.reason)}${date}`, `    next: ${sentenceOf(one.next)}`];
    }),
  ];
}

/** Lists what neither counts nor is done: locks on their way, and releases that are neither paid nor back on their line. */
function formatUnderWay(
  { entries, releases }: AccountView,
  network: Network,
  { chains, height }: { readonly chains: readonly ChainView[]; readonly height: bigint },
): string[] {
  // A chain that is not followed may hide locks: about it nobody may say that nothing is under way.
  const hidden = chains
    .filter(({ condition }) => condition !== 'live' && condition !== 'unwatched')
    .map(({ name, condition, reason }) => {
      const why = reason === null ? '' : `: ${sentenceOf(reason)}`;
      const chain = oneLine(name);
      return `locks on ${chain} may not be visible here: it is ${condition}${why}; run: surety explain ${chain}`;
    });
  const open = releases.filter(({ stage }) => stage !== 'paid' && stage !== 'refunded');
  if (entries.length + open.length === 0)
    return ['', ...(hidden.length > 0 ? hidden : [`nothing is under way, as of block ${height} of the ledger`])];
  return [
    '',
    ...hidden,
    'under way:',
    ...entries.map(
      (entry) =>
        `  ${formatUnits(entry.amount, decimalsOf(network, entry.assetId))} ${symbolOf(network, entry.assetId)} is ${entry.stage}${becauseOf(entry)}`,
    ),
    ...open.flatMap((one) => formatRelease(one, network)),
  ];
}

function formatRelease(one: ReleaseView, network: Network): string[] {
  const chain = network.chains.find(({ chainId }) => chainId === one.chainId)?.name ?? String(one.chainId);
  const amount = `${formatUnits(one.amount, decimalsOf(network, one.assetId))} ${oneLine(one.symbol)}`;
  return [
    `  the release ${oneLine(one.id)} of ${amount} on ${chain} is ${one.stage}${becauseOf(one)}`,
    ...(one.next === null ? [] : [`    next: ${sentenceOf(one.next)}`]),
  ];
}

function becauseOf({ reason }: { readonly reason: string | null }): string {
  return reason === null ? '' : `: ${sentenceOf(reason)}`;
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
