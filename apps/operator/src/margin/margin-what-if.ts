import type { AggregatorClient, AssetView, MarginView, PriceView, WhatIfRequest } from '@surety/client';
import { type Bytes32, mulDivDown } from '@surety/domain';
import { HEALTH_FACTOR_MAX } from '@surety/margin';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { gradeCells } from '../accounts/format-margin.js';
import { formatTable, formatWad } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type WantedChange, parseChange } from './parse-change.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety margin what-if`. */
export interface WhatIfOptions extends OutputOptions {
  /** Changes of prices, `<symbol>=<change>`; `all` for every price. */
  readonly price?: readonly string[];
  /** Changes of holdings, `<chain>/<symbol>=<change>`. */
  readonly amount?: readonly string[];
  /** Added to what protocols require, in the unit of account. */
  readonly debt?: string;
}

const PRICE_DECIMALS = 12;
const WAD_DECIMALS = 18;
/** Falls shown where no change is asked for, in percent. */
const FALLS = [10, 20, 30, 50];
/** Blocks may come between two reads; a chain of one second leaves room for this many. */
const TRIES_MAX = 5;

/** Basis of changes and margins: the aggregator's lists of one moment. */
interface Listed {
  readonly assets: readonly AssetView[];
  readonly prices: readonly PriceView[];
}

type Changes = Omit<WhatIfRequest, 'account'>;

/**
 * Shows a live account with other prices, holdings or debts, weighed by the aggregator's engine at its last block: each grade before and
 * after, health, and what the account may still do. Without a change, what a fall of each of its prices leaves.
 * @throws BAD_USE for a change that cannot be read, an unknown price or asset, or a change that no price bears
 */
export async function marginWhatIf(terminal: Terminal, name: string, options: WhatIfOptions): Promise<void> {
  const { aggregatorUrls } = openConfig(terminal);
  const account = parseAccountArgument(name);
  const client = connectAggregator(aggregatorUrls);
  const [{ assets }, { prices }, now] = await Promise.all([
    client.readAssets(),
    client.readPrices(),
    client.readMargin(account),
  ]);
  const listed = { assets, prices };
  const changes = changesOf(options, listed, now);
  if (changes === undefined) return showFalls(terminal, options, { client, account, listed });
  const [before, after] = await atOneBlock(client, account, changes);
  writeResult(terminal, options, { account, before, after }, () => [
    `account ${account} at block ${blocksOf(before, after)}, if ${sayingOf(options)}:`,
    ...formatTable([
      ['grade', '', 'assets', 'requirement', 'free', 'used'],
      ...(['initial', 'exit', 'maintenance'] as const).flatMap((grade) => [
        [grade, 'before', ...gradeCells(before.grades[grade])],
        ['', 'after', ...gradeCells(after.grades[grade])],
      ]),
    ]),
    `health ${healthOf(before)} → ${healthOf(after)}: ${standingOf(after)}`,
  ]);
}

/** Returns the wanted changes as the interface takes them; undefined if there are none. */
function changesOf(options: WhatIfOptions, listed: Listed, { lines }: Pick<MarginView, 'lines'>): Changes | undefined {
  const { price = [], amount = [], debt } = options;
  if (price.length === 0 && amount.length === 0 && debt === undefined) return undefined;
  const prices = new Map(
    price.flatMap((text) =>
      pricesAfter(
        parseChange(text, '--price', () => PRICE_DECIMALS),
        listed,
      ),
    ),
  );
  const amounts = new Map(
    amount.map((text) => {
      const change = parseChange(text, '--amount', (name) => assetNamed(name, listed).decimals);
      const { assetId } = assetNamed(change.name, listed);
      const held = lines.find((line) => line.assetId === assetId)?.amount ?? 0n;
      return [assetId, change.apply(held)] as const;
    }),
  );
  return { prices, amounts, ...(debt === undefined ? {} : { requirementWad: signedWad(debt) }) };
}

