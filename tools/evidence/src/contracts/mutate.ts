// Changes one rule of the contracts at a time and runs the tests: each change that no test notices is listed, and has to be
// argued in test/mutation/argued.json or met by a new test. Works in a copy under the system's temporary folder: mutants are
// compiled a batch at a time (mutants.ts) and brought to life one by one, in three stages: unit tests of the suites named for
// their folder, unit tests of all other suites, then all that takes long (fuzz, invariants, twins). The first failure ends a
// mutant; it survived if it passed all three. Before them run the two suites that noticed most in its source so far. Suites that
// cannot reach a mutant's source are left out. Outcomes are kept in cache/mutation until a source or a test changes, so a run that
// was stopped goes on where it was.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { choice, readArgued, reportMutants, takeMutants } from '../mutation-report.js';
import { flag, number, readOptions, refuse } from '../options.js';
import { secondsSince } from '../steps.js';
import { type Report, listSolidity, packageRoot, parseReport, readText, runLanes, testsOf } from './forge.js';
import { findIllTyped } from './ill-typed.js';
import { type Mutant, listMutants, mutantSource, plantMutants } from './mutants.js';
import { type RoomRun, forgeIn, makeRoom } from './mutation-room.js';
import { reachedBy } from './reached-files.js';

const options = readOptions({
  command: 'npm run contracts:mutate --',
  about:
    'Changes one rule of the contracts at a time and names the changes that no test notices. Exit 1 if one of them is not argued.',
  options: {
    ...choice,
    batch: number(200, 'mutants of one compilation', 1),
    jobs: number(2, 'how many mutants at a time', 1),
    near: flag('run only the suites named for the folder of a mutant'),
    quick: flag('leave out what takes long; what it calls alive is only a guess'),
    fresh: flag('forget what was found before'),
  },
});
const say = (line: string): void => void process.stdout.write(`[mutate] ${line}\n`);

/** Sources to mutate, and the tests that most likely notice: those whose names begin so. */
const near: Readonly<Record<string, RegExp>> = {
  vault: /\/(?:Vault|PaymentLanes|TokenZoo|RoundTrip)/,
  gateway: /\/LockGateway/,
  ledger: /\/(?:Ledger|WalkingLine|RoundTrip)/,
  attesters: /\/(?:Attester|MemberCode)/,
  edge: /\/(?:JournalVectors|Libraries|StorageSlots|AttesterSet|Ledger(?:Replay|Apply|Verifier|Witness|Marks|Rewind)|Vault(?:Lock|Releases|Witness|Rewind))/,
  libraries: /\/(?:Libraries|StorageSlots|PaymentLanes|VaultLanes|VaultLock|VaultReleases)/,
  liquidation: /\/(?:Auction|CreditLineAuction|SettlementInvariants)/,
  markets: /\/(?:Market|ProfitSearch)/,
  prices: /\/(?:FeedAdapter|MedianFeed|PriceDesk|PythFeed|RedStoneFeed|SequencerClock)/,
  risk: /\/(?:FailingFeeds|LineExits|PokedMargin|PriceBands|ReadMargin|RequirementBounds|RiskManager)/,
};
/** Ceilings of gas, which the guards themselves pass. */
const isCeiling = /Gas(?:Table|Floor)?\.t\.sol$/;
/** Tests that take long. */
const slow =
  '^(testFuzz|invariant_|test_every_(act_of|book|entry_of_the_tables|case|worked_line)_|test_I10_an_attack_search_)';
/** A mutant for which a stage takes this many times as long as with none alive goes round for ever: it is noticed. */
const ENDLESS = 6;

const sources = Object.keys(near).flatMap((folder) => listSolidity(`solidity/${folder}`));
const all = sources.flatMap((file) => listMutants(file, readText(file)));
const describe = ({ name, file, line, operator, before, after }: Mutant): string =>
  `${name} ${file}:${line} ${operator}\n    - ${before}\n    + ${after}`;
const wanted = takeMutants(all, options, describe);

const argued = readArgued(readText('test/mutation/argued.json'));
const gone = [...argued.keys()].filter((name) => all.every((one) => one.name !== name));
if (gone.length > 0) refuse(`reasons are given for what is no mutant any more: ${gone.join(', ')}`);

const fingerprint = createHash('sha256');
for (const file of [...listSolidity('solidity'), ...listSolidity('test')])
  fingerprint.update(file).update(readText(file));
