// Compares the margins of Solidity and TypeScript over random cases. Rounds of cases are drawn and worked out by the engine
// (test/src/twin) while forge has the contracts answer the round before (packages/contracts/test/twin).
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packageRoot, runForge } from '../contracts/forge.js';
import { table, thousands } from '../markdown.js';
import { flag, number, readOptions, record, refuse, text } from '../options.js';
import { recordCampaign } from '../record.js';
import { type runCommand, secondsSince } from '../steps.js';
import { runVitest } from '../vitest.js';

const CHUNK = 256;
const CHUNKS_IN_FILE = 40;
const CHUNKS_IN_ROUND = 10 * CHUNKS_IN_FILE;

/** Comparisons: the test that asks the contracts, the variable that names its files, and what it counts, cases first. */
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
} as const;
type Kind = keyof typeof KINDS;
const all = Object.keys(KINDS) as readonly Kind[];

const options = readOptions({
  command: 'npm run margin:twin --',
  about:
    'Compares the margins of Solidity and TypeScript over random cases. Exit 1 at the first case with another integer: its seed, the case and the integers are printed.',
  options: {
    books: number(100_000, 'how many books to compare'),
    pricing: number(100_000, 'how many prices and requirements to compare'),
    from: number(0, 'go on behind as many cases, in whole rounds of 102,400'),
    seed: number(1, 'what cases are drawn from'),
    minutes: number(0, 'end after the round of that minute; 0 is no limit'),
    what: text('all', `what to compare: all, ${all.join(', ')}`),
    write: flag('renew the files in packages/contracts/vectors instead'),
    record,
  },
});
const kinds = all.filter((kind) => options.what === 'all' || options.what === kind);
if (kinds.length === 0)
  refuse(`--what: seen ${options.what}, expected all, ${all.join(', ')}; npm run margin:twin -- --help says more`);
for (const kind of kinds)
  if (options[kind] < 1) refuse(`--${kind}: seen 0, expected a whole number from 1; --what names one kind alone`);
for (const kind of kinds) {
  const rounds = Math.ceil(options[kind] / (CHUNK * CHUNKS_IN_ROUND));
  if (Math.floor(options.from / CHUNK / CHUNKS_IN_ROUND) >= rounds)
    refuse(`--from ${options.from} leaves none of ${options[kind]} ${kind}; --what names one kind alone`);
}
const say = (line: string): void => void process.stdout.write(`[twin] ${line}\n`);
const folder = path.join(packageRoot, 'cache/campaign');
const started = Date.now();

/** Runs one test of the engine's part with what it is told by the environment. */
const runEngine = (name: string, env: Readonly<Record<string, string>>): ReturnType<typeof runCommand> =>
  runVitest(['--project', 'twin', '--reporter=dot', '-t', name], { env, output: 'keep' });

/** Draws the files of one round and gives their paths from the package of the contracts. */
async function drawRound(kind: Kind, round: number, chunks: number): Promise<readonly string[]> {
  const prefix = `cache/campaign/twin-${kind}-${round % 2}`;
  const { code, text: printed } = await runEngine('has its cases written', {
    SURETY_TWIN_WHAT: kind,
    SURETY_TWIN_SEED: String(options.seed),
    SURETY_TWIN_FIRST: String(round * CHUNKS_IN_ROUND),
    SURETY_TWIN_CHUNKS: String(chunks),
    SURETY_TWIN_OUT: path.join(packageRoot, prefix),
  });
  if (code !== 0) refuse(`the engine's part failed:\n${printed}`);
  return Array.from({ length: Math.ceil(chunks / CHUNKS_IN_FILE) }, (_, file) => `${prefix}-${file}.bin`);
}

/** Has the contracts answer the files of one round. Returns what was counted, or undefined once the first case that differs is told. */
async function compareRound(
  kind: Kind,
  round: number,
  files: readonly string[],
): Promise<readonly number[] | undefined> {
  const { suite, variable } = KINDS[kind];
  const { code, text: printed } = await runForge(
    ['test', '--match-path', `test/twin/${suite}.t.sol`, '--match-test', 'test_every', '-vv'],
    {
      [variable]: files.join(','),
    },
  );
  const [, file, chunk, index, answered] =
    /TWIN DIFFERS \S+-(\d+)\.bin (\d+) (\d+)\s+(0x[0-9a-f]*)/.exec(printed) ?? [];
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
  const counted = /TWIN COUNTS ([\d ]+)/.exec(printed)?.[1];
  if (code !== 0 || counted === undefined) refuse(`forge ended with ${code}:\n${printed}`);
  return counted.trim().split(' ').map(Number);
}

/** Compares all cases of a kind, or as many as there is time for. Returns what was counted, or undefined if a case differs. */
async function compareKind(kind: Kind): Promise<readonly number[] | undefined> {
  const chunks = Math.ceil(options[kind] / CHUNK);
  const rounds = Math.ceil(chunks / CHUNKS_IN_ROUND);
  const chunksOf = (round: number): number => Math.min(CHUNKS_IN_ROUND, chunks - round * CHUNKS_IN_ROUND);
  const totals: number[] = KINDS[kind].counts.map(() => 0);
  const isLate = (): boolean => options.minutes > 0 && Date.now() - started > options.minutes * 60_000;
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
    if (counted[0] !== asked) refuse(`forge compared ${thousands(counted[0] ?? 0)} of ${thousands(asked)} ${kind}`);
    for (const [place, count] of counted.entries()) totals[place] = (totals[place] ?? 0) + count;
    say(`${kind}: ${thousands(totals[0] ?? 0)} compared, 0 disagreements, ${secondsSince(started)}`);
    if (isLast) break;
  }
  return totals;
}

/** Renews the files that both languages' tests read. */
async function renewVectors(): Promise<void> {
  const { code, text: printed } = await runEngine('in their file', { SURETY_TWIN_WRITE: '1' });
  if (code !== 0) refuse(`the files were not written:\n${printed}`);
  say('the files in packages/contracts/vectors are those of this engine');
}

/** Prints what was compared, and with `--record` rewrites its row in docs/EVIDENCE.md. */
function report(totals: readonly (readonly number[])[]): void {
  const rows = kinds.flatMap((kind, place) =>
    KINDS[kind].counts.map((name, count) => [name, thousands(totals[place]?.[count] ?? 0)]),
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
  const totals: (readonly number[])[] = [];
  for (const kind of kinds) {
    const counted = await compareKind(kind);
    if (counted === undefined) break;
    totals.push(counted);
  }
  for (const file of readdirSync(folder)) if (file.startsWith('twin-')) rmSync(path.join(folder, file));
  if (totals.length < kinds.length) process.exitCode = 1;
  else report(totals);
}
