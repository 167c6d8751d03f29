import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type ArmedFault,
  type FaultKind,
  type FaultProxy,
  type LocalNetwork,
  type ReadKind,
  listFaults,
  startFaultProxy,
  startNetwork,
} from '@surety/devnet';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type TwinnedJournal, openVaultJournal } from './growing-journals.js';
import { LyingReader, PROVIDERS, READS_OF_A_WATCHER, type Reading } from './lying-reader.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';

const SEED = Number(process.env['SURETY_CAMPAIGN_SEED'] ?? 1);
/** Lies that are told and noticed, or refused, before the campaign ends; more in `npm run lies`. */
const BITES = Number(process.env['SURETY_CAMPAIGN_COUNT'] ?? 150);
/** Readings of one reader before a fresh one takes over. */
const LIFE = 40;
/** Readings between two blocks. */
const TURNS_PER_BLOCK = 4;
/** Each waits for a time limit. */
const SLOW: ReadonlySet<FaultKind> = new Set(['timeout', 'stall']);
const JOURNALS = [901];

let directory: string;
let network: LocalNetwork;
let proxy: FaultProxy;
const journals: TwinnedJournal[] = [];

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'surety-lies-'));
  network = await startNetwork({ directory, blockSeconds: 1, attesters: 4 });
  proxy = await startFaultProxy();
  for (const chainId of JOURNALS) journals.push(await openVaultJournal(network, chainId));
});
afterEach(() => proxy?.healAll());
afterAll(async () => {
  for (const journal of journals) await journal.stop();
  await proxy?.stop();
  await network?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Faults of a watcher's reads, each with one read that it strikes. Who stands still says the truth at first: `lies-at-start`. */
const MATRIX = listFaults()
  .filter(({ kind }) => kind !== 'stands-still')
  .flatMap(({ kind, reads }) =>
    reads.filter((read) => READS_OF_A_WATCHER.includes(read)).map((read) => ({ kind, read })),
  );

interface Score {
  readings: number;
  told: number;
  /** Readings in which a lie was told and the reader noticed it, or refused to read. */
  bites: number;
  refused: number;
  readonly byFault: Map<string, { told: number; noticed: number }>;
}

/** Reads once with faults armed, requires the truth or a refusal, and keeps the score. */
async function readUnder(
  reader: LyingReader,
  faults: ReadonlyMap<number, readonly ArmedFault[]>,
  score: Score,
): Promise<Reading> {
  const [toldBefore, noticedBefore] = [reader.told(), reader.noticed()];
  reader.arm(faults);
  const reading = await reader.read();
  reader.arm(new Map());
  const told = [...reader.told()].filter(([key, count]) => count > (toldBefore.get(key) ?? 0)).map(([key]) => key);
  const noticed = reader.noticed().some((count, at) => count > (noticedBefore[at] ?? 0));
  const bit = told.length > 0 && (noticed || reading.kind === 'refused');
  score.readings += 1;
  score.told += told.length > 0 ? 1 : 0;
  score.bites += bit ? 1 : 0;
  score.refused += reading.kind === 'refused' ? 1 : 0;
  for (const key of told) {
    const held = score.byFault.get(key) ?? { told: 0, noticed: 0 };
    score.byFault.set(key, { told: held.told + 1, noticed: held.noticed + (bit ? 1 : 0) });
  }
  if (reading.kind === 'false' || reader.halted())
    throw new Error(`${reading.kind === 'false' ? reading.detail : 'halted'} under ${JSON.stringify([...faults])}`);
  return reading;
}

const freshScore = (): Score => ({ readings: 0, told: 0, bites: 0, refused: 0, byFault: new Map() });

describe.each(JOURNALS.map((chainId, at) => ({ chainId, at })))('the journal of chain $chainId', ({ at }) => {
  test('every lie about every read is told and changes nothing, by one provider of four', async () => {
    const journal = journals[at] as TwinnedJournal;
    const score = freshScore();
    const untold: string[] = [];
    for (const [life, { kind, read }] of MATRIX.entries()) {
      // A fresh reader asks its first provider for what one provider is asked.
      const reader = await LyingReader.open(journal, proxy, life);
      await journal.grow();
      if (read === 'chain-id' || read === 'head-number') reader.arm(new Map([[0, [{ kind, reads: [read] }]]]));
      if (read === 'chain-id' || read === 'head-number') await reader.recheck();
      const reading = await readUnder(reader, new Map([[0, [{ kind, reads: [read] }]]]), score);
      if (reading.kind !== 'truth') throw new Error(`${kind} of ${read} by one provider stopped the reader`);
      if ((reader.told().get(`${kind} of ${read}`) ?? 0) === 0) untold.push(`${kind} of ${read}`);
    }
    process.stdout.write(
      `matrix: ${MATRIX.length} pairs of fault and read, ${score.bites} noticed, untold: ${untold.join(', ')}\n`,
    );
    expect(untold).toEqual([]);
  });

  test(
    'random liars of every number and kind: the truth or nothing, and no halt',
    { timeout: 120_000 + 120 * BITES },
    async () => {
      const journal = journals[at] as TwinnedJournal;
      const random = seededRandom(SEED + at);
      const stopped: string[] = [];
      const scores = { one: freshScore(), 'two alike': freshScore(), 'two apart': freshScore() };
      for (let life = 0; scores.one.bites + scores['two alike'].bites + scores['two apart'].bites < BITES; life++) {
        const reader = await LyingReader.open(journal, proxy, MATRIX.length + life);
        for (let turn = 0; turn < LIFE; turn++) {
          if (turn % TURNS_PER_BLOCK === 0) await journal.grow();
          const mode = random.pick(['one', 'one', 'two alike', 'two apart'] as const);
          const [first, second] = [drawLies(random), drawLies(random)];
          // A lie about what one provider is asked is told by that one.
          const asked = first.flatMap(({ reads = [] }) => reads.flatMap((read) => reader.lastAsked(read) ?? []))[0];
          const others = random.shuffle(PROVIDERS).filter((place) => place !== asked);
          const liars = asked === undefined ? others : [asked, ...others];
          const faults = new Map([[liars[0] ?? 0, first]]);
          if (mode !== 'one') faults.set(liars[1] ?? 1, mode === 'two alike' ? first : second);
          const reading = await readUnder(reader, faults, scores[mode]);
          if (mode === 'one' && reading.kind !== 'truth') stopped.push(JSON.stringify([...faults]));
        }
      }
      report(`random liars, seed ${SEED + at}`, scores);
      expect(stopped).toEqual([]);
      expect(Math.min(...Object.values(scores).map(({ bites }) => bites))).toBeGreaterThan(0);
      expect(scores['two alike'].refused).toBeGreaterThan(0);
    },
  );

  test('one liar and two that are silent, or two liars and two silent: nothing', async () => {
    const journal = journals[at] as TwinnedJournal;
    const random = seededRandom(SEED + 100 + at);
    const score = freshScore();
    const reader = await LyingReader.open(journal, proxy, 1_000_000);
    for (const liars of [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) {
      await journal.grow();
      const places = random.shuffle(PROVIDERS);
      const silence: ArmedFault[] = [{ kind: random.pick(['reset', 'reset', 'timeout'] as const) }];
      const lies = [...drawLies(random), { kind: random.pick(['wrong-block-hash', 'another-history'] as const) }];
      const faults = new Map(places.map((place, order) => [place, order < liars ? lies : silence]));
      for (const place of places.slice(liars + 2)) faults.set(place, []);
      expect((await readUnder(reader, faults, score)).kind).toBe('refused');
    }
    expect(score.refused).toBe(10);
    await journal.grow();
    expect(await readUnder(reader, new Map(), score)).toEqual({ kind: 'truth' });
  });
});

/** One or two lies, each about one read, told always or at every other call; a consistent other history now and then. */
function drawLies(random: SeededRandom): ArmedFault[] {
  if (random.between(1, 20) === 1) return [{ kind: 'another-history' }];
  return Array.from({ length: random.between(1, 2) }, (): ArmedFault => {
    let { kind, read } = random.pick(MATRIX);
    if (SLOW.has(kind) && random.between(1, 8) > 1) ({ kind, read } = random.pick(MATRIX));
    const reads: ReadKind[] = [read];
    return { kind, reads, oneIn: random.between(1, 4) === 1 ? 2 : 1 };
  });
}

function report(title: string, scores: Readonly<Record<string, Score>>): void {
  const lines = Object.entries(scores).map(
    ([name, { readings, told, bites, refused }]) =>
      `  ${name.padEnd(10)} ${readings} readings, ${told} with a lie told, ${bites} bit (noticed or refused), ${refused} refused`,
  );
  const faults = new Map<string, { told: number; noticed: number }>();
  for (const { byFault } of Object.values(scores)) {
    for (const [key, { told, noticed }] of byFault) {
      const kind = key.slice(0, key.indexOf(' of '));
      const held = faults.get(kind) ?? { told: 0, noticed: 0 };
      faults.set(kind, { told: held.told + told, noticed: held.noticed + noticed });
    }
  }
  const rows = [...faults]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([kind, { told, noticed }]) => `  ${kind.padEnd(26)} ${told} told, ${noticed} noticed`);
  process.stdout.write(`${[title, ...lines, ...rows, '  accepted: 0, halts: 0'].join('\n')}\n`);
}
