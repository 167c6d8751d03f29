import type { AccountChangeView, HistoryAnswer } from '@surety/client';
import type { Network } from '@surety/config';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { formatHealthHistory } from './format-health-history.js';
import { formatReadable, formatTable, formatTime } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety history`. */
export interface HistoryOptions extends OutputOptions {
  readonly limit: string;
  readonly before?: string;
  readonly health?: boolean;
}

/** Most changes that one call lists: a bounded number of pages. */
const LISTED_MAX = 1_000;

/** Lists what happened to an account in final blocks, or how healthy it was, newest first. */
export async function history(terminal: Terminal, name: string, options: HistoryOptions): Promise<void> {
  const { network, aggregatorUrls } = openConfig(terminal);
  const account = parseAccountArgument(name);
  const limit = countOf(options.limit);
  let before = positionOf(options.before);
  const client = connectAggregator(aggregatorUrls);
  if (options.health === true) {
    const points = await client.readHealthHistory(account, { before, limit: Math.min(limit, POINTS_MAX) });
    return writeResult(terminal, options, points, () => formatHealthHistory(points));
  }
  const changes: AccountChangeView[] = [];
  let page: HistoryAnswer;
  do {
    page = await client.readHistory(account, { before, limit: Math.min(limit - changes.length, PAGE) });
    changes.push(...page.changes);
    before = page.next ?? undefined;
  } while (before !== undefined && changes.length < limit);
  writeResult(terminal, options, { ...page, changes }, () => formatHistory(page, changes, network));
}

/** Most changes and most points of health of one page, as the aggregator gives them. */
const PAGE = 50;
const POINTS_MAX = 500;

function formatHistory(
  { account, next, completeFrom }: HistoryAnswer,
  changes: readonly AccountChangeView[],
  network: Network,
): string[] {
  const gap =
    completeFrom === null ? [] : [`what happened before block ${completeFrom} was not written down by this aggregator`];
  if (changes.length === 0) return [`nothing happened to ${account} in final blocks`, ...gap];
  return [
    ...formatTable([
      ['TIME', 'BLOCK', 'CHANGE', 'AMOUNT', 'ON THE LINE', 'WHERE'],
      ...changes.map((change) => rowOf(change, network)),
    ]),
    ...(next === null ? gap : ['', `older changes: surety history ${account} --before ${next}`]),
  ];
}

function rowOf(change: AccountChangeView, network: Network): string[] {
  const { timestamp, block, kind, delta, amount, units, assetId, symbol } = change;
  const decimals =
    network.chains.flatMap(({ vault }) => vault?.assets ?? []).find((asset) => asset.assetId === assetId)?.decimals ??
    0;
  const named = symbol ?? 'units of an unlisted asset';
  const moved = delta === 0n ? units : delta;
  const sign = delta > 0n ? '+' : '';
  return [
    timestamp === null ? '?' : formatTime(timestamp),
    String(block.height),
    change.reason === null ? kind : `${kind} (${change.reason})`,
    moved === null ? '' : `${sign}${formatReadable(moved, decimals)} ${named}`,
    amount === null ? '' : `${formatReadable(amount, decimals)} ${named}`,
    placeOf(change, network),
  ];
}

function placeOf({ kind, chainId, index, party, delta }: AccountChangeView, network: Network): string {
  const chain = network.chains.find((one) => one.chainId === chainId)?.name ?? null;
  const entry = index === null ? '' : ` ${kind === 'released' || kind === 'refunded' ? 'release' : 'entry'} ${index}`;
  const place = chain === null ? '' : `${chain}${entry}`;
  if (party === null) return place;
  const other = /^0x0{24}/.test(party) ? `0x${party.slice(26)}` : party;
  const way = kind === 'released' || (kind !== 'opted-in' && kind !== 'opted-out' && delta < 0n) ? 'to ' : 'from ';
  return `${kind.startsWith('opted') ? '' : way}${other}${kind === 'released' ? ` on ${place}` : ''}`;
}

function countOf(text: string): number {
  const count = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= LISTED_MAX) return count;
  throw operatorError('BAD_USE', `--limit is "${text.slice(0, 40)}"; expected 1 to ${LISTED_MAX}`);
}

function positionOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,29}$/.test(text)) return BigInt(text);
  throw operatorError(
    'BAD_USE',
    `--before is "${text.slice(0, 40)}"; expected a position, or seconds with --health, as an earlier call of surety history names it`,
  );
}
