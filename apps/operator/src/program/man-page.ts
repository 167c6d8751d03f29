import type { Command } from 'commander';

/** One command with its full name, such as `surety config env`. */
interface NamedCommand {
  readonly path: string;
  readonly command: Command;
}

/** Writes the whole command line as a manual page for `man`, in the order of the help. @source man(7) */
export function manPage(program: Command): string {
  const name = program.name();
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${program.version() ?? ''}" "User commands"`,
    '.SH NAME',
    escaped(`${name} - ${program.description()}`),
    '.SH SYNOPSIS',
    `.B ${name}`,
    '.I command',
    '[options]',
    '.SH COMMANDS',
    ...listCommands(program, name).flatMap(describeCommand),
    '.SH EXIT STATUS',
    ...pairs([
      ['0', 'done'],
      ['1', 'needs a person'],
      ['2', 'wrong use'],
      ['75', 'try again later'],
    ]),
    '.SH ENVIRONMENT',
    ...pairs([
      ['SURETY_CONFIG', 'the file of the deployment, ./chains.config.json unless given'],
      ['SURETY_AGGREGATOR_URLS', 'aggregators to ask, http://127.0.0.1:8710 unless given'],
      ['NO_COLOR', 'if set, nothing is coloured'],
    ]),
    `Each process has more: ${escaped('surety config env <role>')} writes them all.`,
    '',
  ].join('\n');
}

function listCommands(command: Command, path: string): readonly NamedCommand[] {
  return command.commands
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const own = { path: `${path} ${child.name()}`, command: child };
      return [...(child.commands.length === 0 ? [own] : []), ...listCommands(child, own.path)];
    });
}

function describeCommand({ path, command }: NamedCommand): readonly string[] {
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `.SS ${escaped([path, ...words].join(' '))}`,
    escaped(`${command.description()}.`),
    ...pairs(command.registeredArguments.map((argument) => [`<${argument.name()}>`, argument.description])),
    ...pairs(
      options.map(({ flags, description, mandatory }) => [flags, `${description}${mandatory ? ' (required)' : ''}`]),
    ),
  ];
}

/** Writes terms, each with what it means. */
function pairs(rows: readonly (readonly [term: string, meaning: string])[]): readonly string[] {
  return rows.flatMap(([term, meaning]) => ['.TP', `.B ${escaped(term)}`, escaped(meaning)]);
}

/** Keeps a text from being read as a request or an escape; what is typed keeps its hyphens, what is not ASCII is named by its code. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('\n', ' ')
    .replace(/^[.']/, String.raw`\&$&`)
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
