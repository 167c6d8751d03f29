// Runs stateless fuzz tests, those whose name matches, in chunks with seeds of their own.
// `--match "verify|Sign|Recover|replay|fold|apply"` are signatures and the replay of journals.
import { table, thousands } from '../markdown.js';
import { number, readOptions, record, refuse, text } from '../options.js';
import { recordCampaign } from '../record.js';
import { secondsSince } from '../steps.js';
import { compileTests, listSolidity, parseReport, readText, runLanes, runOptimized, seedOf, testsOf } from './forge.js';

const options = readOptions({
  command: 'npm run contracts:fuzz --',
  about:
    'Runs the fuzz tests of the contracts. Exit 1 when a test fails, with its counterexample, and when one ran less often than asked.',
  options: {
    runs: number(10_000, 'how often each test runs', 1),
    match: text('', 'only tests whose name matches this regular expression'),
    file: text('', 'only files with this in their path'),
    seed: number(1, 'what inputs are drawn from'),
    chunk: number(50_000, 'runs under one seed', 1),
    jobs: number(2, 'how many files at a time', 1),
    record,
  },
});
const say = (line: string): void => void process.stdout.write(`[fuzz] ${line}\n`);
const pattern = new RegExp(options.match);

/** A file with fuzz tests that are asked for. */
interface FuzzFile {
  readonly file: string;
  readonly names: readonly string[];
}
const files: readonly FuzzFile[] = listSolidity('test')
  .filter((file) => file.endsWith('.t.sol') && file.includes(options.file))
  .map((file) => ({
    file,
    names: [...readText(file).matchAll(/function (testFuzz\w+)\(/g)]
      .map(([, name = '']) => name)
      .filter((name) => pattern.test(name)),
  }))
  .filter(({ names }) => names.length > 0);
if (files.length === 0)
  refuse(
    `no fuzz test has a name that matches "${options.match}" in a file with "${options.file}"; leave one of both out`,
  );

const tests = new Map<string, number>();
const failures: { key: string; seed: string; runs: number; reason: string; counterexample: unknown }[] = [];

/** Runs the tests of one file for one chunk. */
async function runChunk({ file, names }: FuzzFile, chunk: number, runs: number): Promise<void> {
  const seed = seedOf(options.seed, file, chunk);
  const { text: printed } = await runOptimized(
    ['test', '--match-path', file, '--match-test', `^(${names.join('|')})\\(`, '--json'],
    { FOUNDRY_FUZZ_RUNS: String(runs), FOUNDRY_FUZZ_SEED: seed },
  );
  const report = parseReport(printed);
  if (report === undefined) refuse(`forge reported nothing of ${file}:\n${printed}`);
  for (const { contract, test, result } of testsOf(report)) {
    const key = `${contract}.${test}`;
    const { status, reason, kind, counterexample } = result;
    tests.set(key, (tests.get(key) ?? 0) + (kind.Fuzz?.runs ?? 0));
    if (status !== 'Success') failures.push({ key, seed, runs, reason: String(reason), counterexample });
  }
  say(
    `${file}: ${thousands(Math.min((chunk + 1) * options.chunk, options.runs))} of ${thousands(options.runs)} runs, ${failures.length} failures`,
  );
}

const started = Date.now();
say(`compiling ${files.length} files …`);
await compileTests(files.map(({ file }) => file));
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
const counts = `${tests.size} tests, ${thousands([...tests.values()].reduce((sum, runs) => sum + runs, 0))} runs; ${secondsSince(campaign)}`;
const body = [
  `${failures.length} failures; ${counts} with ${options.jobs} at a time, compilation apart.`,
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
    totals: counts,
    result: `${failures.length} failures${short.length === 0 ? '' : `, ${short.length} tests ran less often than asked`}`,
  });
}
process.exitCode = failures.length === 0 && short.length === 0 ? 0 : 1;
