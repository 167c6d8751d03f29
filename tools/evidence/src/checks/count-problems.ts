// Stages problems on local networks, one test after the other, and counts which of them the tools name, and how soon.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flag, readOptions } from '../options.js';
import { runVitest } from '../vitest.js';

const { json } = readOptions({
  command: 'npm run problems --',
  about:
    'Stages problems on local networks and counts which of them surety status, doctor and explain name, and how soon. Exit 1 if one is not named.',
  options: { json: flag('one JSON array of problem, tool and seconds') },
});

/** The tests that stage them. */
const STAGED = ['planted-problems', 'bad-days.test', 'process-health', 'explain.test'];
/** Seconds within which an operator at night wants to know. */
const SOON_S = 15;

interface Named {
  readonly problem: string;
  readonly tool: string;
  readonly seconds: number;
}

const folder = mkdtempSync(path.join(tmpdir(), 'surety-problems-'));
const file = path.join(folder, 'problems.jsonl');
const { code } = await runVitest(['--project', 'e2e', '--no-file-parallelism', ...STAGED], {
  env: { SURETY_PROBLEMS_FILE: file },
  ...(json ? { to: process.stderr } : {}),
});
const named = existsSync(file)
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => JSON.parse(row) as Named)
  : [];
rmSync(folder, { recursive: true, force: true });

if (json) process.stdout.write(`${JSON.stringify(named)}\n`);
else {
  for (const { problem, tool, seconds } of named)
    process.stdout.write(`${seconds.toFixed(1).padStart(6)} s  ${tool.padEnd(8)} ${problem}\n`);
}
const problems = new Map<string, number>();
for (const { problem, seconds } of named) problems.set(problem, Math.min(seconds, problems.get(problem) ?? Infinity));
const slowest = Math.max(0, ...problems.values());
const late = [...problems.values()].filter((seconds) => seconds > SOON_S).length;
process.stderr.write(
  `${problems.size} problems named, the slowest after ${slowest.toFixed(1)} s, ${late} after more than ${SOON_S} s\n`,
);
process.exitCode = code === 0 && problems.size > 0 ? 0 : 1;
