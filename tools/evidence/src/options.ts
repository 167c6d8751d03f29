// The command line of every tool here: what it takes, what it answers to `--help`, and what it says of a wrong use.
import { parseArgs } from 'node:util';

interface Explained {
  readonly about: string;
}
/** `--name n`: a whole number from `least`. */
export interface NumberOption extends Explained {
  readonly kind: 'number';
  readonly fallback: number;
  readonly least: number;
}
/** `--name text`. */
export interface TextOption extends Explained {
  readonly kind: 'text';
  readonly fallback: string;
}
/** `--name`. */
export interface FlagOption extends Explained {
  readonly kind: 'flag';
}
export type Option = NumberOption | TextOption | FlagOption;
export type Options = Readonly<Record<string, Option>>;

/** Chosen values, one for each option. */
export type Chosen<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends NumberOption ? number : O[Name] extends TextOption ? string : boolean;
};

/** A tool as its user sees it. */
export interface Usage<O extends Options = Options> {
  /** Command up to its options: `npm run simulate --`. */
  readonly command: string;
  readonly about: string;
  readonly options: O;
  /** Words that may stand without a name; none if left out. */
  readonly words?: { readonly name: string; readonly known: readonly string[]; readonly about: string };
}

export const number = (fallback: number, about: string, least = 0): NumberOption => ({
  kind: 'number',
  fallback,
  least,
  about,
});
export const text = (fallback: string, about: string): TextOption => ({ kind: 'text', fallback, about });
export const flag = (about: string): FlagOption => ({ kind: 'flag', about });
/** Every campaign's own: its result becomes a row of the evidence. */
export const record = flag('rewrite the row of this run in docs/EVIDENCE.md');

/** Somebody asked for what does not exist; the message says what was seen, what is expected and where to read on. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Ends with exit code 2 and the reason: the caller asked for something that does not exist. */
export function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Returns the text that `--help` prints. */
export function helpOf({ command, about, options, words }: Usage): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const fallback = option.kind === 'flag' || option.fallback === '' ? '' : ` (${option.fallback})`;
    return [`--${name}${option.kind === 'flag' ? '' : ` <${option.kind}>`}`, `${option.about}${fallback}`] as const;
  });
  const all = [...rows, ['--help', 'print this'] as const];
  const width = Math.max(...all.map(([name]) => name.length));
  const shown = words === undefined ? '' : ` [${words.name} …]`;
  return [
    `usage: ${command.replace(/ --$/, '')} [-- <options>${shown}]`,
    '',
    about,
    '',
    ...all.map(([name, line]) => `  ${name.padEnd(width)}  ${line}`),
    ...(words === undefined ? [] : ['', `${words.name}: ${words.about}; ${words.known.join(', ')}`]),
    '',
  ].join('\n');
}

function readNumber(name: string, { least }: NumberOption, value: string | undefined, next: string): number {
  const parsed = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isSafeInteger(parsed) && parsed >= least) return parsed;
  const from = least === Number.MIN_SAFE_INTEGER ? '' : ` from ${least}`;
  throw new WrongUse(`--${name}: seen ${value ?? 'nothing'}, expected a whole number${from}; ${next}`);
}

/** Reads a command line. Returns what it chooses, or 'help' if it asks for that. @throws {WrongUse} */
export function parseOptions<O extends Options>(
  usage: Usage<O>,
  args: readonly string[],
): { readonly chosen: Chosen<O>; readonly words: readonly string[] } | 'help' {
  const { options, words, command } = usage;
  const next = `${command} --help says more`;
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...Object.entries(options).map(
        ([name, { kind }]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' }] as const,
      ),
      ['help', { type: 'boolean', short: 'h' }] as const,
    ]),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, boolean | number | string>();
  const wanted: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (words?.known.includes(token.value) !== true)
        throw new WrongUse(
          `${words?.name ?? 'options'}: seen ${token.value}, expected ${(words?.known ?? namesOf(options)).join(', ')}; ${next}`,
        );
      wanted.push(token.value);
    }
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return 'help';
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined)
      throw new WrongUse(`options: seen ${token.rawName}, expected ${namesOf(options).join(', ')}; ${next}`);
    if (option.kind === 'number') given.set(token.name, readNumber(token.name, option, token.value, next));
    else if (option.kind === 'flag' && token.value !== undefined)
      throw new WrongUse(`--${token.name}: seen ${token.value}, expected no value; ${next}`);
    else if (option.kind === 'text' && token.value === undefined)
      throw new WrongUse(`--${token.name}: seen nothing, expected a text behind it; ${next}`);
    else given.set(token.name, token.value ?? true);
  }
  const chosen = Object.entries(options).map(([name, option]) => [
    name,
    given.get(name) ?? (option.kind === 'flag' ? false : option.fallback),
  ]);
  return { chosen: Object.fromEntries(chosen) as Chosen<O>, words: wanted };
}

const namesOf = (options: Options): readonly string[] => [...Object.keys(options), 'help'].map((name) => `--${name}`);

/** Reads this process's command line. Prints the help or the wrong use and ends the process where that is all there is to say. */
export function readCommandLine<O extends Options>(
  usage: Usage<O>,
  args: readonly string[] = process.argv.slice(2),
): { readonly chosen: Chosen<O>; readonly words: readonly string[] } {
  try {
    const read = parseOptions(usage, args);
    if (read !== 'help') return read;
    process.stdout.write(helpOf(usage));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    refuse(error.message);
  }
}

/** Reads this process's options, of a tool that takes no other words. */
export const readOptions = <O extends Options>(usage: Usage<O>): Chosen<O> => readCommandLine(usage).chosen;
