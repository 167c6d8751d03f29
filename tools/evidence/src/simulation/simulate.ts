// Simulates whole deployments, one for each seed. Two processes take every second seed each; a seed runs the same in any
// process. A seed that breaks an invariant is named with the command that repeats it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thousands } from '../markdown.js';
import { number, readOptions, record } from '../options.js';
import { recordCampaign } from '../record.js';
import { secondsSince } from '../steps.js';
import { runVitest } from '../vitest.js';
import { type Totals, addTotals, describeTotals, figuresOf, judgeRepairs } from './totals.js';

/** Time that one seed may run before it is named: a slow one takes 20 seconds on a busy machine. */
const LONG_SEED_MS = 120_000;
const HALVES = [0, 1] as const;

const { seeds, from, ...options } = readOptions({
  command: 'npm run simulate --',
  about: 'Simulates whole deployments, one for each seed, and prints the totals. Exit 1 if a seed breaks an invariant.',
  options: {
    seeds: number(200, 'how many seeds', 1),
    from: number(1, 'the first of them', Number.MIN_SAFE_INTEGER),
    record,
  },
});

/** Names a seed that has stood for minutes: one that hangs holds its whole process, and can say nothing itself. */
function watchSeeds(out: string): NodeJS.Timeout {
  const seen = HALVES.map(() => ({ seed: '', sinceMs: Date.now(), toldMs: 0 }));
  return setInterval(() => {
    const now = Date.now();
    for (const [half, one] of seen.entries()) {
      const file = join(out, `half-${half}.seed`);
      const seed = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const isDone = existsSync(join(out, `half-${half}.json`));
      if (seed !== one.seed) Object.assign(one, { seed, sinceMs: now, toldMs: now });
      if (seed === '' || isDone || now - one.toldMs < LONG_SEED_MS) continue;
      one.toldMs = now;
      const replay = `npm run simulate -- --seeds 1 --from ${seed}`;
      process.stderr.write(`half ${half}: seed ${seed} has run for ${secondsSince(one.sinceMs)}; replay: ${replay}\n`);
    }
  }, 5_000);
}

/** Runs both halves and gives what they wrote, and whether their process was content. */
async function runHalves(): Promise<{ readonly code: number; readonly totals: Totals }> {
  const out = mkdtempSync(join(tmpdir(), 'surety-simulate-'));
  const watch = watchSeeds(out);
  try {
    const { code } = await runVitest(
      ['--project', 'simulation', '--reporter=dot', '--maxWorkers=2', 'even-seeds', 'odd-seeds'],
      {
        env: { SURETY_SIMULATE_FROM: String(from), SURETY_SIMULATE_SEEDS: String(seeds), SURETY_SIMULATE_OUT: out },
      },
    );
    const halves = HALVES.map((half) => JSON.parse(readFileSync(join(out, `half-${half}.json`), 'utf8')) as Totals);
    return { code, totals: addTotals(halves) };
  } finally {
    clearInterval(watch);
    rmSync(out, { recursive: true });
  }
}

const started = Date.now();
const { code, totals } = await runHalves();
process.stdout.write(`${describeTotals(totals, from, secondsSince(started))}\n`);
for (const { seed, invariant, detail } of totals.failures) {
  process.stdout.write(`${invariant}: ${detail}\n  replay: npm run simulate -- --seeds 1 --from ${seed}\n`);
}
if (options.record) {
  const { fired, kinds, hours, slowestHealing, hash } = figuresOf(totals);
  const broken = totals.failures.map(({ seed, invariant }) => `${seed} (${invariant})`).join(', ');
  recordCampaign({
    campaign: `simulation from ${from}`,
    shows: 'no fault loses, doubles or freezes value, whatever fails together',
    command: `npm run simulate -- --seeds ${seeds} --from ${from}`,
    seeds: `${from} to ${from + seeds - 1}`,
    totals: `${thousands(totals.events)} events, each followed by a check; ${fired} faults of ${kinds} kinds; ${thousands(totals.entries)} locks, ${thousands(totals.releases)} releases, ${thousands(totals.signatures)} signatures; ${hours} simulated hours; slowest healing ${slowestHealing}; hash ${hash}`,
    result: totals.failures.length === 0 ? '0 broken invariants' : `broken: ${broken}`,
  });
}
const fewRepairs = judgeRepairs(totals);
if (fewRepairs !== undefined) process.stdout.write(`${fewRepairs}\n`);
process.exitCode = code === 0 && totals.failures.length === 0 && fewRepairs === undefined ? 0 : 1;
