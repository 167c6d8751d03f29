#!/usr/bin/env node
// Usage: npm run contracts:invariants -- [--calls n] [--seed s] [--match text] [--depth d] [--every n] [--chunk n] [--jobs n] [--minutes m] [--record]
// Runs every contract of test/ that has an `invariant_` function for at least `--calls` calls each, in chunks with seeds of
// their own (no new one is begun after `--minutes`, and what was done by then is reported), and prints violations and what the runs really did: how often each act was tried and took effect, how often
// each path was hit. --record rewrites each contract's row in docs/EVIDENCE.md.
// Exit 1 on a violation, and when an act never took effect or a path was never hit: such a campaign proves too little.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  compileTests,
  listSolidity,
  packageRoot,
  parseReport,
  readOptions,
  readText,
  refuse,
  runOptimized,
  secondsSince,
  seedOf,
  table,
  thousands,
} from './campaign.mjs';
import { recordCampaign } from '../evidence.mjs';

const options = readOptions({
  calls: 320_000,
  seed: 1,
  match: '',
  depth: 128,
  every: 16,
  chunk: 16_384,
  jobs: 2,
  minutes: 0,
  record: false,
});
const say = (line) => process.stdout.write(`[invariants] ${line}\n`);

/** Asks the text of a file, and of everything that it imports from test/, for names. */
function namesOf(file, read, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readText(file);
  const imports = [...text.matchAll(/from "(\.{1,2}\/[^"]+)"/g)]
    .map(([, target]) => path.posix.join(path.posix.dirname(file), target))
    .filter((target) => target.startsWith('test/') && target !== 'test/harness/Ghosts.sol');
  return [...new Set([...read(text), ...imports.flatMap((target) => namesOf(target, read, seen))])];
}

/** Gives the functions of a text but the acts that a suite asks none of its handlers for: it names what it asks for by selector. */
function partsOf(file) {
  const asked = new Set([...readText(file).matchAll(/\.(\w+)\.selector/g)].map(([, name]) => name));
  return (text) =>
    text.split(/^ {4}function /m).filter((part) => {
      const act = /counted\("([^"]+)"\)/.exec(part)?.[1];
      return act === undefined || asked.size === 0 || asked.has(act);
    });
}

/** The acts that a suite's handlers count. */
const actsOf = (file) =>
  namesOf(file, (text) =>
    partsOf(file)(text).flatMap((part) => [...part.matchAll(/counted\("([^"]+)"\)/g)].map(([, name]) => name)),
  );

/** The paths that they name, also where one of two is chosen as it is hit. */
const pathsOf = (file) =>
  namesOf(file, (text) =>
    partsOf(file)(text).flatMap((part) =>
      [...part.matchAll(/_hit\(([^;]+)\);/g)].flatMap(([, what]) =>
        [...what.matchAll(/"([^"]+)"/g)].map(([, name]) => name),
      ),
    ),
  );

/** Every contract with an `invariant_` function, with the acts and paths that its handlers name. */
function listSuites() {
  return listSolidity('test').flatMap((file) => {
    const parts = readText(file).split(/^(?=(?:abstract )?contract )/m);
    return parts
      .filter((part) => /function invariant_/.test(part))
      .map((part) => /^contract (\w+)/.exec(part)?.[1])
      .filter((name) => name?.includes(options.match))
      .map((name) => ({
        file,
        name,
        acts: actsOf(file),
        paths: pathsOf(file),
        calls: 0,
        runs: 0,
        underWay: 0,
        chunks: 0,
        seconds: 0,
        violations: [],
        tried: new Map(),
        took: new Map(),
        hits: new Map(),
        runsWith: new Map(),
      }));
  });
}

const add = (map, key, value) => map.set(key, (map.get(key) ?? 0) + value);

/** Sums the lines that a chunk's runs wrote, one a run; forge repeats a run at the end for its logs, which is left out. */
function readGhosts(suite, file, runs) {
  if (!existsSync(file)) return;
  for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(0, runs)) {
    const counted = JSON.parse(line);
    for (const [act, [tried, took]] of Object.entries(counted.acts)) {
      add(suite.tried, act, tried);
      add(suite.took, act, took);
    }
    for (const [name, times] of Object.entries(counted.paths)) {
      add(suite.hits, name, times);
      add(suite.runsWith, name, 1);
    }
  }
}

const scratch = path.join(packageRoot, 'cache/campaign', String(process.pid));

/** Runs the next chunk of a suite and adds what it did. */
async function runChunk(suite) {
  const chunk = suite.chunks++;
  const runs = Math.max(1, Math.ceil(Math.min(options.chunk, options.calls) / options.depth));
  const seed = seedOf(options.seed, suite.name, chunk);
  const ghosts = path.join(scratch, `${suite.name}-${chunk}.jsonl`);
  const started = Date.now();
  const { text } = await runOptimized(
    [
      'test',
      '--match-path',
      suite.file,
      '--match-contract',
      `^${suite.name}$`,
      '--match-test',
      '^invariant_',
      '--json',
    ],
    {
      FOUNDRY_INVARIANT_RUNS: String(runs),
      FOUNDRY_INVARIANT_DEPTH: String(options.depth),
      FOUNDRY_INVARIANT_CHECK_INTERVAL: String(options.every),
      FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: path.join(scratch, `failures-${suite.name}-${chunk}`),
      FOUNDRY_FUZZ_SEED: seed,
      SURETY_GHOSTS: ghosts,
    },
  );
  const report = parseReport(text);
  const results = Object.values(Object.values(report ?? {})[0]?.test_results ?? {});
  if (results.length === 0) refuse(`forge reported no campaign of ${suite.name}:\n${text}`);
  for (const result of results) {
    if (result.status !== 'Success') {
      suite.violations.push({ chunk, seed, runs, reason: result.reason, steps: result.counterexample });
    }
  }
  const ofResults = (field) => results.map((result) => result.kind.Invariant[field]);
  suite.calls += Math.min(...ofResults('calls'));
  suite.runs += Math.min(...ofResults('runs'));
  suite.seconds += (Date.now() - started) / 1000;
  readGhosts(suite, ghosts, runs);
  const violations = suite.violations.length;
  say(
    `${suite.name}: ${thousands(suite.calls)} of ${thousands(options.calls)} calls, ${violations} violations, ${suite.seconds.toFixed(0)} s`,
  );
}

/** Takes the next chunk of the suite that is furthest behind, until none needs one; a suite ends early at its third violation. */
async function work() {
  const planned = ({ calls, underWay }) => calls + underWay * options.chunk;
  const isOver = () => options.minutes > 0 && Date.now() - campaign > options.minutes * 60_000;
  while (!isOver()) {
    const [suite] = suites
      .filter((one) => planned(one) < options.calls && one.violations.length < 3)
      .sort((a, b) => planned(a) - planned(b));
    if (suite === undefined) return;
    ++suite.underWay;
    await runChunk(suite);
    --suite.underWay;
  }
}

/** What a suite should have reached and did not. */
function findVacuous(suite) {
  if (suite.acts.length + suite.paths.length === 0) return ['it counts no act and no path'];
  return [
    ...suite.acts.filter((act) => !suite.took.get(act)).map((act) => `act ${act} never took effect`),
    ...suite.paths.filter((name) => !suite.hits.get(name)).map((name) => `path "${name}" was never hit`),
  ];
}

const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '–');

