import type { Address } from '@surety/domain';
import type { PowerRow } from './powers.js';
import { formatTable } from '../terminal/format.js';

/** Width of a terminal that is not widened, with room for the table's other columns. */
const DOES_WIDTH = 56;

/**
 * Lays powers out for a terminal of 100 columns: one table for each contract, holders by a letter that the list before them explains, and
 * long effects on several lines.
 */
export function formatPowers(rows: readonly PowerRow[]): string[] {
  const letters = new Map<string, string>();
  for (const { holders } of rows) {
    const key = keyOf(holders);
    if (!letters.has(key)) letters.set(key, letterOf(letters.size));
  }
  const byContract = new Map<string, PowerRow[]>();
  for (const row of rows) {
    const name = `${row.chain} ${row.contract}`;
    byContract.set(name, [...(byContract.get(name) ?? []), row]);
  }
  const legend = [...letters].flatMap(([key, letter]) =>
    key.split(' ').map((holder, at) => [at === 0 ? letter : '', at === 0 ? holder : `or ${holder}`]),
  );
  return [
    'held by:',
    ...formatTable(legend).map((line) => `  ${line}`),
    ...[...byContract].flatMap(([name, powers]) => [
      '',
      `${name}:`,
      ...formatTable([
        ['act', 'role', 'by', 'delay', 'does'],
        ...powers.flatMap(({ act, role, holders, delayS, does }) =>
          wrapped(does, DOES_WIDTH).map((line, at) =>
            at === 0
              ? [act, role, letters.get(keyOf(holders)) ?? '', `${delayS / 3600} h`, line]
              : ['', '', '', '', line],
          ),
        ),
      ]).map((line) => `  ${line}`),
    ]),
  ];
}

function keyOf(holders: readonly Address[]): string {
  return holders.join(' ');
}

/** A to Z, then A2 and so on. */
function letterOf(at: number): string {
  const round = Math.floor(at / 26);
  return `${String.fromCodePoint(65 + (at % 26))}${round === 0 ? '' : round + 1}`;
}

/** Breaks a text at spaces into lines of a width; a longer word stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
