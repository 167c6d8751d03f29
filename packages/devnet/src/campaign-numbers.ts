import { parseArgs } from 'node:util';

/** The numbers that a campaign is told on its command line. */
export interface CampaignNumbers<Name extends string> {
  /** One line: the command and what it expects. */
  readonly usage: string;
  readonly defaults: Readonly<Record<Name, number>>;
  /** True of numbers that the campaign can work with. */
  readonly isSound: (numbers: Readonly<Record<Name, number>>) => boolean;
}

/** Reads the numbers of this process's command line. Ends it with 0 after `--help`, with 2 after wrong use. */
export function readNumbers<Name extends string>(spec: CampaignNumbers<Name>): Readonly<Record<Name, number>> {
  try {
    const numbers = parseNumbers(process.argv.slice(2), spec);
    if (numbers !== 'help') return numbers;
    process.stdout.write(`${spec.usage}\n`);
    return process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${spec.usage}\n`);
    return process.exit(2);
  }
}

/**
 * Parses `--name number` for each name; `help` if help is asked for.
 * @throws an error that names an unknown option, or numbers that are not sound.
 */
export function parseNumbers<Name extends string>(
  args: readonly string[],
  { defaults, isSound }: CampaignNumbers<Name>,
): Readonly<Record<Name, number>> | 'help' {
  const names = Object.keys(defaults) as Name[];
  const asked = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({
    args: [...args],
    options: { ...asked, help: { type: 'boolean' as const, short: 'h' } },
  });
  if (values.help === true) return 'help';
  const given = values as Readonly<Partial<Record<Name, string>>>;
  const told = names.map((name) => [name, given[name] ?? String(defaults[name])] as const);
  const numbers = Object.fromEntries(told.map(([name, text]) => [name, Number(text)])) as Record<Name, number>;
  if (isSound(numbers)) return numbers;
  throw new Error(`seen: ${told.map(([name, text]) => `--${name} ${text}`).join(' ')}`);
}