/** Every slot that a named price moves: its own, and the feeds of assets that follow it, in proportion. */
function pricesAfter({ name, text, apply }: WantedChange, { assets, prices }: Listed): [slot: number, price: bigint][] {
  const isAll = name.toLowerCase() === 'all';
  const named = prices.filter(({ symbol }) => isAll || symbol?.toLowerCase() === name.toLowerCase());
  if (named.length === 0) {
    const known = prices.flatMap(({ symbol }) => symbol ?? []).join(', ');
    throw operatorError('BAD_USE', `--price ${text}: no price is called ${name}; expected all or one of ${known}`);
  }
  if (isAll && !text.endsWith('%'))
    throw operatorError(
      'BAD_USE',
      `--price ${text}: all prices have no one figure; expected a percentage such as all=-30%`,
    );
  const moved = named.map(({ slot, price1e12 }): [number, bigint] => [slot, apply(price1e12)]);
  const own = assets.flatMap(({ underlying, ownPrice }): [number, bigint][] => {
    const base = named.find(({ slot }) => slot === underlying);
    const feed = prices.find(({ slot }) => slot === ownPrice);
    if (base === undefined || feed === undefined || named.includes(feed) || base.price1e12 === 0n) return [];
    return [[feed.slot, mulDivDown(feed.price1e12, apply(base.price1e12), base.price1e12)]];
  });
  return [...moved, ...own];
}

function assetNamed(name: string, { assets }: Listed): AssetView {
  const [symbol = '', chain] = name.split('/').toReversed();
  const found = assets.filter(
    (one) =>
      one.symbol.toLowerCase() === symbol.toLowerCase() &&
      (chain === undefined || one.chain === chain || String(one.chainId) === chain),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = assets.map((one) => `${one.chain ?? one.chainId}/${one.symbol}`).join(', ');
  throw operatorError('BAD_USE', `--amount ${name} names ${found.length} assets; expected one of ${known}`);
}

function signedWad(text: string): bigint {
  const { apply } = parseChange(`debt=${text.replace(/^[+-]/, '')}`, '--debt', () => WAD_DECIMALS);
  return text.startsWith('-') ? -apply(0n) : apply(0n);
}

/** Reads both margins, of one block if blocks leave the time for it. */
async function atOneBlock(
  client: AggregatorClient,
  account: Bytes32,
  changes: Changes,
): Promise<readonly [MarginView, MarginView]> {
  for (let tries = 1; ; tries++) {
    const both = await Promise.all([client.readMargin(account), client.weighWhatIf({ account, ...changes })]);
    if (tries === TRIES_MAX || both[0].block.hash === both[1].block.hash) return both;
  }
}

async function showFalls(
  terminal: Terminal,
  options: WhatIfOptions,
  {
    client,
    account,
    listed,
  }: { readonly client: AggregatorClient; readonly account: Bytes32; readonly listed: Listed },
): Promise<void> {
  const { lines } = await client.readMargin(account);
  const held = listed.assets.filter(({ assetId }) => lines.some((line) => line.assetId === assetId));
  const symbols = [...new Set(held.flatMap(({ underlyingSymbol }) => underlyingSymbol ?? []))];
  const wanted = [...symbols, ...(symbols.length > 1 ? ['all'] : [])].flatMap((symbol) =>
    FALLS.map((fall) => `${symbol}=-${fall}%`),
  );
  const falls = await Promise.all(
    wanted.map(async (text) => {
      const changes = changesOf({ price: [text] }, listed, { lines });
      return { price: text, margin: await client.weighWhatIf({ account, ...changes }) };
    }),
  );
  writeResult(terminal, options, { account, falls }, () =>
    falls.length === 0
      ? [`account ${account} has no lines that prices could move`]
      : [
          `account ${account}, if prices fall:`,
          ...formatTable([
            ['price', 'free initial', 'free maintenance', 'health', 'then the account'],
            ...falls.map(({ price, margin }) => [
              price.replace('=', ' '),
              formatWad(margin.grades.initial.freeWad),
              formatWad(margin.grades.maintenance.freeWad),
              healthOf(margin),
              standingOf(margin),
            ]),
          ]),
        ],
  );
}

function blocksOf(before: MarginView, after: MarginView): string {
  const isOne = before.block.hash === after.block.hash;
  return isOne ? String(after.block.height) : `${after.block.height} (before: at ${before.block.height})`;
}

function sayingOf({ price = [], amount = [], debt }: WhatIfOptions): string {
  return [...price, ...amount, ...(debt === undefined ? [] : [`debt ${debt}`])].join(', ');
}

function healthOf({ healthFactorWad, conditions }: MarginView): string {
  if (conditions.includes('unanswered')) return 'unknown';
  return healthFactorWad === HEALTH_FACTOR_MAX ? 'nothing owed' : formatWad(healthFactorWad);
}

function standingOf({ liquidatable, conditions, grades }: MarginView): string {
  if (conditions.includes('unanswered')) return 'a protocol does not answer';
  if (liquidatable) return 'may be liquidated';
  return grades.initial.freeWad < 0n ? 'opens nothing more' : 'may open and take out';
}
