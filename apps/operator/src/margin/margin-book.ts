import { writeFileSync } from 'node:fs';
import type { LiveBook } from '@surety/chain';
import { AppError, mulDivDown } from '@surety/domain';
import {
  type BookDocument,
  type Chart,
  GENERAL_STRESSES,
  type MarketSnapshot,
  type Stress,
  WELL_KNOWN_DAYS,
  drawChart,
  parseBookDocument,
  parseStresses,
} from '@surety/margin';
import { operatorError } from '../errors.js';
import { type LiveBookOptions, openLiveBook } from './open-live-book.js';
import { parseJson, readTextFile, reasonOf } from '../terminal/read-json.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';

/** Names in a message: enough to see a slip, few enough for a screen. */
const NAMES_SHOWN = 20;

/** Options of commands that revalue a book. */
export interface BookOptions extends OutputOptions, LiveBookOptions {
  /** File of the book; standard input if left out or `-`, unless live accounts are asked for. */
  readonly book?: string;
  /** File with further scenarios. */
  readonly scenarios?: string;
  /** File for a chart as SVG. */
  readonly chart?: string;
}

/** A book that was read; `live` with where it was read if that was the ledger. */
export interface OpenedBook extends BookDocument {
  readonly live?: Pick<LiveBook, 'block' | 'accounts'>;
}

/** Returns the block and the protocols of a live book, for results; nothing of a file. */
export function originOf({ live }: OpenedBook): object {
  if (live === undefined) return {};
  return { block: live.block, protocols: live.accounts.map(({ account, protocols }) => ({ account, protocols })) };
}

/**
 * Reads a book from its file or standard input, or live accounts from the ledger: without a file, those of `--all` or the one that
 * `--account` names by its address or 32 bytes.
 * @throws NOT_JSON or the engine's code naming what is wrong, BAD_USE for an unknown account, and what reading the ledger throws.
 */
export async function readBook(terminal: Terminal, options: BookOptions): Promise<OpenedBook> {
  if (isLive(options)) {
    const live = await openLiveBook(terminal, options);
    return { ...weigh(options, () => parseBookDocument(live.book)), live };
  }
  requireNothingLive(options);
  const from = nameOf(options);
  const text = from === STANDARD_INPUT ? await terminal.readInput() : readTextFile(from);
  const json = parseJson(from, text, (parsed) => parsed);
  const book = weigh(options, () => parseBookDocument(json));
  const { account } = options;
  if (account === undefined) return book;
  const accounts = book.accounts.filter(({ id }) => id === account);
  if (accounts.length === 0) {
    const known = book.accounts.map(({ id }) => id).slice(0, NAMES_SHOWN);
    const more = book.accounts.length - known.length;
    throw operatorError(
      'BAD_USE',
      `${from} has no account ${account}; expected one of ${known.join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`,
    );
  }
  return { ...book, accounts };
}

/** Revalues a parsed book. @throws the engine's errors, with the book's name in front. */
export function weigh<Answer>(options: BookOptions, work: () => Answer): Answer {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new AppError({ code: cause.code, message: `${nameOf(options)}: ${cause.message}`, cause });
  }
}

const STANDARD_INPUT = 'standard input';

function isLive({ book, account, all }: BookOptions): boolean {
  return book === undefined && (all === true || /^0x[0-9a-fA-F]*$/.test(account ?? ''));
}

/** A file is weighed as it is: options of live accounts would change nothing. @throws BAD_USE */
function requireNothingLive({ book = STANDARD_INPUT, all, markets }: BookOptions): void {
  const [given] = [...(all === true ? ['--all'] : []), ...(markets === undefined ? [] : ['--markets'])];
  if (given === undefined) return;
  throw operatorError(
    'BAD_USE',
    `${given} is for live accounts, and ${book === '-' ? STANDARD_INPUT : book} is a book; leave one of them out, or name a live account with --account 0x…`,
  );
}

function nameOf(options: BookOptions): string {
  if (isLive(options)) return 'the ledger';
  return options.book === undefined || options.book === '-' ? STANDARD_INPUT : options.book;
}

/** Returns the scenarios of a given file, if there is one. @throws NOT_JSON. */
export function ownStresses({ scenarios: file }: BookOptions): readonly Stress[] {
  return file === undefined ? [] : parseJson(file, readTextFile(file), parseStresses);
}

/** Returns the available scenarios: first those of a file, then general ones and days. @throws NOT_JSON. */
export function knownStresses(options: BookOptions): readonly Stress[] {
  return [...ownStresses(options), ...GENERAL_STRESSES, ...WELL_KNOWN_DAYS];
}

/** Returns the underlyings that a scenario moves by name and a book does not list. */
export function unlistedBy({ steps }: Stress, { underlyings }: MarketSnapshot): readonly string[] {
  const named = steps.flatMap((step) =>
    'underlying' in step && step.underlying !== undefined ? [step.underlying] : [],
  );
  return [...new Set(named)].filter((name) => !underlyings.has(name));
}

/** Returns a scenario by its name. @throws BAD_USE with the available names. */
export function stressNamed(name: string, known: readonly Stress[]): Stress {
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = [...new Set(known.map((each) => each.name))].join(', ');
  throw operatorError('BAD_USE', `no scenario ${name}; known are ${names}`);
}

/** Writes a chart to a file if requested, and reports that. @throws BAD_USE if it cannot be written. */
export function writeChart(terminal: Terminal, { chart: file }: BookOptions, chart: () => Chart): void {
  if (file === undefined) return;
  const drawn = drawChart(chart());
  try {
    writeFileSync(file, drawn);
  } catch (cause) {
    throw operatorError('BAD_USE', `--chart ${file} cannot be written (${reasonOf(cause)}); expected a file`, cause);
  }
  terminal.tell(`chart written to ${file}`);
}

/** Prints a WAD with two decimals, a thousand separated by commas. */
export function formatWad(value: bigint): string {
  const cents = (value < 0n ? -value : value) + 5n * 10n ** 15n;
  const digits = cents.toString().padStart(19, '0');
  const whole = digits.slice(0, -18).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0n ? '-' : ''}${whole}.${digits.slice(-18, -16)}`;
}

/** Prints an amount of tokens with 18 decimals to the nearest of eight, two at least. */
export function formatTokens(wad: bigint): string {
  const shown = mulDivDown((wad < 0n ? -wad : wad) + 5n * 10n ** 9n, 1n, 10n ** 10n);
  const digits = shown.toString().padStart(9, '0');
  const whole = digits.slice(0, -8).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${wad < 0n && shown > 0n ? '-' : ''}${whole}.${digits.slice(-8).replace(/0{1,6}$/, '')}`;
}

/** Prints rows under their headings, the first and last column left-aligned, numbers in between right-aligned. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const isText = (at: number) => at === 0 || at === widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, at) => (isText(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