const kept = path.join(packageRoot, 'cache/mutation', `${fingerprint.digest('hex').slice(0, 16)}.json`);
const outcomes = new Map<string, string>(
  !options.fresh && existsSync(kept)
    ? Object.entries(JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string>)
    : [],
);
const looked = 'alive after a quick look';
const isAlive = ({ name }: Mutant): boolean => ['survived', looked].includes(outcomes.get(name) ?? '');
function keep(mutant: Mutant, outcome: string): void {
  outcomes.set(mutant.name, outcome);
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify(Object.fromEntries(outcomes), null, 1));
}

const everySource = [...listSolidity('solidity'), ...listSolidity('test')];
const textOf = (file: string): string | undefined =>
  existsSync(path.join(packageRoot, file)) ? readText(file) : undefined;
const suites = new Map(
  everySource
    .filter((file) => file.endsWith('.t.sol') && !isCeiling.test(file))
    .map((file) => [file, reachedBy(file, textOf, everySource)]),
);

/** Writes every source with a batch's mutants in it, as texts by file; a mutant's number is its place in the batch, from 1. */
function plantAll(batch: readonly Mutant[]): ReadonlyMap<string, string> {
  const numbers = new Map(batch.map((mutant, at) => [mutant, at + 1]));
  return new Map(
    sources.map((file) => {
      const own = batch.filter((mutant) => mutant.file === file);
      const text = readText(file);
      return [file, own.length === 0 ? text : plantMutants(text, own, (mutant) => numbers.get(mutant) ?? 0)];
    }),
  );
}

/** Leaves out what is no change of one rule, since its types do not fit. */
function leaveOutIllTyped(mutants: readonly Mutant[]): readonly Mutant[] {
  let living = mutants;
  for (;;) {
    const refused = findIllTyped(
      new Map([
        ...listSolidity('solidity').map((file) => [file, readText(file)] as const),
        ...plantAll(living),
        ['@surety/contracts/Mutant.sol', mutantSource],
      ]),
    );
    if (refused.size === 0) return living;
    for (const [at, mutant] of living.entries()) if (refused.has(at + 1)) keep(mutant, 'refused');
    living = living.filter((_, at) => !refused.has(at + 1));
  }
}

