import { readFileSync, readdirSync } from 'node:fs';

const RUNBOOKS = new URL('../../../docs/RUNBOOKS/', import.meta.url);

/**
 * Returns the arguments of a command that a page of docs/RUNBOOKS prints, to be run as it stands there.
 * `values` replace parts of it: placeholders such as `<name>`, options in brackets, and what a local network has not,
 * such as a timelock. Every command of the pages is asked for by some test (tidy.test.ts).
 * @throws Error for a page without this command, and for a part that was left unfilled.
 */
export function fromRunbook(
  page: string,
  command: `npx surety ${string}`,
  values: Readonly<Record<string, string>> = {},
): readonly string[] {
  const file = readdirSync(RUNBOOKS).find((name) => name.startsWith(`${page}-`) || name === `${page}.md`);
  const text = file === undefined ? '' : readFileSync(new URL(file, RUNBOOKS), 'utf8');
  const isPrinted = text.split('\n').some((line) => line.includes(`\`${command}\``) || line.trim() === command);
  if (!isPrinted) throw new Error(`docs/RUNBOOKS/${file ?? page} prints no command ${command}`);
  let filled: string = command;
  for (const [part, value] of Object.entries(values)) filled = filled.replaceAll(part, value);
  const words = filled.split(' ').filter((word) => word !== '');
  const left = words.filter((word) => /[<>[\]…]/u.test(word));
  if (left.length > 0) throw new Error(`nothing fills ${left.join(' ')} of ${command}`);
  return words.slice('npx surety'.split(' ').length);
}
