// Walks random acts through the contracts on local nodes and through the TypeScript fold alike, and compares everything:
// `npm run contracts:differential -- --steps 1000000 --seed 7`. Prints how often each act took effect, and with `--record`
// writes docs/records/<date of the commit>-differential.md. Exit 1 when a row or the state hash differs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, runCommand, secondsSince } from './steps.mjs';

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const place = args.indexOf(`--${name}`);
  return place === -1 ? fallback : Number(args[place + 1]);
};
const steps = option('steps', 10_000);
const seed = option('seed', 20_261_120);
if (!Number.isInteger(steps) || steps < 1 || !Number.isInteger(seed)) {
  process.stderr.write('expected --steps and --seed as whole numbers; for example: --steps 10000 --seed 7\n');
  process.exit(2);
}

const started = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'surety-differential-'));
const out = join(folder, 'outcome.json');
const env = {
  SURETY_DIFFERENTIAL_STEPS: String(steps),
  SURETY_DIFFERENTIAL_SEED: String(seed),
  SURETY_DIFFERENTIAL_OUT: out,
};
const vitest = [at('node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', '--reporter=dot', 'differential'];
const { code } = await runCommand(process.execPath, vitest, { env });
if (!existsSync(out)) {
  process.stderr.write('the walk ended before its outcome was written; its lines are above\n');
  process.exit(1);
}
const outcome = JSON.parse(readFileSync(out, 'utf8'));
rmSync(folder, { recursive: true });

const thousands = (value) => value.toLocaleString('en-US');
const lines = [
  `${thousands(outcome.steps)} steps in ${thousands(outcome.blocks)} blocks, ${outcome.comparisons} comparisons of all rows and of the state hash, ${outcome.differences.length} differences; ${secondsSince(started)}.`,
  '',
  '| act | tried | took effect |',
  '| --- | ---: | ---: |',
  ...Object.entries(outcome.acts).map(
    ([name, { tried, took }]) => `| ${name} | ${thousands(tried)} | ${thousands(took)} |`,
  ),
  ...outcome.differences.map((difference) => `\n- ${difference}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (args.includes('--record')) {
  const git = (...words) => spawnSync('git', words, { cwd: at('.'), encoding: 'utf8' }).stdout.trim();
  const date = git('log', '-1', '--format=%cs');
  const head = `# Contracts and fold, the same acts, ${date}\n\nCommand: \`npm run contracts:differential -- --steps ${steps} --seed ${seed} --record\`, at commit ${git('rev-parse', '--short=12', 'HEAD')}.\n`;
  writeFileSync(at(`docs/records/${date}-differential.md`), `${head}\n${lines.join('\n')}\n`);
}
process.exitCode = code === 0 && outcome.differences.length === 0 ? 0 : 1;
