#!/usr/bin/env node
// Usage: npm run contracts:coverage -- [--match path] [--last] [--record]
// Measures which lines and branches of solidity/ the forge tests run, but for solidity/development, which no deployment of worth
// uses. Every line and branch that none runs is listed with the reason that test/uncovered/argued.json gives for it. The compiler
// runs with the least optimisation that still fits its stack (`--ir-minimum`), since positions in optimised code belong to no
// line; assembly is measured like the rest. Forge's coverage links no test to the contracts' artifacts as its tests do, so a
// build that compiles nothing writes down the linked sources first (tools/solc-shim.cjs). Suites and tests that hold a ceiling of
// gas are left out, fuzz tests run 64 times. Each run compiles anew: some minutes. --last judges the last report again.
// Exit 1 when a test fails, when a line or branch is neither run nor argued, or when an argument fits nothing (not with --match).
// With --record rewrites its row in docs/EVIDENCE.md.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot, readOptions, readText, refuse, runForge, secondsSince, table } from './campaign.mjs';
import { recordCampaign } from '../evidence.mjs';

const options = readOptions({ match: '', last: false, record: false });
const say = (line) => process.stdout.write(`[coverage] ${line}\n`);
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
];
const folders = { FOUNDRY_OUT: 'out/coverage', FOUNDRY_CACHE_PATH: 'cache/coverage' };

/** Writes the sources as `forge test` links them. */
async function linkSources() {
  rmSync(linked, { force: true });
  const { text } = await runForge(['build', '--force'], { ...folders, SURETY_KEEP_SOURCES: linked });
  if (!existsSync(linked)) refuse(`forge build linked nothing:\n${text.slice(-6000)}`);
}

/** Runs the tests and has forge write its report; keeps what failed beside it, nothing if nothing did. */
async function measure() {
  mkdirSync(cache, { recursive: true });
  for (const file of [report, failed]) rmSync(file, { force: true });
  await linkSources();
  say('compiling and running the tests; some minutes …');
  const { code, text } = await runForge(
    [
      'coverage',
      '--ir-minimum',
      '--report',
      'lcov',
      '--report-file',
      report,
      '--no-match-coverage',
      '^(test|node_modules|\\.\\./\\.\\.|solidity/development)',
      '--no-match-test',
      ceilings.join('|'),
      ...(options.match === '' ? [] : ['--match-path', options.match]),
    ],
    {
      ...folders,
      FOUNDRY_FUZZ_RUNS: '64',
      FOUNDRY_INVARIANT_RUNS: '4',
      FOUNDRY_INVARIANT_DEPTH: '64',
      SURETY_LINKED_SOURCES: linked,
    },
  );
  if (!existsSync(report)) refuse(`forge coverage wrote no report:\n${text.slice(-6000)}`);
  writeFileSync(failed, code === 0 ? '' : text.slice(Math.max(0, text.indexOf('Failing tests'))).slice(0, 6000));
}

/** Reads lcov: by source, its lines and the arms of its branches, each with its text and how often it ran. */
function readReport(lcov) {
  return lcov
    .split('end_of_record')
    .map((part) => {
      const named = /^SF:(.+)$/m.exec(part)?.[1];
      const file = named && path.relative(packageRoot, path.resolve(packageRoot, named));
      if (!file || !/^(?:solidity|\.\.\/requirements)\//.test(file)) return undefined;
      const source = readText(file).split('\n');
      const row = (line, arm, hits) => ({ file, line: Number(line), arm, text: source[line - 1].trim(), hits });
      return {
        file,
        lines: [...part.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, hits]) => row(line, '', Number(hits))),
        branches: [...part.matchAll(/^BRDA:(\d+),\d+,(\d+),(\S+)/gm)].map(([, line, arm, hits]) =>
          row(line, arm, hits === '-' ? 0 : Number(hits)),
        ),
      };
    })
    .filter((one) => one !== undefined)
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Gives each row that did not run its argument: each argument is for one row of that source, text and arm. */
function argue(rows, left) {
  return rows.map((row) => {
    const place = left.findIndex(
      ({ source, text, arm = '' }) => source === row.file && text === row.text && arm === row.arm,
    );
    return { ...row, reason: place < 0 ? undefined : left.splice(place, 1)[0].reason };
  });
}

const started = Date.now();
if (!options.last) await measure();
if (!existsSync(report) || !existsSync(failed)) refuse('there is no last report; run without --last');
const failures = readFileSync(failed, 'utf8');
const files = readReport(readFileSync(report, 'utf8'));
const ran = (rows) => rows.filter(({ hits }) => hits > 0).length;
const count = (rows) => `${ran(rows)} / ${rows.length}`;
const rate = (rows) => (rows.length === 0 ? '–' : `${((100 * ran(rows)) / rows.length).toFixed(1)} %`);
const all = { lines: files.flatMap(({ lines }) => lines), branches: files.flatMap(({ branches }) => branches) };

const left = JSON.parse(readText('test/uncovered/argued.json'));
const missed = (rows) =>
  argue(
    rows.filter(({ hits }) => hits === 0),
    left,
  );
const [lines, branches] = [missed(all.lines), missed(all.branches)];
const open = [...lines, ...branches].filter(({ reason }) => reason === undefined).length;
const listOf = (rows) =>
  rows.length === 0
    ? ['None.']
    : rows.map(
        ({ file, line, arm, text, reason }) =>
          `- ${file}:${line}${arm === '' ? '' : ` arm ${arm}`} \`${text}\`: ${reason ?? '**not argued**'}`,
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
  ...listOf(lines),
  '',
  '## Branches that no test takes',
  '',
  'Arm 0 is the condition met, arm 1 not met.',
  '',
  ...listOf(branches),
].join('\n');
process.stdout.write(`\n${body}\n`);
if (failures !== '') process.stdout.write(`\n${failures}\n`);
const stale = options.match === '' ? left : [];
for (const { source, text, arm = '' } of stale) {
  process.stdout.write(`argued, but run or not there: ${source} ${arm === '' ? '' : `arm ${arm} `}${text}\n`);
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
