import { writeFileSync } from 'node:fs';
import {
  type BookDocument,
  type Chart,
  GENERAL_STRESSES,
  type Stress,
  WELL_KNOWN_DAYS,
  drawChart,
  parseBookDocument,
  parseStresses,
} from '@surety/margin';
import { operatorError } from '../errors.js';
import { parseJson, readTextFile } from '../read-json.js';
import type { OutputOptions, Terminal } from '../terminal.js';

/** Options of commands that revalue a book. */
export interface BookOptions extends OutputOptions {
  /** File of the book; standard input if left out. */
  readonly book?: string;
  /** File with further scenarios. */
  readonly scenarios?: string;
  /** Only this account. */
  readonly account?: string;
  /** Where to write a chart as SVG. */
  readonly chart?: string;
}

/** Reads a book from its file or standard input. @throws NOT_JSON naming what is wrong, BAD_USE for an unknown account. */
export async function readBook(terminal: Terminal, options: BookOptions): Promise<BookDocument> {
  const from = options.book ?? 'standard input';
  const book = parseJson(
    from,
    options.book === undefined ? await terminal.readInput() : readTextFile(options.book),
    parseBookDocument,
  );
  const { account } = options;
  if (account === undefined) return book;
  const accounts = book.accounts.filter(({ id }) => id === account);
  if (accounts.length === 0) throw operatorError('BAD_USE', `${from} has no account ${account}`);
  return { ...book, accounts };
}

/** Gives the scenarios that are known: days, general ones, and those of a file, which come first. @throws NOT_JSON. */
export function knownStresses(options: BookOptions): readonly Stress[] {
  const own =
    options.scenarios === undefined ? [] : parseJson(options.scenarios, readTextFile(options.scenarios), parseStresses);
  return [...own, ...GENERAL_STRESSES, ...WELL_KNOWN_DAYS];
}

/** Gives a scenario by its name. @throws BAD_USE with the names that are known. */
export function stressNamed(name: string, known: readonly Stress[]): Stress {
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw operatorError('BAD_USE', `no scenario ${name}; known are ${known.map((each) => each.name).join(', ')}`);
}

/** Writes a chart to a file, if one is asked for, and says so. */
export function writeChart(terminal: Terminal, { chart: file }: BookOptions, chart: () => Chart): void {
  if (file === undefined) return;
  writeFileSync(file, drawChart(chart()));
  terminal.tell(`chart written to ${file}`);
}

/** Prints a WAD with two decimals, a thousand separated by commas. */
export function formatWad(value: bigint): string {
  const cents = (value < 0n ? -value : value) + 5n * 10n ** 15n;
  const digits = cents.toString().padStart(19, '0');
  const whole = digits.slice(0, -18).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0n ? '-' : ''}${whole}.${digits.slice(-18, -16)}`;
}

/** Prints rows under their heads, the first and the last column to the left, numbers between them to the right. */
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