function describeSuite(suite) {
  const acts = suite.acts.map((act) => {
    const [tried, took] = [suite.tried.get(act) ?? 0, suite.took.get(act) ?? 0];
    return [act, thousands(tried), thousands(took), percent(took, tried)];
  });
  const paths = suite.paths.map((name) => [
    name,
    thousands(suite.hits.get(name) ?? 0),
    percent(suite.runsWith.get(name) ?? 0, suite.runs),
  ]);
  const violations = suite.violations.map(({ chunk, seed, reason, steps }) =>
    [`- chunk ${chunk} (seed ${seed}): ${reason}`, '', '```json', JSON.stringify(steps), '```'].join('\n'),
  );
  return [
    `## ${suite.name}`,
    '',
    table(['act', 'tried', 'took effect', 'rate'], acts, [1, 2, 3]),
    '',
    table(['path', 'hit', 'in runs'], paths, [1, 2]),
    '',
    ...violations,
    ...(violations.length > 0 ? [''] : []),
  ].join('\n');
}

const suites = listSuites();
if (suites.length === 0)
  refuse(`no contract of test/ whose name has "${options.match}" declares an invariant_ function`);
const started = Date.now();
say(`compiling ${suites.map(({ name }) => name).join(', ')} …`);
await compileTests(`{${suites.map(({ file }) => file).join(',')}}`.replace(/^\{([^,]*)\}$/, '$1'));
say(`compiled after ${secondsSince(started)}`);
rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });
const campaign = Date.now();
await Promise.all(Array.from({ length: options.jobs }, work));
rmSync(scratch, { recursive: true, force: true });

const violations = suites.reduce((sum, suite) => sum + suite.violations.length, 0);
const vacuous = suites.flatMap((suite) => findVacuous(suite).map((what) => `${suite.name}: ${what}`));
const summary = table(
  ['suite', 'calls', 'runs', 'violations', 'seconds'],
  suites.map((suite) => [
    suite.name,
    thousands(suite.calls),
    thousands(suite.runs),
    suite.violations.length,
    suite.seconds.toFixed(0),
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
  for (const suite of suites) {
    const idle = findVacuous(suite).length;
    recordCampaign({
      campaign: `invariants: ${suite.name}`,
      shows: 'no random order of acts breaks an invariant, and no act is idle',
      command: `npm run contracts:invariants -- --calls ${options.calls} --seed ${options.seed} --match ${suite.name}`,
      seeds: String(options.seed),
      totals: `${thousands(suite.calls)} calls in ${thousands(suite.runs)} runs; ${suite.acts.length} acts, ${suite.paths.length} paths`,
      result: `${suite.violations.length} violations, ${idle} acts and paths never reached`,
    });
  }
}
process.exitCode = violations === 0 && vacuous.length === 0 ? 0 : 1;
