#!/usr/bin/env node
// Usage: npm run model -- [--all] [--match text] [--memory MB] [--record]
// Searches the Promela models of model/ with Spin: every world of the protocol must end with "errors: 0", and every mutant,
// one rule changed, must fail. Without --all a subset of a few minutes. --record rewrites its row in docs/EVIDENCE.md.
// Needs `spin` (6.5.2 or later) and `gcc`. Exit 2 where one is missing, 1 where a search did not end as it must.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot, readOptions, refuse, runCommand, secondsSince, table, thousands } from './campaign.mjs';
import { recordCampaign } from '../evidence.mjs';
import { mutants } from './model-mutants.mjs';
import { worlds } from './model-runs.mjs';

const options = readOptions({ all: false, match: '', memory: 8000, record: false });
const say = (line) => process.stdout.write(`[model] ${line}\n`);

for (const [tool, probe] of [
  ['spin', '-V'],
  ['gcc', '--version'],
]) {
  if (spawnSync(tool, [probe]).error)
    refuse(`${tool} was not found; on Debian and Ubuntu install it with: apt-get install spin gcc libc6-dev`);
}

/** What gcc and the search itself are told, by kind of search. */
const kinds = {
  exact: { gcc: ['-DSAFETY', '-DCOLLAPSE'], pan: [] },
  compact: { gcc: ['-DSAFETY', '-DHC4'], pan: [] },
  bitstate: { gcc: ['-DSAFETY', '-DBITSTATE'], pan: [] },
  liveness: { gcc: ['-DCOLLAPSE', '-DNFAIR=3'], pan: ['-a', '-f'] },
};

/** Runs one search in a folder of its own and answers its figures. */
async function search(run, folder) {
  mkdirSync(folder);
  const model = path.join(packageRoot, 'model', `${run.model}.pml`);
  const switches = run.switches.split(' ').filter((one) => one !== '');
  const kind = kinds[run.search];
  const inFolder = async (command, args) => {
    const { code, text } = await runCommand(command, args, { cwd: folder, output: 'keep' });
    return { code, text };
  };
  const translated = await inFolder('spin', ['-a', ...switches.map((one) => `-D${one}`), model]);
  if (translated.code !== 0) return { problem: `spin: ${translated.text.trim().split('\n')[0]}` };
  const compiled = await inFolder('gcc', [
    '-O2',
    '-w',
    ...kind.gcc,
    `-DMEMLIM=${options.memory}`,
    '-o',
    'pan',
    'pan.c',
  ]);
  if (compiled.code !== 0) return { problem: `gcc: ${compiled.text.trim().split('\n')[0]}` };
  const started = Date.now();
  const { text } = await inFolder('./pan', [...kind.pan, `-m${run.depth ?? 10_000_000}`, `-w${run.hash ?? 24}`, '-n']);
  const seconds = (Date.now() - started) / 1000;
  rmSync(folder, { recursive: true });
  return { ...readOutcome(text), seconds };
}

/** Reads what Spin's verifier prints. A search counts only if it ended and its stack was deep enough. */
function readOutcome(text) {
  const number = (pattern) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const errors = number(/errors: (\d+)/);
  const complete = errors > 0 || !/Search not completed|max search depth too small/.test(text);
  const broken = /pan:\d+: (.*?)(?: \(at depth \d+\))?$/m.exec(text)?.[1];
  return {
    errors,
    problem: complete && !Number.isNaN(errors) ? undefined : `not completed: ${text.trim().split('\n')[0]}`,
    states: number(/([\d.e+]+) states, stored/),
    transitions: number(/([\d.e+]+) transitions/),
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
    broken: broken?.replaceAll('|', '\\|').slice(0, 90),
  };
}

const wanted = (run) =>
  (options.all || options.match !== '' || run.quick) && `${run.model} ${run.switches}`.includes(options.match);
const folder = mkdtempSync(path.join(tmpdir(), 'surety-model-'));
const started = Date.now();
const failures = [];

/** Searches each in turn: one may need all the memory there is. */
async function searchAll(runs, isRight, name) {
  const rows = [];
  for (const [place, run] of runs.entries()) {
    const outcome = await search(run, path.join(folder, `${name}-${place}`));
    const right = outcome.problem === undefined && isRight(outcome);
    const flags = `-D${run.switches.split(' ').join(' -D')}`.replace(/^-D$/, '');
    if (!right) failures.push(`${name} ${run.model} ${flags}: ${outcome.problem ?? `errors: ${outcome.errors}`}`);
    say(
      `${right ? 'ok' : 'WRONG'}  ${name} ${run.model} ${flags || '(default)'}: ${outcome.problem ?? `errors: ${outcome.errors}, ${thousands(outcome.states)} states, ${outcome.seconds.toFixed(1)} s`}`,
    );
    rows.push({ run, outcome, right });
  }
  return rows;
}

let rows;
try {
  rows = {
    worlds: await searchAll(worlds.filter(wanted), ({ errors }) => errors === 0, 'world'),
    mutants: await searchAll(mutants.filter(wanted), ({ errors }) => errors > 0, 'mutant'),
  };
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (rows.worlds.length + rows.mutants.length === 0)
  refuse(`no search has "${options.match}" in its model's name or switches`);

const figure = (value) => (value === undefined || Number.isNaN(value) ? '–' : thousands(value));
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
      right ? outcome.errors : `**${outcome.problem ?? outcome.errors}**`,
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
