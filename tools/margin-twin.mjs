// Compares the margins of Solidity and TypeScript over random cases: `npm run margin:twin -- --books 1000000 --seed 7`.
// Rounds of cases are drawn and worked out by the engine (test/src/twin) while forge has the contracts answer the round before
// (packages/contracts/test/twin). Exit 1 at the first case with another integer: its seed, the case and the integers are
// printed. `--minutes` ends it after the round of that minute, `--from` goes on behind as many cases (whole rounds of
// 102,400); `--write` renews the files in packages/contracts/vectors instead.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  packageRoot,
  readOptions,
  refuse,
  runCommand,
  runForge,
  secondsSince,
  table,
  thousands,
} from './contracts/campaign.mjs';
import { recordCampaign } from './evidence.mjs';
import { at } from './steps.mjs';

const CHUNK = 256;
const CHUNKS_IN_FILE = 40;
const CHUNKS_IN_ROUND = 10 * CHUNKS_IN_FILE;

/** What is compared: the test that asks the contracts, and the variable that names its files. */
const KINDS = {
  books: {
    suite: 'MarginTwin',
    variable: 'SURETY_TWIN_BOOKS',
    counts: ['books', 'lines', 'weighed by the ledger too'],
  },
  pricing: {
    suite: 'PricingTwin',
    variable: 'SURETY_TWIN_PRICING',
    counts: ['prices and requirements', 'options', 'perpetuals', 'whole accounts'],
  },
};

const options = readOptions({
  books: 100_000,
  pricing: 100_000,
  from: 0,
  seed: 1,
  minutes: 0,
  what: 'all',
  write: false,
  record: false,
});
const kinds = Object.keys(KINDS).filter((kind) => options.what === 'all' || options.what === kind);
if (kinds.length === 0) refuse(`--what is ${options.what}; expected all, ${Object.keys(KINDS).join(', ')}`);
for (const kind of kinds) if (options[kind] < 1) refuse(`--${kind} is 0; expected a whole number from 1`);
for (const kind of kinds) {
  const rounds = Math.ceil(options[kind] / (CHUNK * CHUNKS_IN_ROUND));
  if (Math.floor(options.from / CHUNK / CHUNKS_IN_ROUND) >= rounds)
    refuse(`--from ${options.from} leaves none of ${options[kind]} ${kind}; --what names one kind alone`);
}
const say = (line) => process.stdout.write(`[twin] ${line}\n`);
const folder = path.join(packageRoot, 'cache/campaign');
const started = Date.now();

/** Runs one test of the engine's part with what it is told by the environment. */
const runEngine = (name, env) =>
  runCommand(
    process.execPath,
    [at('node_modules/vitest/vitest.mjs'), 'run', '--project', 'twin', '--reporter=dot', '-t', name],
    { env, output: 'keep' },
  );

/** Draws the files of one round and gives their paths from the package of the contracts. */
async function drawRound(kind, round, chunks) {
  const prefix = `cache/campaign/twin-${kind}-${round % 2}`;
  const { code, text } = await runEngine('has its cases written', {
    SURETY_TWIN_WHAT: kind,
    SURETY_TWIN_SEED: String(options.seed),
    SURETY_TWIN_FIRST: String(round * CHUNKS_IN_ROUND),
    SURETY_TWIN_CHUNKS: String(chunks),
    SURETY_TWIN_OUT: path.join(packageRoot, prefix),
  });
  if (code !== 0) refuse(`the engine's part failed:\n${text}`);
  return Array.from({ length: Math.ceil(chunks / CHUNKS_IN_FILE) }, (_, file) => `${prefix}-${file}.bin`);
}

