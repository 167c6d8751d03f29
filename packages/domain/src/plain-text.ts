/** Most characters of a stranger's text in a line, unless a sentence is expected. */
const STRANGE_LENGTH_MAX = 200;

/** Characters that a terminal obeys or that nobody sees: controls, ends of lines, turns of direction, and those without any width. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Writes characters that a terminal obeys or that nobody sees as `\uXXXX`, but for those to keep. In JSON the value stays the same. */
export function escapeUnseen(text: string, isKept: (character: string) => boolean = () => false): string {
  return text.replace(UNSEEN, (character) => (isKept(character) ? character : escapeOf(character)));
}

/**
 * Returns what a stranger said as part of one line: nothing in it ends the line, hides or turns what stands beside it, and it is clipped. For
 * text of contracts, providers and aggregators, before it stands between words of one's own.
 */
export function oneLine(text: string, lengthMax = STRANGE_LENGTH_MAX): string {
  const escaped = escapeUnseen(text.slice(0, lengthMax + 1));
  return escaped.length > lengthMax ? `${escaped.slice(0, lengthMax - 1)}…` : escaped;
}

/** One escape for each half of a character past 16 bits, as JSON has it. */
function escapeOf(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
