// Walks random acts through the contracts on local nodes and through the TypeScript fold alike, and compares everything.
// Each walk begins on new chains, with the next seed.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table, thousands } from '../markdown.js';
import { number, readOptions, record } from '../options.js';
import { recordCampaign } from '../record.js';
import { secondsSince } from '../steps.js';
import { runVitest } from '../vitest.js';

/** Numbers of times that an act was tried, and that it took effect. */
interface Count {
  readonly tried: number;
  readonly took: number;
}

/** Report of one walk (test/src/differential). */
interface Outcome {
  readonly steps: number;
  readonly blocks: number;
  readonly comparisons: number;
  readonly differences: readonly string[];
  readonly acts: Readonly<Record<string, Count>>;
}

const { steps, walks, seed, ...options } = readOptions({
  command: 'npm run contracts:differential --',
  about:
    'Walks random acts through the contracts and the TypeScript fold, and compares all rows and the state hash. Exit 1 on a difference.',
  options: {
    steps: number(10_000, 'how many steps a walk takes', 1),
    walks: number(1, 'how many walks', 1),
    seed: number(4, 'the seed of the first walk', Number.MIN_SAFE_INTEGER),
    record,
  },
});

/** Runs one walk and gives its outcome, and whether its process was content with it. */
async function walk(walkSeed: number): Promise<{ readonly code: number; readonly outcome: Outcome }> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-differential-'));
  const out = join(folder, 'outcome.json');
  const env = {
    SURETY_DIFFERENTIAL_STEPS: String(steps),
    SURETY_DIFFERENTIAL_SEED: String(walkSeed),
    SURETY_DIFFERENTIAL_OUT: out,
  };
  try {
    const { code } = await runVitest(['--project', 'e2e', '--reporter=dot', 'differential'], { env });
    if (existsSync(out)) return { code, outcome: JSON.parse(readFileSync(out, 'utf8')) as Outcome };
    process.stderr.write(`the walk of seed ${walkSeed} ended before its outcome was written; its lines are above\n`);
    process.exit(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const started = Date.now();
const differences: string[] = [];
const acts = new Map<string, Count>();
const sum = { steps: 0, blocks: 0, comparisons: 0 };
let isContent = true;
for (let nth = 0; nth < walks && isContent; nth++) {
  const { code, outcome } = await walk(seed + nth);
  for (const count of ['steps', 'blocks', 'comparisons'] as const) sum[count] += outcome[count];
  differences.push(...outcome.differences.map((difference) => `seed ${seed + nth}: ${difference}`));
  for (const [name, { tried, took }] of Object.entries(outcome.acts)) {
    const before = acts.get(name) ?? { tried: 0, took: 0 };
    acts.set(name, { tried: before.tried + tried, took: before.took + took });
  }
  isContent = code === 0 && outcome.differences.length === 0;
}

const lines = [
  `${thousands(sum.steps)} steps in ${thousands(sum.blocks)} blocks, ${sum.comparisons} comparisons of all rows and of the state hash, ${differences.length} differences; ${secondsSince(started)}.`,
  '',
  table(
    ['act', 'tried', 'took effect'],
    [...acts].map(([name, { tried, took }]) => [name, thousands(tried), thousands(took)]),
    [1, 2],
  ),
  ...differences.map((difference) => `\n- ${difference}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (options.record) {
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
