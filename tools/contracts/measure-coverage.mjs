#!/usr/bin/env node
// Usage: npm run contracts:coverage -- [--match text] [--date d] [--record]
// Measures which lines and branches of solidity/ the forge tests run, and lists every line and branch that none does. The
// compiler runs with the least optimisation that still fits its stack (`--ir-minimum`), since positions in optimised code
// belong to no line; ceilings of gas are left out, and fuzz tests run 64 times. Works in out/coverage and cache/coverage.
// Exit 1 when a test fails or a line is not covered. With --record writes docs/records/<date>-coverage.md.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  commitDate,
  packageRoot,
  readOptions,
  refuse,
  runForge,
  secondsSince,
  table,
  writeRecord,
} from './campaign.mjs';

const options = readOptions({ match: '', date: '', record: false });
const say = (line) => process.stdout.write(`[coverage] ${line}\n`);
const report = path.join(packageRoot, 'cache/coverage.lcov');
mkdirSync(path.dirname(report), { recursive: true });
rmSync(report, { force: true });

const started = Date.now();
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
    '^(test|node_modules|\\.\\.)',
    '--no-match-path',
    'test/*{Gas,GasTable,GasFloor}.t.sol',
    ...(options.match === '' ? [] : ['--match-path', options.match]),
  ],
  {
    FOUNDRY_FUZZ_RUNS: '64',
    FOUNDRY_INVARIANT_RUNS: '4',
    FOUNDRY_INVARIANT_DEPTH: '64',
    FOUNDRY_OUT: 'out/coverage',
    FOUNDRY_CACHE_PATH: 'cache/coverage',
  },
);
if (!existsSync(report)) refuse(`forge coverage wrote no report:\n${text.slice(-6000)}`);

/** Reads lcov: by source, its lines and branches with how often each ran. */
function readReport(lcov) {
  return lcov
    .split('end_of_record')
    .map((part) => {
      const file = /^SF:(.+)$/m.exec(part)?.[1];
      const lines = [...part.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, hits]) => ({
        line: Number(line),
        hits: Number(hits),
      }));
      const branches = [...part.matchAll(/^BRDA:(\d+),(\d+),(\d+),(\S+)/gm)].map(([, line, block, arm, hits]) => ({
        line: Number(line),
        arm: `${block}.${arm}`,
        hits: hits === '-' ? 0 : Number(hits),
      }));
      return { file, lines, branches };
    })
    .filter(({ file }) => file?.startsWith('solidity/'))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

const files = readReport(readFileSync(report, 'utf8'));
const count = (rows) => `${rows.filter(({ hits }) => hits > 0).length} / ${rows.length}`;
const rate = (rows) =>
  rows.length === 0 ? '–' : `${((100 * rows.filter(({ hits }) => hits > 0).length) / rows.length).toFixed(1)} %`;
const all = { lines: files.flatMap(({ lines }) => lines), branches: files.flatMap(({ branches }) => branches) };
const missing = files.flatMap(({ file, lines, branches }) => {
  const source = readFileSync(path.join(packageRoot, file), 'utf8').split('\n');
  const at = (line) => `\`${(source[line - 1] ?? '').trim().slice(0, 110)}\``;
  return [
    ...lines
      .filter(({ hits }) => hits === 0)
      .map(({ line }) => ({ sort: 'line', text: `${file}:${line} ${at(line)}` })),
    ...branches
      .filter(({ hits }) => hits === 0)
      .map(({ line, arm }) => ({ sort: 'branch', text: `${file}:${line} arm ${arm} ${at(line)}` })),
  ];
});
const listOf = (sort) => missing.filter((one) => one.sort === sort).map((one) => `- ${one.text}`);
const body = [
  `Lines ${rate(all.lines)} (${count(all.lines)}), branches ${rate(all.branches)} (${count(all.branches)}); tests ended with exit code ${code}; ${secondsSince(started)}.`,
  '',
  table(
    ['source', 'lines', '', 'branches', ''],
    files.map(({ file, lines, branches }) => [file, count(lines), rate(lines), count(branches), rate(branches)]),
    [1, 2, 3, 4],
  ),
  '',
  '## Lines that no test runs',
  '',
  ...(listOf('line').length > 0 ? listOf('line') : ['None.']),
  '',
  '## Branches that no test takes',
  '',
  ...(listOf('branch').length > 0 ? listOf('branch') : ['None.']),
].join('\n');
process.stdout.write(`\n${body}\n`);
if (code !== 0) process.stdout.write(`\n${text.slice(text.indexOf('Failing tests')).slice(0, 6000)}\n`);
if (options.record) {
  writeRecord({
    name: 'coverage',
    date: options.date || commitDate(),
    title: 'Coverage of the contracts',
    command: 'npm run contracts:coverage -- --record',
    body,
  });
}
process.exitCode = code === 0 && listOf('line').length === 0 ? 0 : 1;
