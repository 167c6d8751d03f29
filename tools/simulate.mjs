// Simulates whole deployments, one for each seed: `npm run simulate -- --seeds 10000 --from 1`.
// Two processes take every second seed each; a seed runs the same in any process. Prints the totals, and with
// `--record` rewrites the row of these seeds in docs/EVIDENCE.md. A seed that breaks an invariant is named with the command that repeats it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { recordCampaign } from './evidence.mjs';
import { at, runCommand, secondsSince } from './steps.mjs';

/** How long one seed may run before it is named: a slow one takes 20 seconds on a busy machine. */
const longSeedMs = 120_000;

/** Percent of a campaign's seeds that must have something to repair, and the seeds from which on the share says so. */
const repairedLeast = { percent: 30, seeds: 5_000 };

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const place = args.indexOf(`--${name}`);
  return place === -1 ? fallback : Number(args[place + 1]);
};
const seeds = option('seeds', 200);
const from = option('from', 1);
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from)) {
  process.stderr.write(
    'expected --seeds and --from as whole numbers; for example: npm run simulate -- --seeds 200 --from 1\n',
  );
  process.exit(2);
}

const started = Date.now();
const out = mkdtempSync(join(tmpdir(), 'surety-simulate-'));
const env = { SURETY_SIMULATE_FROM: String(from), SURETY_SIMULATE_SEEDS: String(seeds), SURETY_SIMULATE_OUT: out };
const vitest = [
  at('node_modules/vitest/vitest.mjs'),
  'run',
  '--project',
  'simulation',
  '--reporter=dot',
  '--maxWorkers=2',
];

/** Names a seed that has stood for minutes: one that hangs holds its whole process, and can say nothing itself. */
const seen = [0, 1].map(() => ({ seed: '', sinceMs: started, toldMs: 0 }));
const watch = setInterval(() => {
  const now = Date.now();
  seen.forEach((one, half) => {
    const file = join(out, `half-${half}.seed`);
    const seed = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const isDone = existsSync(join(out, `half-${half}.json`));
    if (seed !== one.seed) Object.assign(one, { seed, sinceMs: now, toldMs: now });
    if (seed === '' || isDone || now - one.toldMs < longSeedMs) return;
    one.toldMs = now;
    const replay = `npm run simulate -- --seeds 1 --from ${seed}`;
    process.stderr.write(`half ${half}: seed ${seed} has run for ${secondsSince(one.sinceMs)}; replay: ${replay}\n`);
  });
}, 5_000);

const { code } = await runCommand(process.execPath, [...vitest, 'even-seeds', 'odd-seeds'], { env });
clearInterval(watch);
const halves = [0, 1].map((half) => JSON.parse(readFileSync(join(out, `half-${half}.json`), 'utf8')));
rmSync(out, { recursive: true });

const sum = (field) => halves.reduce((total, half) => total + half[field], 0);
const failures = halves.flatMap((half) => half.failures);
const hashes = halves.flatMap((half) => half.hashes).sort((left, right) => parseInt(left) - parseInt(right));
const faults = Object.keys(halves[0].faults).map((kind) => ({
  kind,
  fired: halves.reduce((total, half) => total + half.faults[kind].fired, 0),
  seeds: halves.reduce((total, half) => total + half.faults[kind].seeds, 0),
}));
const points = Object.keys(halves[0].points).map((point) => ({
  point,
  times: halves.reduce((total, half) => total + half.points[point], 0),
}));
const thousands = (value) => Math.round(value).toLocaleString('en-US');
const hash = createHash('sha256').update(hashes.join('\n')).digest('hex').slice(0, 16);
const fired = `${faults.filter((one) => one.fired > 0).length} of ${faults.length}`;
const slowestHealing = `${Math.round(Math.max(...halves.map((half) => half.slowestHealMs)) / 60_000)} simulated minutes`;
const lines = [
  '| measure | figure |',
  '| --- | ---: |',
  `| seeds | ${thousands(sum('seeds'))}, from ${from} |`,
  `| broken invariants | ${failures.length} |`,
  `| simulated time | ${thousands(sum('simulatedMs') / 3_600_000)} hours |`,
  `| events, each followed by a check | ${thousands(sum('events'))} |`,
  `| faults fired | ${thousands(faults.reduce((total, one) => total + one.fired, 0))} |`,
  `| kinds of faults that fired | ${fired} |`,
  `| entries locked, releases requested | ${thousands(sum('entries'))}, ${thousands(sum('releases'))} |`,
  `| statements signed | ${thousands(sum('signatures'))} |`,
  `| seeds with something to repair | ${sum('repaired')} |`,
  `| slowest healing | ${slowestHealing} |`,
  `| hash over the hashes of all seeds | ${hash} |`,
  `| wall time | ${secondsSince(started)} |`,
  '',
  '| fault | fired | in seeds |',
  '| --- | ---: | ---: |',
  ...faults.map((one) => `| ${one.kind} | ${thousands(one.fired)} | ${thousands(one.seeds)} |`),
  '',
  '| sometimes | times |',
  '| --- | ---: |',
  ...points.map((one) => `| ${one.point} | ${thousands(one.times)} |`),
];
process.stdout.write(`${lines.join('\n')}\n`);
for (const { seed, invariant, detail } of failures) {
  process.stdout.write(`${invariant}: ${detail}\n  replay: npm run simulate -- --seeds 1 --from ${seed}\n`);
}
if (args.includes('--record')) {
  const broken = failures.map(({ seed, invariant }) => `${seed} (${invariant})`).join(', ');
  recordCampaign({
    campaign: `simulation from ${from}`,
    shows: 'no fault loses, doubles or freezes value, whatever fails together',
    command: `npm run simulate -- --seeds ${seeds} --from ${from}`,
    seeds: `${from} to ${from + seeds - 1}`,
    totals: `${thousands(sum('events'))} events, each followed by a check; ${thousands(faults.reduce((total, one) => total + one.fired, 0))} faults of ${fired} kinds; ${thousands(sum('entries'))} locks, ${thousands(sum('releases'))} releases, ${thousands(sum('signatures'))} signatures; ${thousands(sum('simulatedMs') / 3_600_000)} simulated hours; slowest healing ${slowestHealing}; hash ${hash}`,
    result: failures.length === 0 ? '0 broken invariants' : `broken: ${broken}`,
  });
}
const repairedPercent = (100 * sum('repaired')) / sum('seeds');
const hasFewRepairs = sum('seeds') >= repairedLeast.seeds && repairedPercent < repairedLeast.percent;
if (hasFewRepairs) {
  process.stdout.write(`${repairedPercent} % of the seeds repair; expected at least ${repairedLeast.percent} %\n`);
}
process.exitCode = code === 0 && failures.length === 0 && !hasFewRepairs ? 0 : 1;
