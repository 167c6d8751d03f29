import type { Command, Option } from 'commander';

/** Shells whose completion is known. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** One command with its full name, such as `surety config env`, and what may follow it. */
interface Place {
  readonly path: string;
  readonly words: readonly { readonly text: string; readonly about: string }[];
}

/**
 * Writes a script that completes commands, options and named choices in a shell. It holds all words itself: pressing Tab
 * starts no program and asks no chain.
 */
export function completionScript(shell: Shell, program: Command): string {
  const places = listPlaces(program, program.name());
  if (shell === 'fish') return fishScript(places);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}` : bashScript(places);
}

function listPlaces(command: Command, path: string): readonly Place[] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  const words = [
    ...children.map((child) => ({ text: child.name(), about: child.description() })),
    ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
      argChoices.map((text) => ({ text, about: description })),
    ),
    ...command.options.filter(({ hidden }) => !hidden).map(wordOf),
    { text: '--help', about: 'what it does and takes' },
  ];
  return [{ path, words }, ...children.flatMap((child) => listPlaces(child, `${path} ${child.name()}`))];
}

function wordOf({ long, short, flags, description }: Option): Place['words'][number] {
  return { text: long ?? short ?? flags, about: description };
}

/** The place is the longest command that the words before the cursor name, options and arguments between them or not. */
function bashScript(places: readonly Place[]): string {
  const deeper = places.slice(1).map(({ path }) => quoted(path));
  const cases = places.map(({ path, words }) => {
    const texts = words.map(({ text }) => text);
    return `    ${quoted(path)}) words=${quoted(texts.join(' '))} ;;`;
  });
  return `_surety() {
  local path=surety word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$path $word" in
      ${deeper.join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _surety surety
`;
}

function fishScript(places: readonly Place[]): string {
  const deeper = places.slice(1).map(({ path }) => quoted(path));
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ text, about }) => {
      const told = about === '' ? '' : ` -d ${quoted(about)}`;
      return `complete -c surety -n ${quoted(`__surety_at '${path}'`)} -a ${quoted(text)}${told}`;
    }),
  );
  return `function __surety_at
  set -l path surety
  for word in (commandline -opc)[2..]
    switch "$path $word"
      case ${deeper.join(' ')}
        set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** A word of a shell: in single quotes, its own quotes written as `'\''`, which all three shells read alike. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
