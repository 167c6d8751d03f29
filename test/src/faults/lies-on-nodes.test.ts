import { readFileSync } from 'node:fs';
import {
  type ArmedFault,
  CHAINS,
  COLLATERAL_CHAINS,
  type EndpointCounts,
  type FaultKind,
  READ_KINDS,
  type ReadKind,
  type ProcessRole,
  awaitReadiness,
  listFaults,
  readAppliedCount,
  readHealth,
  readVaultJournalCount,
  readMetric,
  rebuildAggregator,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from '../e2e/start-line.js';
import { readPaidCount, readReleased } from './compare-payments.js';
import { findAstray } from './find-astray.js';
import { startLockLoad } from './lock-load.js';
import { fillReleaseLines, startReleaseLoad } from './release-load.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';

const SEED = Number(process.env['SURETY_CAMPAIGN_SEED'] ?? 1);
/** Answers changed or withheld before the liars fall silent; more in `npm run lies`. */
const LIES = Number(process.env['SURETY_CAMPAIGN_COUNT'] ?? 400);
/** Kinds of lies, by fault and read, that each role hears at least. */
const KINDS_MIN = 8;
/** Time for which a process hears the same lies. */
const TURN_MS = 1_500;
/** Each holds a call up until it times out: left to the campaign of single reads. */
const SLOW: ReadonlySet<FaultKind> = new Set(['timeout', 'stall', 'giant-body']);
const READS = Object.keys(READ_KINDS) as ReadKind[];
const FAULTS = listFaults().filter(({ kind }) => !SLOW.has(kind));
const PROCESSES: readonly { readonly role: ProcessRole; readonly number: number }[] = [
  ...Array.from({ length: ATTESTERS }, (_, at) => ({ role: 'watcher' as const, number: at + 1 })),
  { role: 'aggregator', number: 1 },
  { role: 'relayer', number: 1 },
];
let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

/** Every process has one liar among the four providers of each chain, with a few lies at a time about what it asks. */
function armEverywhere(random: SeededRandom, asked: Map<string, EndpointCounts['calls']>): void {
  const { devnet } = line;
  for (const { role, number } of PROCESSES) {
    for (const { chainId } of CHAINS) {
      const liar = random.between(1, 4);
      const reads = new Set<ReadKind>();
      for (const provider of [1, 2, 3, 4]) {
        const name = devnet.endpointOf({ role, number, chainId, provider });
        const [before = {}, { calls }] = [asked.get(name), devnet.proxy.counts(name)];
        for (const read of READS) if ((calls[read] ?? 0) > (before[read] ?? 0)) reads.add(read);
        asked.set(name, calls);
      }
      for (const provider of [1, 2, 3, 4])
        devnet.proxy.arm(
          devnet.endpointOf({ role, number, chainId, provider }),
          provider === liar ? drawLies(random, reads) : [],
        );
    }
  }
}

/** Draws lies about reads that were made in the turn before: others would hardly be heard. */
function drawLies(random: SeededRandom, reads: ReadonlySet<ReadKind>): ArmedFault[] {
  const fitting = FAULTS.flatMap(({ kind, reads: struck }) =>
    struck.filter((read) => reads.has(read)).map((read) => ({ kind, reads: [read] })),
  );
  if (fitting.length === 0) return [];
  return Array.from({ length: 4 }, (): ArmedFault => ({ ...random.pick(fitting), oneIn: random.pick([1, 1, 2]) }));
}

function countTold(): Map<string, number> {
  const sums = new Map<string, number>();
  const { devnet } = line;
  for (const { role, number } of PROCESSES)
    for (const { chainId } of CHAINS)
      for (const provider of [1, 2, 3, 4])
        for (const [key, count] of Object.entries(
          devnet.proxy.counts(devnet.endpointOf({ role, number, chainId, provider })).told,
        ))
          sums.set(`${role}: ${key}`, (sums.get(`${role}: ${key}`) ?? 0) + count);
  return sums;
}

const totalOf = (sums: ReadonlyMap<string, number>): number => [...sums.values()].reduce((sum, one) => sum + one, 0);

/** Number of kinds of lies that the role heard that heard the fewest. */
function fewestKinds(told: ReadonlyMap<string, number>): number {
  const kinds = (role: ProcessRole): number => [...told.keys()].filter((key) => key.startsWith(role)).length;
  return Math.min(kinds('watcher'), kinds('aggregator'), kinds('relayer'));
}

async function countNoticed(): Promise<number> {
  let sum = 0;
  for (const { role, number } of PROCESSES) {
    const running = line.devnet.running(role, number);
    if (running !== undefined) sum += await readMetric(running, 'surety_provider_events_total');
  }
  return sum;
}

test(
  'a liar among the four providers of every chain of every process changes nothing, whatever it says',
  { timeout: 480_000 + 60 * LIES },
  async () => {
    const { devnet } = line;
    const random = seededRandom(SEED);
    const asked = new Map<string, EndpointCounts['calls']>();
    await fillReleaseLines(devnet);
    const loads = [
      await startLockLoad(devnet.network, { chainId: 901, by: 'bob', perBlock: 2 }),
      await startLockLoad(devnet.network, { chainId: 902, by: 'bob', perBlock: 1 }),
      startReleaseLoad(devnet),
    ];
    await waitUntil({
      what: `${LIES} lies told, ${KINDS_MIN} kinds to each role`,
      withinMs: 120_000 + 60 * LIES,
      everyMs: TURN_MS,
      probe: () => {
        armEverywhere(random, asked);
        const told = countTold();
        return (totalOf(told) >= LIES && fewestKinds(told) >= KINDS_MIN) || undefined;
      },
    });
    devnet.proxy.healAll();
    for (const { role, number } of PROCESSES) {
      const running = devnet.running(role, number);
      if (running?.alive() === true) continue;
      const last = readFileSync(running?.logFile ?? '', 'utf8')
        .trim()
        .split('\n')
        .slice(-5)
        .join('\n');
      throw new Error(`${role} ${number} ended over a lie; its last lines:\n${last}`);
    }
    const [told, noticed] = [countTold(), await countNoticed()];
    await Promise.all(loads.map((load) => load.stop()));
    for (const { role, number } of PROCESSES) {
      const running = devnet.running(role, number);
      if (running === undefined) continue;
      await awaitReadiness(running, 90_000);
      const { reasons } = await readHealth(running);
      expect(reasons.filter(({ code }) => code === 'HALTED')).toEqual([]);
    }
    for (const { chainId } of COLLATERAL_CHAINS) await awaitAllDone(chainId);
    const verdict = await findAstray(devnet, ATTESTERS);
    const { hashBefore, hashAfter } = await rebuildAggregator(devnet);
    const rows = [...told]
      .toSorted(([left], [right]) => left.localeCompare(right))
      .map(([key, count]) => `  ${key.padEnd(46)} ${count}`);
    process.stdout.write(
      `lies on real processes: seed ${SEED}, ${totalOf(told)} told of ${told.size} kinds, ${noticed} noticed as a provider's; ` +
        `${verdict.entries} entries, ${verdict.releases} releases, ${verdict.signedHeads} signed heads; accepted: ${verdict.findings.length}; halts: 0\n${rows.join('\n')}\n`,
    );
    expect(verdict.findings).toEqual([]);
    expect(hashAfter).toBe(hashBefore);
    expect(verdict.entries).toBeGreaterThan(20);
    expect(noticed).toBeGreaterThan(0);
    expect(fewestKinds(told)).toBeGreaterThanOrEqual(KINDS_MIN);
  },
);

async function awaitAllDone(chainId: number): Promise<void> {
  const { network } = line.devnet;
  const [journaled, released] = await Promise.all([
    readVaultJournalCount(network, chainId),
    readReleased(network, chainId),
  ]);
  await waitUntil({
    what: `${journaled} entries of chain ${chainId} applied and ${released.length} releases paid`,
    withinMs: 300_000,
    everyMs: 500,
    probe: async () =>
      ((await readAppliedCount(network, chainId)) >= journaled &&
        (await readPaidCount(network, chainId)) >= released.length) ||
      undefined,
  });
}
