// Walks random acts through the contracts on local nodes and through the TypeScript fold alike, and compares everything:
// `npm run contracts:differential -- --steps 100000 --walks 10 --seed 7`. Each walk begins on new chains, with the next seed.
// Prints how often each act took effect, and with `--record` rewrites its row in docs/EVIDENCE.md.
// Exit 1 when a row or the state hash differs.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordCampaign } from './evidence.mjs';
import { at, runCommand, secondsSince } from './steps.mjs';

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const place = args.indexOf(`--${name}`);
  return place === -1 ? fallback : Number(args[place + 1]);
};
const steps = option('steps', 10_000);
const seed = option('seed', 4);
const walks = option('walks', 1);
if (![steps, walks].every((value) => Number.isInteger(value) && value >= 1) || !Number.isInteger(seed)) {
  process.stderr.write(
    'expected --steps and --walks from 1 on and --seed as whole numbers; for example: --steps 10000 --walks 2 --seed 7\n',
  );
  process.exit(2);
}

/** Runs one walk and gives its outcome, and whether its process was content with it. */
async function walk(walkSeed) {
  const folder = mkdtempSync(join(tmpdir(), 'surety-differential-'));
  const out = join(folder, 'outcome.json');
  const env = {
    SURETY_DIFFERENTIAL_STEPS: String(steps),
    SURETY_DIFFERENTIAL_SEED: String(walkSeed),
    SURETY_DIFFERENTIAL_OUT: out,
  };
  const vitest = [at('node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', '--reporter=dot', 'differential'];
  try {
    const { code } = await runCommand(process.execPath, vitest, { env });
    if (existsSync(out)) return { code, outcome: JSON.parse(readFileSync(out, 'utf8')) };
    process.stderr.write(`the walk of seed ${walkSeed} ended before its outcome was written; its lines are above\n`);
    process.exit(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const started = Date.now();
/** @type {string[]} */
const differences = [];
const sum = { steps: 0, blocks: 0, comparisons: 0, acts: {} };
let isContent = true;
for (let nth = 0; nth < walks && isContent; nth++) {
  const { code, outcome } = await walk(seed + nth);
  for (const count of ['steps', 'blocks', 'comparisons']) sum[count] += outcome[count];
  differences.push(...outcome.differences.map((difference) => `seed ${seed + nth}: ${difference}`));
  for (const [name, { tried, took }] of Object.entries(outcome.acts)) {
    const before = sum.acts[name] ?? { tried: 0, took: 0 };
    sum.acts[name] = { tried: before.tried + tried, took: before.took + took };
  }
  isContent = code === 0 && outcome.differences.length === 0;
}

const thousands = (value) => value.toLocaleString('en-US');
const lines = [
  `${thousands(sum.steps)} steps in ${thousands(sum.blocks)} blocks, ${sum.comparisons} comparisons of all rows and of the state hash, ${differences.length} differences; ${secondsSince(started)}.`,
  '',
  '| act | tried | took effect |',
  '| --- | ---: | ---: |',
  ...Object.entries(sum.acts).map(
    ([name, { tried, took }]) => `| ${name} | ${thousands(tried)} | ${thousands(took)} |`,
  ),
  ...differences.map((difference) => `\n- ${difference}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (args.includes('--record')) {
  recordCampaign({
    campaign: 'differential',
    shows: 'the contracts on nodes and the TypeScript fold agree on every row and on the state hash',
    command: `npm run contracts:differential -- --steps ${steps} --walks ${walks} --seed ${seed}`,
    seeds: `${seed} to ${seed + walks - 1}`,
    totals: `${thousands(sum.steps)} steps in ${thousands(sum.blocks)} blocks, ${sum.comparisons} comparisons; ${secondsSince(started)}`,
    result: `${differences.length} differences`,
  });
}
process.exitCode = isContent ? 0 : 1;
