import { mulDivDown } from '@surety/domain';
import { accountGreeksOf } from '@surety/margin';
import { formatUnits } from '../terminal/format.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { type BookOptions, formatTokens, formatWad, originOf, readBook, tableLines, weigh } from './margin-book.js';

/**
 * Shows what each account of a book gains when an underlying moves: deltas of everything it owns, owes and trades, and
 * gamma, vega, theta and rho of its options.
 * @throws NOT_JSON for a book that cannot be read, BAD_USE for an unknown account.
 */
export async function marginGreeks(terminal: Terminal, options: BookOptions): Promise<void> {
  const book = await readBook(terminal, options);
  const { snapshot, accounts } = book;
  const shown = weigh(options, () =>
    accounts.map(({ id, account }) => ({ id, underlyings: accountGreeksOf(account, snapshot) })),
  );
  const { version } = snapshot.terms;
  writeResult(terminal, options, { version, ...originOf(book), accounts: shown }, () => [
    ...tableLines([HEADS, ...shown.flatMap(({ id, underlyings }) => underlyings.map((one) => rowOf(id, one)))]),
    `gamma for a price higher by 1, vega for one point of volatility, theta for a day, rho for one point of rate; terms ${version}`,
  ]);
}

const HEADS = [
  'account',
  'underlying',
  'collateral',
  'debts',
  'perps',
  'options',
  'delta',
  'at the mark',
  'gamma',
  'vega',
  'theta',
  'rho',
];
const POINTS = 100n;
const DAYS = 365n;

type Shown = ReturnType<typeof accountGreeksOf>[number];

function rowOf(id: string, { underlying, deltas, delta, deltaValue, gamma, vega, theta, rho }: Shown): string[] {
  const { collateral, debt, perp, options } = deltas;
  const tokens = [collateral, debt, perp, options, delta].map(formatTokens);
  const sensitivities = [partOf(vega, POINTS), partOf(theta, DAYS), partOf(rho, POINTS)].map(formatWad);
  return [
    id,
    underlying,
    ...tokens,
    formatWad(deltaValue),
    formatUnits(partOf(gamma, 10n ** 10n), 8),
    ...sensitivities,
  ];
}

/** One of so many parts of a value, toward 0: for people. */
function partOf(value: bigint, parts: bigint): bigint {
  return value < 0n ? -mulDivDown(-value, 1n, parts) : mulDivDown(value, 1n, parts);
}
