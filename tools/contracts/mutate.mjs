#!/usr/bin/env node
// Usage: npm run contracts:mutate -- [--sample n] [--seed s] [--file text] [--mutants a,b] [--list] [--batch n] [--jobs n] [--near] [--fresh] [--date d] [--no-record]
// Changes one rule of the contracts at a time and runs the tests: each change that no test notices is listed, and has to be
// argued in test/mutation/argued.json or met by a new test. Works in a copy under the system's temporary folder: mutants are
// compiled a batch at a time (tools/mutants.mjs) and brought to life one by one; first the tests named for their folder run,
// then all others (`--near` leaves those out). Outcomes are kept in cache/mutation until a source or a test changes, so a run
// that was stopped goes on where it was. Writes docs/records/<date>-mutation.md. Exit 1 if a survivor is not argued.
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
  runCommand,
  runLanes,
  secondsSince,
} from './campaign.mjs';
import { choice, chooseMutants, reportMutants } from '../mutation-record.mjs';
import { listMutants, mutantSource, plantMutants } from './mutants.mjs';

const options = readOptions({ ...choice, batch: 200, jobs: 2, near: false, fresh: false });
const say = (line) => process.stdout.write(`[mutate] ${line}\n`);
const solc = createRequire(path.join(packageRoot, 'package.json'))('solc');

/** What is mutated, and which tests most likely notice. */
const near = {
  vault: ['Vault*', 'PaymentLanes', 'TokenZoo', 'RoundTrip'],
  ledger: ['Ledger*', 'WalkingLine', 'RoundTrip'],
  attesters: ['Attester*'],
  libraries: [
    'JournalVectors',
    'Libraries',
    'StorageSlots',
    'AttesterSet',
    'LedgerReplay',
    'VaultLock',
    'VaultReleases',
  ],
};
/** Ceilings of gas, which the guards themselves pass. */
const ceilings = 'test/*{Gas,GasTable,GasFloor}.t.sol';
const quickRuns = { FOUNDRY_FUZZ_RUNS: '64', FOUNDRY_INVARIANT_RUNS: '4', FOUNDRY_INVARIANT_DEPTH: '48' };
/** A mutant that still runs then goes round for ever: it is noticed. */
const KILL_AFTER_S = 600;

const sources = Object.keys(near).flatMap((folder) => listSolidity(`solidity/${folder}`));
const all = sources.flatMap((file) => listMutants(file, readText(file)));
const describe = ({ name, file, line, operator, before, after }) =>
  `${name} ${file}:${line} ${operator}\n    - ${before}\n    + ${after}`;
const wanted = chooseMutants(all, options, describe);

/** The reasons why survivors change nothing that could be noticed, by mutant. */
const argued = new Map(JSON.parse(readText('test/mutation/argued.json')).map(({ mutant, reason }) => [mutant, reason]));

const fingerprint = createHash('sha256');
for (const file of [...listSolidity('solidity'), ...listSolidity('test')])
  fingerprint.update(file).update(readText(file));
const kept = path.join(packageRoot, 'cache/mutation', `${fingerprint.digest('hex').slice(0, 16)}.json`);
const outcomes = new Map(
  !options.fresh && existsSync(kept) ? Object.entries(JSON.parse(readFileSync(kept, 'utf8'))) : [],
);
function keep(mutant, outcome) {
  outcomes.set(mutant.name, outcome);
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify(Object.fromEntries(outcomes), null, 1));
}

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
    const marksIn = (part) => [...part.toString('utf8').matchAll(/(?:_mutant\(\) == |case |eq\(alive_, )(\d+)/g)];
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
async function compileBatch(room, batch, matchPath) {
  for (const [file, text] of plantAll(batch)) {
    const target = path.join(room, file);
    if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
  const { code, text } = await forgeIn(room, ['test', '--match-path', matchPath, '--list']);
  if (code !== 0) throw new Error(`the mutants do not compile:\n${text}`);
}

/** Gives the first test that failed, or undefined. */
function findKiller({ text, timedOut }) {
  if (timedOut) return 'a test that never ends';
  const report = parseReport(text);
  if (report === undefined) throw new Error(`forge printed no report:\n${text.slice(0, 4000)}`);
  for (const [suite, { test_results: results }] of Object.entries(report)) {
    for (const [test, { status }] of Object.entries(results)) {
      if (status === 'Failure') return `${suite.split(':')[1]}.${test.replace(/\(.*/, '')}`;
    }
  }
  return undefined;
}

const addressOf = (number) => `0x${number.toString(16).padStart(40, '0')}`;

/** Runs the tests of a pattern with one mutant alive; 0 is none. */
const runTests = (room, number, matchPath, exceptions) =>
  forgeIn(
    room,
    [
      'test',
      '--json',
      '--fail-fast',
      '--match-path',
      matchPath,
      '--no-match-path',
      ceilings,
      '--block-coinbase',
      addressOf(number),
      ...(exceptions.length > 0 ? ['--no-match-test', `^(${exceptions.join('|')})\\(`] : []),
    ],
    KILL_AFTER_S,
  );

/** Names the tests that fail with no mutant alive: ceilings that the guards pass. */
async function findExceptions(room, matchPath) {
  const { text } = await forgeIn(room, [
    'test',
    '--json',
    '--match-path',
    matchPath,
    '--no-match-path',
    ceilings,
    '--block-coinbase',
    addressOf(0),
  ]);
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
  return failing.map(({ test }) => test);
}

const globOf = (names) => `test/{${[...new Set(names), 'None'].join(',')}}.t.sol`;
const namesOf = ({ file }) => near[file.split('/')[1]];
const nearOf = (mutant) => globOf(namesOf(mutant));
const everywhere = 'test/**/*.t.sol';

async function runBatch(room, batch) {
  const compiled = options.near ? globOf(batch.flatMap(namesOf)) : everywhere;
  const started = Date.now();
  say(`compiling ${batch.length} mutants …`);
  await compileBatch(room, batch, compiled);
  const exceptions = await findExceptions(room, compiled);
  say(
    `${batch.length} mutants are ready after ${secondsSince(started)}; left out, since they fail with none alive: ${exceptions.join(', ') || 'nothing'}`,
  );
  await runLanes(
    options.jobs,
    batch.map((mutant) => async () => {
      const number = batch.indexOf(mutant) + 1;
      let killer = findKiller(await runTests(room, number, nearOf(mutant), exceptions));
      if (killer === undefined && !options.near)
        killer = findKiller(await runTests(room, number, everywhere, exceptions));
      keep(mutant, killer === undefined ? 'survived' : `killed by ${killer}`);
      const done = wanted.filter(({ name }) => outcomes.has(name)).length;
      const alive = wanted.filter(({ name }) => outcomes.get(name) === 'survived').length;
      say(
        `${done}/${wanted.length}, ${alive} alive; ${mutant.file}:${mutant.line} ${mutant.operator}: ${outcomes.get(mutant.name)}`,
      );
    }),
  );
}

const started = Date.now();
const open = leaveOutIllTyped(wanted.filter(({ name }) => !outcomes.has(name)));
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
const survivors = real.filter(({ name }) => outcomes.get(name) === 'survived');
reportMutants({
  mutants: real,
  survivors,
  argued,
  describe,
  group: 'source',
  groupOf: ({ file }) => file.replace('solidity/', ''),
  note: `; ${wanted.length - real.length} more do not compile. ${all.length} places in all; ${secondsSince(started)}.`,
  record: { name: 'mutation', title: 'Mutants of the contracts', command: 'npm run contracts:mutate --' },
  flags: [options.near ? '--near' : ''],
  options,
});
