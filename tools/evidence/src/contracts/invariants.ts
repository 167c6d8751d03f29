// Runs every contract of test/ that has an `invariant_` function in chunks with seeds of their own, and prints violations and
// what the runs really did: how often each act was tried and took effect, how often each path was hit.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { table, thousands } from '../markdown.js';
import { number, readOptions, record, refuse, text } from '../options.js';
import { recordCampaign } from '../record.js';
import { secondsSince } from '../steps.js';
import {
  compileTests,
  listSolidity,
  packageRoot,
  parseReport,
  readText,
  runOptimized,
  seedOf,
  testsOf,
} from './forge.js';
import { type Suite, listSuites } from './handlers.js';

const options = readOptions({
  command: 'npm run contracts:invariants --',
  about:
    'Runs the invariant suites of the contracts. Exit 1 on a violation, and when an act never took effect or a path was never hit: such a campaign proves too little.',
  options: {
    calls: number(320_000, 'calls of each suite', 1),
    seed: number(1, 'what calls are drawn from'),
    match: text('', 'only suites with this in their name'),
    depth: number(128, 'calls of a run on a fresh deployment', 1),
    every: number(16, 'calls between two checks of the invariants', 1),
    chunk: number(16_384, 'calls under one seed', 1),
    jobs: number(2, 'how many chunks at a time', 1),
    minutes: number(0, 'begin no chunk after so many minutes; 0 is no limit'),
    record,
  },
});
const say = (line: string): void => void process.stdout.write(`[invariants] ${line}\n`);

/** Report that one run of a suite wrote. */
interface Ghosts {
  readonly acts: Readonly<Record<string, readonly [tried: number, took: number]>>;
  readonly paths: Readonly<Record<string, number>>;
}

/** A suite and what it did so far. */
class RunningSuite {
  calls = 0;
  runs = 0;
  underWay = 0;
  chunks = 0;
  seconds = 0;
  readonly violations: { chunk: number; seed: string; reason: string; steps: unknown }[] = [];
  readonly tried = new Map<string, number>();
  readonly took = new Map<string, number>();
  readonly hits = new Map<string, number>();
  readonly runsWith = new Map<string, number>();

  constructor(readonly suite: Suite) {}

  /** Calls that were made or are being made. */
  get planned(): number {
    return this.calls + this.underWay * options.chunk;
  }

  addGhosts({ acts, paths }: Ghosts): void {
    for (const [act, [tried, took]] of Object.entries(acts)) {
      add(this.tried, act, tried);
      add(this.took, act, took);
    }
    for (const [name, times] of Object.entries(paths)) {
      add(this.hits, name, times);
      add(this.runsWith, name, 1);
    }
  }

  /** Points that it should have reached and did not. */
  findVacuous(): readonly string[] {
    const { acts, paths } = this.suite;
    if (acts.length + paths.length === 0) return ['it counts no act and no path'];
    return [
      ...acts.filter((act) => !this.took.get(act)).map((act) => `act ${act} never took effect`),
      ...paths.filter((name) => !this.hits.get(name)).map((name) => `path "${name}" was never hit`),
    ];
  }
}

function add(map: Map<string, number>, key: string, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}

const scratch = path.join(packageRoot, 'cache/campaign', String(process.pid));

/** Runs forge for one chunk; gives the results of the suite's invariants. */
async function runForgeChunk({ file, name }: Suite, chunk: number, runs: number, seed: string, ghosts: string) {
  const args = ['--match-path', file, '--match-contract', `^${name}$`, '--match-test', '^invariant_', '--json'];
  const { text: printed } = await runOptimized(['test', ...args], {
    FOUNDRY_INVARIANT_RUNS: String(runs),
    FOUNDRY_INVARIANT_DEPTH: String(options.depth),
    FOUNDRY_INVARIANT_CHECK_INTERVAL: String(options.every),
    FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: path.join(scratch, `failures-${name}-${chunk}`),
    FOUNDRY_FUZZ_SEED: seed,
    SURETY_GHOSTS: ghosts,
  });
  const results = testsOf(parseReport(printed) ?? {}).map(({ result }) => result);
  if (results.length === 0) refuse(`forge reported no campaign of ${name}:\n${printed}`);
  return results;
}