/** Compiles a batch in the copy. */
async function compileBatch(room: string, batch: readonly Mutant[], files: readonly string[]): Promise<void> {
  for (const [file, text] of plantAll(batch)) {
    const target = path.join(room, file);
    if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
  const { code, text } = await forgeIn(room, ['test', '--match-path', globOf(files), '--list']);
  if (code !== 0) throw new Error(`the mutants do not compile:\n${text}`);
}

/** The test that noticed a mutant, and its suite's file if it is known. */
interface Killer {
  readonly test: string;
  readonly file?: string;
}

function reportOf({ text }: RoomRun): Report {
  const report = parseReport(text);
  if (report === undefined) throw new Error(`forge printed no report:\n${text.slice(0, 4000)}`);
  return report;
}

/** Returns the first test that failed, or undefined. */
function findKiller(run: RoomRun): Killer | undefined {
  if (run.timedOut) return { test: 'a test that never ends' };
  const failed = testsOf(reportOf(run)).find(({ result }) => result.status === 'Failure');
  return failed === undefined ? undefined : { file: failed.file, test: `${failed.contract}.${failed.test}` };
}

const addressOf = (mutant: number): string => `0x${mutant.toString(16).padStart(40, '0')}`;

const globOf = (files: readonly string[]): string => `{${files.join(',')}}`;

const isNear = ({ file }: Mutant, suite: string): boolean => near[file.split('/')[1] ?? '']?.test(suite) ?? false;

/** Number of mutants that each suite noticed, by source. */
const tally = new Map<string, Map<string, number>>();
const countOf = ({ file }: Mutant, suite: string): number => tally.get(file)?.get(suite) ?? 0;

/** Says if no more than one other suite noticed more in a mutant's source. */
function isFirst(mutant: Mutant, suite: string): boolean {
  const better = [...suites.keys()].filter((other) => countOf(mutant, other) > countOf(mutant, suite));
  return countOf(mutant, suite) > 0 && better.length < 2;
}

function countNoticed({ file }: Mutant, suite: string): void {
  const own = tally.get(file) ?? new Map<string, number>();
  tally.set(file, own.set(suite, (own.get(suite) ?? 0) + 1));
}

/** One of the runs behind each other, and the suites that it takes. A start of forge costs half a second. */
interface Stage {
  readonly isSlow: boolean;
  readonly suits: (mutant: Mutant, suite: string) => boolean;
}
const stages: readonly Stage[] = [
  { isSlow: false, suits: isFirst },
  { isSlow: false, suits: isNear },
  ...(options.near ? [] : [{ isSlow: false, suits: (mutant: Mutant, suite: string) => !isNear(mutant, suite) }]),
  ...(options.quick
    ? []
    : [{ isSlow: true, suits: (mutant: Mutant, suite: string) => !options.near || isNear(mutant, suite) }]),
];

/** Returns the suites of a stage that can reach a mutant's source. */
const suitesOf = (mutant: Mutant, { suits }: Stage): readonly string[] =>
  [...suites].filter(([suite, reached]) => reached.has(mutant.file) && suits(mutant, suite)).map(([suite]) => suite);

/** Arguments of forge with one mutant alive; 0 is none. */
const argsOf = (
  mutant: number,
  files: readonly string[],
  isSlow: boolean,
  exceptions: readonly string[] = [],
): readonly string[] => {
  const others = [...(isSlow ? [] : [slow]), ...(exceptions.length > 0 ? [`^(${exceptions.join('|')})\\(`] : [])];
  return [
    'test',
    '--json',
    '--block-coinbase',
    addressOf(mutant),
    '--match-path',
    globOf(files),
    ...(isSlow ? ['--match-test', slow] : []),
    ...(others.length > 0 ? ['--no-match-test', others.join('|')] : []),
  ];
};

/** Names the tests that fail with no mutant alive, ceilings that the guards pass, and says what time is beyond all measure. */
async function findFailing(
  room: string,
  files: readonly string[],
  isSlow: boolean,
): Promise<{ readonly tests: readonly string[]; readonly limitS: number }> {
  const began = Date.now();
  const run = await forgeIn(room, argsOf(0, files, isSlow));
  const failing = testsOf(reportOf(run)).filter(({ result }) => result.status === 'Failure');
  const broken = failing.find(({ test }) => test === 'setUp');
  // It would count as the killer of every mutant.
  if (broken !== undefined)
    throw new Error(`${broken.suite} fails with no mutant alive: ${broken.result.reason ?? 'without a reason'}`);
  const tests = failing.map(({ test }) => test);
  if (tests.length > 0) say(`left out, since they fail with no mutant alive: ${tests.join(', ')}`);
  return { tests, limitS: 60 + (ENDLESS * (Date.now() - began)) / 1000 };
}

/** Brings one mutant to life, stage by stage, and keeps what came of it. `failingOf` says what fails without it. */
async function runMutant(
  room: string,
  mutant: Mutant,
  place: number,
  failingOf: (isSlow: boolean) => ReturnType<typeof findFailing>,
): Promise<void> {
  let killer: Killer | undefined;
  for (const stage of stages) {
    const files = suitesOf(mutant, stage);
    const { tests, limitS } = await failingOf(stage.isSlow);
    const args = [...argsOf(place, files, stage.isSlow, tests), '--fail-fast'];
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
}

async function runBatch(room: string, batch: readonly Mutant[]): Promise<void> {
  const began = Date.now();
  const compiled = [...new Set(batch.flatMap((mutant) => stages.flatMap((stage) => suitesOf(mutant, stage))))];
  say(`compiling ${batch.length} mutants …`);
  await compileBatch(room, batch, compiled);
  say(`${batch.length} mutants are ready after ${secondsSince(began)}`);
  const failing = new Map<boolean, ReturnType<typeof findFailing>>();
  // Asked when the first mutant needs it: what fails at once costs no slow test.
  const failingOf = (isSlow: boolean): ReturnType<typeof findFailing> => {
    const found = failing.get(isSlow) ?? findFailing(room, compiled, isSlow);
    failing.set(isSlow, found);
    return found;
  };
  await runLanes(
    options.jobs,
    batch.map((mutant, at) => () => runMutant(room, mutant, at + 1, failingOf)),
  );
}

const started = Date.now();
// What a quick look leaves alive goes on.
const isOpen = ({ name }: Mutant): boolean => !outcomes.has(name) || (!options.quick && outcomes.get(name) === looked);
const open = leaveOutIllTyped(wanted.filter(isOpen));
say(`${wanted.length} of ${all.length} places, ${open.length} mutants to run`);
if (open.length > 0) {
  const { scratch, room } = makeRoom();
  try {
    for (let at = 0; at < open.length; at += options.batch) await runBatch(room, open.slice(at, at + options.batch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const real = wanted.filter(({ name }) => outcomes.get(name) !== 'refused');
reportMutants(
  {
    mutants: real,
    survivors: real.filter(isAlive),
    argued,
    describe,
    group: 'source',
    groupOf: ({ file }) => file.replace('solidity/', ''),
    note: `; ${wanted.length - real.length} more do not compile. ${all.length} places in all; ${secondsSince(started)}.`,
  },
  options,
  {
    campaign: 'mutants of the contracts',
    shows: 'the tests notice a changed rule',
    command: 'npm run contracts:mutate --',
    flags: [options.near ? '--near' : '', options.quick ? '--quick' : ''],
  },
);
