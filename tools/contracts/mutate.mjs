#!/usr/bin/env node
// Usage: npm run contracts:mutate -- [--sample n] [--seed s] [--file text] [--mutants a,b] [--list] [--batch n] [--jobs n] [--near] [--quick] [--fresh] [--record]
// Changes one rule of the contracts at a time and runs the tests: each change that no test notices is listed, and has to be
// argued in test/mutation/argued.json or met by a new test. Works in a copy under the system's temporary folder: mutants are
// compiled a batch at a time (tools/mutants.mjs) and brought to life one by one, in three stages: unit tests of the suites
// named for their folder, unit tests of all other suites, then all that takes long (fuzz, invariants, twins). The first failure
// ends a mutant; it survived if it passed all three. Before them run the two suites that noticed most in its source so far.
// Suites that cannot reach a mutant's source are left out, and with `--near` all but the named ones; `--quick` leaves out what
// takes long, so what it calls alive is only a guess. Outcomes are kept in cache/mutation until a source or a test changes, so a
// run that was stopped goes on where it was. --record rewrites its row in
// docs/EVIDENCE.md. Exit 1 if a survivor is not argued.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  listSolidity,
  packageRoot,
  parseReport,
  readOptions,
  readText,
  refuse,
  runCommand,
  runLanes,
  secondsSince,
} from './campaign.mjs';
import { choice, chooseMutants, reportMutants } from '../mutation-record.mjs';
import { listMutants, mutantSource, plantMutants } from './mutants.mjs';

const options = readOptions({ ...choice, batch: 200, jobs: 2, near: false, quick: false, fresh: false });
const say = (line) => process.stdout.write(`[mutate] ${line}\n`);
const solc = createRequire(path.join(packageRoot, 'package.json'))('solc');

/** What is mutated, and which tests most likely notice: those whose names begin so. */
const near = {
  vault: /\/(?:Vault|PaymentLanes|TokenZoo|RoundTrip)/,
  gateway: /\/LockGateway/,
  ledger: /\/(?:Ledger|WalkingLine|RoundTrip)/,
  attesters: /\/Attester/,
  edge: /\/(?:JournalVectors|Libraries|StorageSlots|AttesterSet|Ledger(?:Replay|Apply|Witness|Marks|Rewind)|Vault(?:Lock|Releases|Witness|Rewind))/,
  libraries: /\/(?:Libraries|StorageSlots|PaymentLanes|VaultLanes|VaultLock|VaultReleases)/,
};
/** Ceilings of gas, which the guards themselves pass. */
const isCeiling = /Gas(?:Table|Floor)?\.t\.sol$/;
const quickRuns = {
  FOUNDRY_PROFILE: 'default',
  FOUNDRY_FUZZ_RUNS: '64',
  FOUNDRY_INVARIANT_RUNS: '4',
  FOUNDRY_INVARIANT_DEPTH: '48',
};
/** Tests that take long. */
const slow =
  '^(testFuzz|invariant_|test_every_(act_of|book|entry_of_the_tables|case|worked_line)_|test_I10_an_attack_search_)';
/** A mutant for which a stage takes this many times as long as with none alive goes round for ever: it is noticed. */
const ENDLESS = 6;

const sources = Object.keys(near).flatMap((folder) => listSolidity(`solidity/${folder}`));
const all = sources.flatMap((file) => listMutants(file, readText(file)));
const describe = ({ name, file, line, operator, before, after }) =>
  `${name} ${file}:${line} ${operator}\n    - ${before}\n    + ${after}`;
const wanted = chooseMutants(all, options, describe);

/** The reasons why survivors change nothing that could be noticed, by mutant. */
const argued = new Map(JSON.parse(readText('test/mutation/argued.json')).map(({ mutant, reason }) => [mutant, reason]));
const gone = [...argued.keys()].filter((name) => all.every((one) => one.name !== name));
if (gone.length > 0) refuse(`reasons are given for what is no mutant any more: ${gone.join(', ')}`);

const fingerprint = createHash('sha256');
for (const file of [...listSolidity('solidity'), ...listSolidity('test')])
  fingerprint.update(file).update(readText(file));
const kept = path.join(packageRoot, 'cache/mutation', `${fingerprint.digest('hex').slice(0, 16)}.json`);
const outcomes = new Map(
  !options.fresh && existsSync(kept) ? Object.entries(JSON.parse(readFileSync(kept, 'utf8'))) : [],
);
const looked = 'alive after a quick look';
const isAlive = ({ name }) => ['survived', looked].includes(outcomes.get(name));
function keep(mutant, outcome) {
  outcomes.set(mutant.name, outcome);
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify(Object.fromEntries(outcomes), null, 1));
}

