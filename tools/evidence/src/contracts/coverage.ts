// Measures which lines and branches of solidity/ the forge tests run, but for solidity/development, which no deployment of worth
// uses. Every line and branch that none runs is listed with the reason that test/uncovered/argued.json gives for it. The compiler
// runs with the least optimisation that still fits its stack (`--ir-minimum`), since positions in optimised code belong to no
// line; assembly is measured like the rest. Forge's coverage links no test to the contracts' artifacts as its tests do, so a
// build that compiles nothing writes down the linked sources first (packages/contracts/tools/solc-shim.cjs). Suites and tests that
// hold a ceiling of gas are left out, fuzz tests run 64 times. Each run compiles anew: some minutes.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { table } from '../markdown.js';
import { flag, readOptions, record, refuse, text } from '../options.js';
import { recordCampaign } from '../record.js';
import { secondsSince } from '../steps.js';
import { packageRoot, readText, runForge } from './forge.js';
import { type Argument, type Missed, type Row, argue, readLcov } from './lcov.js';

const options = readOptions({
  command: 'npm run contracts:coverage --',
  about:
    'Measures which lines and branches of the contracts the tests run. Exit 1 when a test fails, when a line or branch is neither run nor argued, or when an argument fits nothing (not with --match).',
  options: {
    match: text('', 'only tests of this path'),
    last: flag('judge the last report again'),
    record,
  },
});
const say = (line: string): void => void process.stdout.write(`[coverage] ${line}\n`);
const cache = path.join(packageRoot, 'cache/coverage');
const report = path.join(cache, 'report.lcov');
const linked = path.join(cache, 'linked-sources.json');
const failed = path.join(cache, 'failures.txt');
/** Tests that hold a ceiling of gas, beside the suites that do nothing else. */
const ceilings = [
  '_(at_most|less_than)_[0-9_]*(00|_of_the_floor)|_one_pause_can_reach',
  '^test_I14_64_(marked_entries|payments_are_unwound)',
  '^test_a_step_costs_',
  '_is_read_warm_and_cold_',
  '_than_one_pause_can_reach$',
  '^test_58_000_gas_suffice_',
  '^test_nobody_(leaves_a_source_out|skips_a_feed)_by_',
];
const folders = { FOUNDRY_OUT: 'out/coverage', FOUNDRY_CACHE_PATH: 'cache/coverage' };

/** Writes the sources as `forge test` links them. */
async function linkSources(): Promise<void> {
  rmSync(linked, { force: true });
  const { text: printed } = await runForge(['build', '--force'], { ...folders, SURETY_KEEP_SOURCES: linked });
  if (!existsSync(linked)) refuse(`forge build linked nothing:\n${printed.slice(-6000)}`);
}

/** Runs the tests and has forge write its report; keeps what failed beside it, nothing if nothing did. */
async function measure(): Promise<void> {
  mkdirSync(cache, { recursive: true });
  for (const file of [report, failed]) rmSync(file, { force: true });
  await linkSources();
  say('compiling and running the tests; some minutes …');
  const args = ['coverage', '--ir-minimum', '--report', 'lcov', '--report-file', report];
  const left = ['--no-match-coverage', String.raw`^(test|node_modules|\.\./\.\.|solidity/development)`];
  const chosen = options.match === '' ? [] : ['--match-path', options.match];
  const { code, text: printed } = await runForge([...args, ...left, '--no-match-test', ceilings.join('|'), ...chosen], {
    ...folders,
    FOUNDRY_FUZZ_RUNS: '64',
    FOUNDRY_INVARIANT_RUNS: '4',
    FOUNDRY_INVARIANT_DEPTH: '64',
    SURETY_LINKED_SOURCES: linked,
  });
  if (!existsSync(report)) refuse(`forge coverage wrote no report:\n${printed.slice(-6000)}`);
  writeFileSync(failed, code === 0 ? '' : printed.slice(Math.max(0, printed.indexOf('Failing tests'))).slice(0, 6000));
}

/** A measured source's path from the package; what is not the product's is left out. */
function pathOf(named: string): string | undefined {
  const file = path.relative(packageRoot, path.resolve(packageRoot, named));
  return /^(?:solidity|\.\.\/requirements)\//.test(file) ? file : undefined;
}

const started = Date.now();
if (!options.last) await measure();
if (!existsSync(report) || !existsSync(failed)) refuse('there is no last report; run without --last');
const failures = readFileSync(failed, 'utf8');
const files = readLcov(readFileSync(report, 'utf8'), pathOf, readText);
const ran = (rows: readonly Row[]): number => rows.filter(({ hits }) => hits > 0).length;
const count = (rows: readonly Row[]): string => `${ran(rows)} / ${rows.length}`;
const rate = (rows: readonly Row[]): string =>
  rows.length === 0 ? '–' : `${((100 * ran(rows)) / rows.length).toFixed(1)} %`;
const all = { lines: files.flatMap(({ lines }) => lines), branches: files.flatMap(({ branches }) => branches) };

const lines = argue(all.lines, JSON.parse(readText('test/uncovered/argued.json')) as readonly Argument[]);
const branches = argue(all.branches, lines.left);
const open = [...lines.missed, ...branches.missed].filter(({ reason }) => reason === undefined).length;
const listOf = (rows: readonly Missed[]): readonly string[] =>
  rows.length === 0
    ? ['None.']
    : rows.map(
        ({ file, line, arm, text: code, reason }) =>
          `- ${file}:${line}${arm === '' ? '' : ` arm ${arm}`} \`${code}\`: ${reason ?? '**not argued**'}`,
      );
const body = [
  `Lines ${rate(all.lines)} (${count(all.lines)}), branches ${rate(all.branches)} (${count(all.branches)}); ${open} of what no test runs is not argued; tests ${failures === '' ? 'passed' : 'failed'}; ${secondsSince(started)}.`,
  '',
  table(
    ['source', 'lines', '', 'branches', ''],
    files.map((one) => [one.file, count(one.lines), rate(one.lines), count(one.branches), rate(one.branches)]),
    [1, 2, 3, 4],
  ),
  '',
  '## Lines that no test runs',
  '',
  ...listOf(lines.missed),
  '',
  '## Branches that no test takes',
  '',
  'Arm 0 is the condition met, arm 1 not met.',
  '',
  ...listOf(branches.missed),
].join('\n');
process.stdout.write(`\n${body}\n`);
if (failures !== '') process.stdout.write(`\n${failures}\n`);
const stale = options.match === '' ? branches.left : [];
for (const { source, text: code, arm = '' } of stale) {
  process.stdout.write(`argued, but run or not there: ${source} ${arm === '' ? '' : `arm ${arm} `}${code}\n`);
}
if (options.record) {
  recordCampaign({
    campaign: options.match === '' ? 'coverage of the contracts' : `coverage of the contracts by ${options.match}`,
    shows: 'every line and branch is run, or argued in test/uncovered/argued.json',
    command: 'npm run contracts:coverage',
    seeds: 'of foundry.toml',
    totals: `lines ${count(all.lines)}, branches ${count(all.branches)}; ${open} not argued`,
    result: `lines ${rate(all.lines)}, branches ${rate(all.branches)}; tests ${failures === '' ? 'passed' : 'failed'}`,
  });
}
process.exitCode = failures === '' && open === 0 && stale.length === 0 ? 0 : 1;
