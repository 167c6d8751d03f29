// Searches the Promela models of model/ with Spin: every world of the protocol must end with "errors: 0", and every mutant,
// one rule changed, must fail. Needs `spin` (6.5.2 or later) and `gcc`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { table, thousands } from '../markdown.js';
import { flag, number, readOptions, record, refuse, text as words } from '../options.js';
import { recordCampaign } from '../record.js';
import { runCommand, secondsSince } from '../steps.js';
import { packageRoot } from './forge.js';
import { mutants } from './model-mutants.js';
import { type Search, worlds } from './model-worlds.js';
import { type Found, readOutcome } from './spin-outcome.js';

const options = readOptions({
  command: 'npm run model --',
  about:
    'Searches the models of the protocol with Spin; without --all a part of a few minutes. Exit 2 where spin or gcc is missing, 1 where a search did not end as it must.',
  options: {
    all: flag('every world and every mutant'),
    match: words('', 'only searches with this in their model and switches'),
    memory: number(8000, 'MB that one search may use', 1),
    record,
  },
});
const say = (line: string): void => void process.stdout.write(`[model] ${line}\n`);

for (const [tool, probe] of [
  ['spin', '-V'],
  ['gcc', '--version'],
] as const) {
  if (spawnSync(tool, [probe]).error)
    refuse(`${tool} was not found; on Debian and Ubuntu install it with: apt-get install spin gcc libc6-dev`);
}

/** Arguments of gcc and of the search itself, by kind of search. */
const kinds = {
  exact: { gcc: ['-DSAFETY', '-DCOLLAPSE'], pan: [] },
  compact: { gcc: ['-DSAFETY', '-DHC4'], pan: [] },
  bitstate: { gcc: ['-DSAFETY', '-DBITSTATE'], pan: [] },
  liveness: { gcc: ['-DCOLLAPSE', '-DNFAIR=3'], pan: ['-a', '-f'] },
};

/** Outcome of a search; without figures where it was not even begun. */
type Outcome = Partial<Found> & { readonly problem?: string | undefined; readonly seconds?: number };

/** Runs one search in a folder of its own and answers its figures. */
async function search(run: Search, folder: string): Promise<Outcome> {
  mkdirSync(folder);
  const model = path.join(packageRoot, 'model', `${run.model}.pml`);
  const switches = run.switches.split(' ').filter((one) => one !== '');
  const kind = kinds[run.search];
  const inFolder = (command: string, args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(command, args, { cwd: folder, output: 'keep' });
  const translated = await inFolder('spin', ['-a', ...switches.map((one) => `-D${one}`), model]);
  if (translated.code !== 0) return { problem: `spin: ${translated.text.trim().split('\n')[0]}` };
  const gcc = ['-O2', '-w', ...kind.gcc, `-DMEMLIM=${options.memory}`, '-o', 'pan', 'pan.c'];
  const compiled = await inFolder('gcc', gcc);
  if (compiled.code !== 0) return { problem: `gcc: ${compiled.text.trim().split('\n')[0]}` };
  const began = Date.now();
  const { text } = await inFolder('./pan', [...kind.pan, `-m${run.depth ?? 10_000_000}`, `-w${run.hash ?? 24}`, '-n']);
  const seconds = (Date.now() - began) / 1000;
  rmSync(folder, { recursive: true });
  return { ...readOutcome(text), seconds };
}

const figure = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '–' : thousands(value);
const wanted = (run: Search): boolean =>
  (options.all || options.match !== '' || run.quick === true) && `${run.model} ${run.switches}`.includes(options.match);
const folder = mkdtempSync(path.join(tmpdir(), 'surety-model-'));
const started = Date.now();
const failures: string[] = [];

/** Searches each in turn: one may need all the memory there is. */
async function searchAll(
  runs: readonly Search[],
  isRight: (errors: number) => boolean,
  name: string,
): Promise<readonly { readonly run: Search; readonly outcome: Outcome; readonly right: boolean }[]> {
  const rows = [];
  for (const [place, run] of runs.entries()) {
    const outcome = await search(run, path.join(folder, `${name}-${place}`));
    const right = outcome.problem === undefined && isRight(outcome.errors ?? Number.NaN);
    const flags = `-D${run.switches.split(' ').join(' -D')}`.replace(/^-D$/, '');
    if (!right) failures.push(`${name} ${run.model} ${flags}: ${outcome.problem ?? `errors: ${outcome.errors}`}`);
    say(
      `${right ? 'ok' : 'WRONG'}  ${name} ${run.model} ${flags || '(default)'}: ${outcome.problem ?? `errors: ${outcome.errors}, ${figure(outcome.states)} states, ${outcome.seconds?.toFixed(1)} s`}`,
    );
    rows.push({ run, outcome, right });
  }
  return rows;
}

async function searchBoth() {
  try {
    return {
      worlds: await searchAll(worlds.filter(wanted), (errors) => errors === 0, 'world'),
      mutants: await searchAll(mutants.filter(wanted), (errors) => errors > 0, 'mutant'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rows = await searchBoth();
if (rows.worlds.length + rows.mutants.length === 0)
  refuse(`no search has "${options.match}" in its model's name or switches`);

const body = [
  `${rows.worlds.length} worlds, ${rows.mutants.length} mutants, ${failures.length} that did not end as they must; ${secondsSince(started)}, memory at most ${options.memory} MB a search.`,
  '',
  '## Worlds: the rules as they are, "errors: 0"',
  '',
  table(
    ['world', 'model, switches', 'search', 'states', 'transitions', 's', 'MB', 'errors'],
    rows.worlds.map(({ run, outcome, right }) => [
      run.what,
      `${run.model} \`${run.switches}\``,
      run.search,
      figure(outcome.states),
      figure(outcome.transitions),
      outcome.seconds?.toFixed(1) ?? '–',
      figure(outcome.megabytes),
      right ? String(outcome.errors) : `**${outcome.problem ?? outcome.errors}**`,
    ]),
    [3, 4, 5, 6, 7],
  ),
  '',
  '## Mutants: one rule changed, or one assumption dropped; each must fail',
  '',
  table(
    ['changed', 'model, switches', 's', 'fails by'],
    rows.mutants.map(({ run, outcome, right }) => [
      run.what,
      `${run.model} \`${run.switches}\``,
      outcome.seconds?.toFixed(1) ?? '–',
      right ? `\`${outcome.broken}\`` : `**${outcome.problem ?? 'nothing'}**`,
    ]),
    [2],
  ),
  '',
  ...failures.map((failure) => `- ${failure}`),
].join('\n');
process.stdout.write(`\n${body}\n`);
if (options.record) {
  const part = options.match === '' ? (options.all ? '' : ', the quick part') : `, ${options.match}`;
  recordCampaign({
    campaign: `models of the protocol${part}`,
    shows: 'no world of the protocol breaks an invariant, and each changed rule does',
    command: `npm run model --${options.all ? ' --all' : ''}${options.match === '' ? '' : ` --match ${options.match}`}`,
    seeds: 'none: exhaustive',
    totals: `${rows.worlds.length} worlds, ${rows.mutants.length} mutants; ${secondsSince(started)}`,
    result: failures.length === 0 ? 'worlds 0 errors, each mutant fails' : `wrong: ${failures.join('; ')}`,
  });
}
process.exitCode = failures.length === 0 ? 0 : 1;