/** Gives the file itself and all that it imports or names as an artifact, and what these do: no other code can run in it. */
function reachedBy(file, reached = new Set()) {
  if (reached.has(file) || !existsSync(path.join(packageRoot, file))) return reached;
  reached.add(file);
  const text = readText(file);
  for (const [, name] of text.matchAll(/\bimport\b[^;]*?"([^"]+)";/g)) {
    const place = name
      .replace(/^@surety\/contracts\//, 'solidity/')
      .replace(/^@surety\/requirements\//, '../requirements/solidity/')
      .replace(/^@surety\/examples\//, '../../examples/')
      .replace(/^\./, `${path.posix.dirname(file)}/.`);
    reachedBy(path.posix.normalize(place), reached);
  }
  for (const [, name] of text.matchAll(/"(\w+\.sol)(?::\w+)?"/g))
    for (const other of everySource) if (path.posix.basename(other) === name) reachedBy(other, reached);
  return reached;
}
const everySource = [...listSolidity('solidity'), ...listSolidity('test')];
const suites = new Map(
  everySource.filter((file) => file.endsWith('.t.sol') && !isCeiling.test(file)).map((file) => [file, reachedBy(file)]),
);

/** Copies what forge reads and what it has compiled, so that only what a batch changes is compiled again. */
function makeScratch() {
  const scratch = mkdtempSync(path.join(tmpdir(), 'surety-mutate-'));
  const room = path.join(scratch, 'packages/contracts');
  mkdirSync(room, { recursive: true });
  const isOther = (file) => /\/(?:out|cache)\/(?:abi|lint|campaign|mutation|build-info)/.test(file);
  for (const name of ['solidity', 'test', 'vectors', 'tools', 'foundry.toml', 'package.json', 'cache', 'out']) {
    const from = path.join(packageRoot, name);
    if (existsSync(from))
      cpSync(from, path.join(room, name), {
        recursive: true,
        preserveTimestamps: true,
        filter: (file) => !isOther(file),
      });
  }
  cpSync(path.join(packageRoot, '../requirements/solidity'), path.join(scratch, 'packages/requirements/solidity'), {
    recursive: true,
    preserveTimestamps: true,
  });
  cpSync(path.join(packageRoot, '../../examples'), path.join(scratch, 'examples'), {
    recursive: true,
    preserveTimestamps: true,
    filter: (file) => !file.includes('node_modules') && !file.includes('/dist'),
  });
  symlinkSync(path.join(packageRoot, 'node_modules'), path.join(room, 'node_modules'));
  // Tests of the bridges read their bytecode from there.
  symlinkSync(path.join(packageRoot, '../../node_modules'), path.join(scratch, 'node_modules'));
  writeFileSync(path.join(room, 'solidity/Mutant.sol'), mutantSource);
  return { scratch, room };
}

/** Runs forge in the copy; 0 seconds are no limit. */
async function forgeIn(room, args, limitS = 0) {
  const forge = [process.execPath, path.join(room, 'tools/forge.mjs'), ...args];
  const [command, ...rest] = limitS === 0 ? forge : ['timeout', String(limitS), ...forge];
  const { code, text } = await runCommand(command, rest, { env: quickRuns, output: 'keep' });
  return { code, text, timedOut: limitS > 0 && code === 124 };
}

/** Writes every source with a batch's mutants in it, as texts by file; a mutant's number is its place in the batch, from 1. */
function plantAll(batch) {
  const numbers = new Map(batch.map((mutant, at) => [mutant, at + 1]));
  return new Map(
    sources.map((file) => {
      const own = batch.filter((mutant) => mutant.file === file);
      const text = readText(file);
      return [file, own.length === 0 ? text : plantMutants(text, own, (mutant) => numbers.get(mutant))];
    }),
  );
}

/** Asks the compiler for its opinion of types alone, which takes seconds, and gives the numbers of the mutants it refuses. */
function findIllTyped(batch) {
  const planted = plantAll(batch);
  const texts = new Map([
    ...listSolidity('solidity').map((file) => [file, readText(file)]),
    ...planted,
    ['@surety/contracts/Mutant.sol', mutantSource],
  ]);
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([...texts].map(([file, content]) => [file, { content }])),
    settings: {
      viaIR: true,
      remappings: ['@openzeppelin/=node_modules/@openzeppelin/'],
      outputSelection: { '*': { '*': [] } },
    },
  };
  const read = (file) => {
    const from = path.join(packageRoot, file);
    return existsSync(from) ? { contents: readFileSync(from, 'utf8') } : { error: `${file} was not found` };
  };
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  const serious = errors.filter(({ severity }) => severity === 'error');
  const refused = new Set();
  for (const { sourceLocation, formattedMessage } of serious) {
    const text = texts.get(sourceLocation?.file);
    if (text === undefined) continue;
    // The compiler counts bytes.
    const bytes = Buffer.from(text);
    const marksIn = (part) => [
      ...part.toString('utf8').matchAll(/(?:_mutant\(\) == |case |eq\((?:alive_|coinbase\(\)), )(\d+)/g),
    ];
    // It shows the declaration of a pointer that a mutant behind it leaves unset, and the mutant itself in all other cases.
    const mark = formattedMessage.includes('can be returned without prior assignment')
      ? marksIn(bytes.subarray(sourceLocation.start))[0]
      : marksIn(bytes.subarray(0, sourceLocation.start + 1)).at(-1);
    if (mark !== undefined) refused.add(Number(mark[1]));
  }
  if (serious.length > 0 && refused.size === 0)
    throw new Error(`the mutants do not compile, and no error is in one of them:\n${serious[0].formattedMessage}`);
  return refused;
}

/** Leaves out what is no change of one rule, since its types do not fit. */
function leaveOutIllTyped(mutants) {
  let living = mutants;
  for (;;) {
    const refused = findIllTyped(living);
    if (refused.size === 0) return living;
    for (const number of refused) keep(living[number - 1], 'refused');
    living = living.filter((_, at) => !refused.has(at + 1));
  }
}

/** Compiles a batch in the copy. */
async function compileBatch(room, batch, files) {
  for (const [file, text] of plantAll(batch)) {
    const target = path.join(room, file);
    if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
  const { code, text } = await forgeIn(room, ['test', '--match-path', globOf(files), '--list']);
  if (code !== 0) throw new Error(`the mutants do not compile:\n${text}`);
}

/** Gives the first test that failed and its suite's file, or undefined. */
function findKiller({ text, timedOut }) {
  if (timedOut) return { test: 'a test that never ends' };
  const report = parseReport(text);
  if (report === undefined) throw new Error(`forge printed no report:\n${text.slice(0, 4000)}`);
  for (const [suite, { test_results: results }] of Object.entries(report)) {
    for (const [test, { status }] of Object.entries(results)) {
      const [file, contract] = suite.split(':');
      if (status === 'Failure') return { file, test: `${contract}.${test.replace(/\(.*/, '')}` };
    }
  }
  return undefined;
}

const addressOf = (number) => `0x${number.toString(16).padStart(40, '0')}`;

const globOf = (files) => `{${files.join(',')}}`;

const isNear = ({ file }, suite) => near[file.split('/')[1]].test(suite);

/** How many mutants each suite noticed, by source. */
const tally = new Map();
const countOf = ({ file }, suite) => tally.get(file)?.get(suite) ?? 0;

/** Says if no more than one other suite noticed more in a mutant's source. */
function isFirst(mutant, suite) {
  const better = [...suites.keys()].filter((other) => countOf(mutant, other) > countOf(mutant, suite));
  return countOf(mutant, suite) > 0 && better.length < 2;
}

function countNoticed({ file }, suite) {
  const own = tally.get(file) ?? new Map();
  tally.set(file, own.set(suite, (own.get(suite) ?? 0) + 1));
}

/** What runs one behind the other, and which suites each runs. A start of forge costs half a second. */
const stages = [
  { isSlow: false, suits: isFirst },
  { isSlow: false, suits: isNear },
  ...(options.near ? [] : [{ isSlow: false, suits: (mutant, suite) => !isNear(mutant, suite) }]),
  ...(options.quick ? [] : [{ isSlow: true, suits: (mutant, suite) => !options.near || isNear(mutant, suite) }]),
];

/** Gives the suites of a stage that can reach a mutant's source. */
const suitesOf = (mutant, { suits }) =>
  [...suites].filter(([suite, reached]) => reached.has(mutant.file) && suits(mutant, suite)).map(([suite]) => suite);

/** What forge runs with one mutant alive; 0 is none. */
const argsOf = (number, files, isSlow, exceptions = []) => {
  const others = [...(isSlow ? [] : [slow]), ...(exceptions.length > 0 ? [`^(${exceptions.join('|')})\\(`] : [])];
  return [
    'test',
    '--json',
    '--block-coinbase',
    addressOf(number),
    '--match-path',
    globOf(files),
    ...(isSlow ? ['--match-test', slow] : []),
    ...(others.length > 0 ? ['--no-match-test', others.join('|')] : []),
  ];
};

/** Names the tests that fail with no mutant alive, ceilings that the guards pass, and says what time is beyond all measure. */
async function findFailing(room, files, isSlow) {
  const started = Date.now();
  const { text } = await forgeIn(room, argsOf(0, files, isSlow));
  const report = parseReport(text);
  if (report === undefined) throw new Error(`forge printed no report:\n${text.slice(0, 4000)}`);
  const failing = Object.entries(report).flatMap(([suite, { test_results: results }]) =>
    Object.entries(results)
      .filter(([, { status }]) => status === 'Failure')
      .map(([test, { reason }]) => ({ suite, test: test.replace(/\(.*/, ''), reason })),
  );
  const broken = failing.find(({ test }) => test === 'setUp');
  // It would count as the killer of every mutant.
  if (broken !== undefined) throw new Error(`${broken.suite} fails with no mutant alive: ${broken.reason}`);
  const tests = failing.map(({ test }) => test);
  if (tests.length > 0) say(`left out, since they fail with no mutant alive: ${tests.join(', ')}`);
  return { tests, limitS: 60 + (ENDLESS * (Date.now() - started)) / 1000 };
}

async function runBatch(room, batch) {
  const started = Date.now();
  const compiled = [...new Set(batch.flatMap((mutant) => stages.flatMap((stage) => suitesOf(mutant, stage))))];
  say(`compiling ${batch.length} mutants …`);
  await compileBatch(room, batch, compiled);
  say(`${batch.length} mutants are ready after ${secondsSince(started)}`);
  const failing = new Map();
  // Asked when the first mutant needs it: what fails at once costs no slow test.
  const failingOf = (isSlow) => {
    if (!failing.has(isSlow)) failing.set(isSlow, findFailing(room, compiled, isSlow));
    return failing.get(isSlow);
  };
  await runLanes(
    options.jobs,
    batch.map((mutant) => async () => {
      let killer;
      for (const stage of stages) {
        const files = suitesOf(mutant, stage);
        const { tests, limitS } = await failingOf(stage.isSlow);
        const args = [...argsOf(batch.indexOf(mutant) + 1, files, stage.isSlow, tests), '--fail-fast'];
        if (files.length > 0) killer = findKiller(await forgeIn(room, args, limitS));
        if (killer !== undefined) break;
      }
      if (killer?.file !== undefined) countNoticed(mutant, killer.file);
      keep(mutant, killer === undefined ? (options.quick ? looked : 'survived') : `killed by ${killer.test}`);
      const done = wanted.filter(({ name }) => outcomes.has(name)).length;
      const alive = wanted.filter(isAlive).length;
      say(
        `${done}/${wanted.length}, ${alive} alive; ${mutant.name} ${mutant.file}:${mutant.line} ${mutant.operator}: ${outcomes.get(mutant.name)}`,
      );
    }),
  );
}

const started = Date.now();
// What a quick look leaves alive goes on.
const isOpen = ({ name }) => !outcomes.has(name) || (!options.quick && outcomes.get(name) === looked);
const open = leaveOutIllTyped(wanted.filter(isOpen));
say(`${wanted.length} of ${all.length} places, ${open.length} mutants to run`);
if (open.length > 0) {
  const { scratch, room } = makeScratch();
  try {
    for (let at = 0; at < open.length; at += options.batch) await runBatch(room, open.slice(at, at + options.batch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const real = wanted.filter(({ name }) => outcomes.get(name) !== 'refused');
const survivors = real.filter(isAlive);
reportMutants({
  mutants: real,
  survivors,
  argued,
  describe,
  group: 'source',
  groupOf: ({ file }) => file.replace('solidity/', ''),
  note: `; ${wanted.length - real.length} more do not compile. ${all.length} places in all; ${secondsSince(started)}.`,
  record: {
    campaign: 'mutants of the contracts',
    shows: 'the tests notice a changed rule',
    command: 'npm run contracts:mutate --',
  },
  flags: [options.near ? '--near' : '', options.quick ? '--quick' : ''],
  options,
});