/** Has the contracts answer the files of one round. Gives what was counted, or undefined once the first case that differs is told. */
async function compareRound(kind, round, files) {
  const { suite, variable } = KINDS[kind];
  const { code, text } = await runForge(
    ['test', '--match-path', `test/twin/${suite}.t.sol`, '--match-test', 'test_every', '-vv'],
    {
      [variable]: files.join(','),
    },
  );
  const [, file, chunk, index, answered] = /TWIN DIFFERS \S+-(\d+)\.bin (\d+) (\d+)\s+(0x[0-9a-f]*)/.exec(text) ?? [];
  if (file !== undefined) {
    const first = round * CHUNKS_IN_ROUND + Number(file) * CHUNKS_IN_FILE + Number(chunk);
    say(`${kind}, seed ${options.seed}, chunk ${first}, case ${index}: the contracts have other integers`);
    const shown = path.join(folder, 'twin-shown.txt');
    await runEngine('shows the case', {
      SURETY_TWIN_WHAT: kind,
      SURETY_TWIN_SEED: String(options.seed),
      SURETY_TWIN_FIRST: String(first),
      SURETY_TWIN_SHOW: JSON.stringify({ index: Number(index), answered }),
      SURETY_TWIN_OUT: shown,
    });
    process.stdout.write(`${readFileSync(shown, 'utf8')}\n`);
    return undefined;
  }
  const counted = /TWIN COUNTS ([\d ]+)/.exec(text)?.[1];
  if (code !== 0 || counted === undefined) refuse(`forge ended with ${code}:\n${text}`);
  return counted.trim().split(' ').map(Number);
}

/** Compares all cases of a kind, or as many as there is time for. Gives what was counted, or undefined if a case differs. */
async function compareKind(kind) {
  const chunks = Math.ceil(options[kind] / CHUNK);
  const rounds = Math.ceil(chunks / CHUNKS_IN_ROUND);
  const chunksOf = (round) => Math.min(CHUNKS_IN_ROUND, chunks - round * CHUNKS_IN_ROUND);
  const totals = KINDS[kind].counts.map(() => 0);
  const isLate = () => options.minutes > 0 && Date.now() - started > options.minutes * 60_000;
  const firstRound = Math.floor(options.from / CHUNK / CHUNKS_IN_ROUND);
  let drawn = drawRound(kind, firstRound, chunksOf(firstRound));
  for (let round = firstRound; round < rounds; ++round) {
    const files = await drawn;
    const isLast = round + 1 === rounds || isLate();
    if (!isLast) drawn = drawRound(kind, round + 1, chunksOf(round + 1));
    const counted = await compareRound(kind, round, files);
    if (counted === undefined) {
      // The engine may still be drawing the next round.
      await drawn;
      return undefined;
    }
    const asked = chunksOf(round) * CHUNK;
    if (counted[0] !== asked) refuse(`forge compared ${thousands(counted[0])} of ${thousands(asked)} ${kind}`);
    counted.forEach((count, place) => (totals[place] += count));
    say(`${kind}: ${thousands(totals[0])} compared, 0 disagreements, ${secondsSince(started)}`);
    if (isLast) break;
  }
  return totals;
}

/** Renews the files that both languages' tests read. */
async function renewVectors() {
  const { code, text } = await runEngine('in their file', { SURETY_TWIN_WRITE: '1' });
  if (code !== 0) refuse(`the files were not written:\n${text}`);
  say('the files in packages/contracts/vectors are those of this engine');
}

/** Prints what was compared, and with `--record` rewrites its row in docs/EVIDENCE.md. */
function report(totals) {
  const rows = kinds.flatMap((kind, place) =>
    KINDS[kind].counts.map((name, count) => [name, thousands(totals[place][count])]),
  );
  const body = [`0 disagreements; ${secondsSince(started)}.`, '', table(['compared', 'count'], rows, [1])].join('\n');
  process.stdout.write(`\n${body}\n`);
  if (!options.record) return;
  const from = options.from === 0 ? '' : ` --from ${options.from}`;
  const flags = kinds.map((kind) => ` --${kind} ${options[kind]}`).join('') + from;
  recordCampaign({
    campaign: `margin twin: ${options.what === 'all' ? 'books and prices' : options.what}`,
    shows: 'Solidity and TypeScript give the same margins and prices to the last unit',
    command: `npm run margin:twin --${flags}${options.what === 'all' ? '' : ` --what ${options.what}`} --seed ${options.seed}`,
    seeds: String(options.seed),
    totals: rows.map(([name, count]) => `${name}: ${count}`).join('; '),
    result: '0 disagreements',
  });
}

if (options.write) await renewVectors();
else {
  mkdirSync(folder, { recursive: true });
  const totals = [];
  for (const kind of kinds) {
    const counted = await compareKind(kind);
    totals.push(counted);
    if (counted === undefined) break;
  }
  for (const file of readdirSync(folder)) if (file.startsWith('twin-')) rmSync(path.join(folder, file));
  if (totals.includes(undefined)) process.exitCode = 1;
  else report(totals);
}
