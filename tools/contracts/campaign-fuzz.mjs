#!/usr/bin/env node
// Usage: npm run contracts:fuzz -- [--runs n] [--match regexp] [--file text] [--seed s] [--chunk n] [--jobs n] [--record]
// Runs stateless fuzz tests, those whose name matches, `--runs` times each, in chunks with seeds of their own.
// --record rewrites its row in docs/EVIDENCE.md. `--match "verify|Sign|Recover|replay|fold|apply"` are signatures and the replay of journals.
// Exit 1 when a test fails, with its counterexample, and when one ran less often than asked.
import {
  compileTests,
  listSolidity,
  parseReport,
  readOptions,
  readText,
  refuse,
  runOptimized,
  runLanes,
  secondsSince,
  seedOf,
  table,
  thousands,
} from './campaign.mjs';
import { recordCampaign } from '../evidence.mjs';

const options = readOptions({
  runs: 10_000,
  match: '',
  file: '',
  seed: 1,
  chunk: 50_000,
  jobs: 2,
  record: false,
});
const say = (line) => process.stdout.write(`[fuzz] ${line}\n`);
const pattern = new RegExp(options.match);

/** Every file with a fuzz test that is asked for. */
const files = listSolidity('test')
  .filter((file) => file.endsWith('.t.sol') && file.includes(options.file))
  .map((file) => ({
    file,
    names: [...readText(file).matchAll(/function (testFuzz\w+)\(/g)]
      .map(([, name]) => name)
      .filter((name) => pattern.test(name)),
  }))
  .filter(({ names }) => names.length > 0);
if (files.length === 0)
  refuse(`no fuzz test has a name that matches "${options.match}" in a file with "${options.file}"`);

const tests = new Map();
const failures = [];

/** Runs the tests of one file for one chunk. */
async function runChunk({ file, names }, chunk, runs) {
  const seed = seedOf(options.seed, file, chunk);
  const { text } = await runOptimized(
    ['test', '--match-path', file, '--match-test', `^(${names.join('|')})\\(`, '--json'],
    {
      FOUNDRY_FUZZ_RUNS: String(runs),
      FOUNDRY_FUZZ_SEED: seed,
    },
  );
  const report = parseReport(text);
  if (report === undefined) refuse(`forge reported nothing of ${file}:\n${text}`);
  for (const [suite, { test_results: results }] of Object.entries(report)) {
    for (const [test, { status, reason, kind, counterexample }] of Object.entries(results)) {
      const key = `${suite.split(':')[1]}.${test.replace(/\(.*/, '')}`;
      tests.set(key, (tests.get(key) ?? 0) + (kind.Fuzz?.runs ?? 0));
      if (status !== 'Success') failures.push({ key, seed, runs, reason, counterexample });
    }
  }
  say(
    `${file}: ${thousands(Math.min((chunk + 1) * options.chunk, options.runs))} of ${thousands(options.runs)} runs, ${failures.length} failures`,
  );
}

const started = Date.now();
say(`compiling ${files.length} files …`);
await compileTests(files.length === 1 ? files[0].file : `{${files.map(({ file }) => file).join(',')}}`);
const campaign = Date.now();
const chunks = Array.from({ length: Math.ceil(options.runs / options.chunk) }, (_, chunk) => chunk);
await runLanes(
  options.jobs,
  chunks.flatMap((chunk) =>
    files.map((one) => () => runChunk(one, chunk, Math.min(options.chunk, options.runs - chunk * options.chunk))),
  ),
);

const rows = [...tests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, runs]) => [key, thousands(runs)]);
const short = [...tests].filter(([, runs]) => runs < options.runs).map(([key]) => key);
const body = [
  `${failures.length} failures; ${tests.size} tests, ${thousands([...tests.values()].reduce((sum, runs) => sum + runs, 0))} runs; ${secondsSince(campaign)} with ${options.jobs} at a time, compilation apart.`,
  '',
  table(['test', 'runs'], rows, [1]),
  '',
  ...(short.length > 0 ? [`Ran less often than asked: ${short.join(', ')}.`, ''] : []),
  ...failures.map(({ key, seed, runs, reason, counterexample }) =>
    [`- ${key} (${runs} runs, seed ${seed}): ${reason}`, '', '```json', JSON.stringify(counterexample), '```'].join(
      '\n',
    ),
  ),
].join('\n');
process.stdout.write(`\n${body}\n`);
say(`${secondsSince(started)} in all`);
if (options.record) {
  const flags = [
    options.match === '' ? '' : ` --match "${options.match}"`,
    options.file === '' ? '' : ` --file ${options.file}`,
  ].join('');
  recordCampaign({
    campaign: `fuzz${flags}`,
    shows: 'no random input breaks a property',
    command: `npm run contracts:fuzz -- --runs ${options.runs}${flags} --seed ${options.seed}`,
    seeds: String(options.seed),
    totals: `${tests.size} tests, ${thousands([...tests.values()].reduce((sum, runs) => sum + runs, 0))} runs; ${secondsSince(campaign)}`,
    result: `${failures.length} failures${short.length === 0 ? '' : `, ${short.length} tests ran less often than asked`}`,
  });
}
process.exitCode = failures.length === 0 && short.length === 0 ? 0 : 1;
