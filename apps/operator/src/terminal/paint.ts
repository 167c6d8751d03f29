import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Beginnings of lines for people, with their styles. Colour only repeats a word. */
const BEGINNINGS: readonly (readonly [RegExp, Style])[] = [
  [/^ok(?= )/, 'green'],
  [/^warn(?= )/, 'yellow'],
  [/^fail(?= )/, 'red'],
  [/^surety: [A-Z_]+(?=:)/, 'red'],
];

/** Returns whether a stream is a terminal that shows colours, as `NO_COLOR` and `FORCE_COLOR` say. @source no-color.org */
export function showsColours(stream: { readonly isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** Colours the verdicts at the beginnings of lines. */
export function paint(text: string): string {
  return text
    .split('\n')
    .map((line) => BEGINNINGS.reduce((told, [word, style]) => told.replace(word, (seen) => dye(style, seen)), line))
    .join('\n');
}

function dye(style: Style, text: string): string {
  // The stream was asked already; this function knows no other.
  return styleText(style, text, { validateStream: false });
}