/** Runs the next chunk of a suite and adds what it did. */
async function runChunk(one: RunningSuite): Promise<void> {
  const { name } = one.suite;
  const chunk = one.chunks++;
  const runs = Math.max(1, Math.ceil(Math.min(options.chunk, options.calls) / options.depth));
  const seed = seedOf(options.seed, name, chunk);
  const ghosts = path.join(scratch, `${name}-${chunk}.jsonl`);
  const started = Date.now();
  const results = await runForgeChunk(one.suite, chunk, runs, seed, ghosts);
  for (const { status, reason, counterexample } of results) {
    if (status !== 'Success') one.violations.push({ chunk, seed, reason: String(reason), steps: counterexample });
  }
  const least = (field: 'calls' | 'runs'): number =>
    Math.min(...results.map(({ kind }) => kind.Invariant?.[field] ?? 0));
  one.calls += least('calls');
  one.runs += least('runs');
  one.seconds += (Date.now() - started) / 1000;
  // One line a run; forge repeats a run at the end for its logs, which is left out.
  if (existsSync(ghosts))
    for (const line of readFileSync(ghosts, 'utf8').trim().split('\n').slice(0, runs))
      one.addGhosts(JSON.parse(line) as Ghosts);
  say(
    `${name}: ${thousands(one.calls)} of ${thousands(options.calls)} calls, ${one.violations.length} violations, ${one.seconds.toFixed(0)} s`,
  );
}

/** Takes the next chunk of the suite that is furthest behind, until none needs one; a suite ends early at its third violation. */
async function work(): Promise<void> {
  const isOver = (): boolean => options.minutes > 0 && Date.now() - campaign > options.minutes * 60_000;
  while (!isOver()) {
    const [one] = suites
      .filter(({ planned, violations }) => planned < options.calls && violations.length < 3)
      .sort((a, b) => a.planned - b.planned);
    if (one === undefined) return;
    ++one.underWay;
    await runChunk(one);
    --one.underWay;
  }
}

const percent = (part: number, whole: number): string => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '–');

function describeSuite(one: RunningSuite): string {
  const { name, acts, paths } = one.suite;
  const actRows = acts.map((act) => {
    const [tried, took] = [one.tried.get(act) ?? 0, one.took.get(act) ?? 0];
    return [act, thousands(tried), thousands(took), percent(took, tried)];
  });
  const pathRows = paths.map((hit) => [
    hit,
    thousands(one.hits.get(hit) ?? 0),
    percent(one.runsWith.get(hit) ?? 0, one.runs),
  ]);
  const violations = one.violations.map(({ chunk, seed, reason, steps }) =>
    [`- chunk ${chunk} (seed ${seed}): ${reason}`, '', '```json', JSON.stringify(steps), '```'].join('\n'),
  );
  return [
    `## ${name}`,
    '',
    table(['act', 'tried', 'took effect', 'rate'], actRows, [1, 2, 3]),
    '',
    table(['path', 'hit', 'in runs'], pathRows, [1, 2]),
    '',
    ...violations,
    ...(violations.length > 0 ? [''] : []),
  ].join('\n');
}

const suites = listSolidity('test')
  .flatMap((file) => listSuites(file, readText, options.match))
  .map((suite) => new RunningSuite(suite));
if (suites.length === 0)
  refuse(`no contract of test/ whose name has "${options.match}" declares an invariant_ function; leave --match out`);
const started = Date.now();
say(`compiling ${suites.map(({ suite }) => suite.name).join(', ')} …`);
await compileTests([...new Set(suites.map(({ suite }) => suite.file))]);
say(`compiled after ${secondsSince(started)}`);
rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });
const campaign = Date.now();
await Promise.all(Array.from({ length: options.jobs }, work));
rmSync(scratch, { recursive: true, force: true });

const violations = suites.reduce((sum, one) => sum + one.violations.length, 0);
const vacuous = suites.flatMap((one) => one.findVacuous().map((what) => `${one.suite.name}: ${what}`));
const summary = table(
  ['suite', 'calls', 'runs', 'violations', 'seconds'],
  suites.map((one) => [
    one.suite.name,
    thousands(one.calls),
    thousands(one.runs),
    one.violations.length,
    one.seconds.toFixed(0),
  ]),
  [1, 2, 3, 4],
);
const body = [
  `${violations} violations in ${thousands(suites.reduce((sum, { calls }) => sum + calls, 0))} calls; ${secondsSince(campaign)} with ${options.jobs} at a time.`,
  `A run is ${options.depth} calls on a fresh deployment, and the invariants are checked after every ${options.every} of them and at its end, beside what each act checks of itself. An act took effect if it hit any path.`,
  '',
  summary,
  '',
  ...(vacuous.length > 0 ? ['Never reached:', '', ...vacuous.map((what) => `- ${what}`), ''] : []),
  ...suites.map(describeSuite),
].join('\n');
process.stdout.write(`\n${body}\n`);
if (options.record) {
  for (const one of suites) {
    const { name, acts, paths } = one.suite;
    recordCampaign({
      campaign: `invariants: ${name}`,
      shows: 'no random order of acts breaks an invariant, and no act is idle',
      command: `npm run contracts:invariants -- --calls ${options.calls} --seed ${options.seed} --match ${name}`,
      seeds: String(options.seed),
      totals: `${thousands(one.calls)} calls in ${thousands(one.runs)} runs; ${acts.length} acts, ${paths.length} paths`,
      result: `${one.violations.length} violations, ${one.findVacuous().length} acts and paths never reached`,
    });
  }
}
process.exitCode = violations === 0 && vacuous.length === 0 ? 0 : 1;
