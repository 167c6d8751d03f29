// A long run under steady load: locks and releases on both collateral chains, reads over HTTP, and the memory of every
// process over time.
//   node packages/devnet/dist/soak.js [--minutes 30] [--warm-up 5]
// Exit codes: 0 everything was paid and memory grew by at most 5 %, 1 not so, 2 wrong use.
import { setTimeout as sleep } from 'node:timers/promises';
import { accountOf, lockTokens } from './acts/lock.js';
import { type MinedRelease, followRelease, requestRelease } from './acts/release.js';
import { campaignRoles, onCampaignDevnet, startRoles } from './campaign-devnet.js';
import { readNumbers } from './campaign-numbers.js';
import { COLLATERAL_CHAINS } from './network/chain-facts.js';
import { readResidentMemory } from './processes/resident-memory.js';
import type { Devnet } from './start-devnet.js';
import { createNarrator } from './story/narrator.js';

const ROLES = campaignRoles();
const LOCK_UNITS = 20_000_000n;
const RELEASE_UNITS = 5_000_000n;
const PAID_WITHIN_MS = 120_000;
/** A lock on each chain in this time, a release in every third round, and reads in between. */
const ROUND_MS = 1_000;
const READS_PER_ROUND = 20;
const SAMPLE_MS = 5_000;
/** Growth that is allowed between the first and the last third after the warm-up, in percent. */
const GROWTH_MAX = 5;

const { minutes, 'warm-up': warmUp } = readNumbers({
  usage: 'usage: npm run soak [-- --minutes <n>] [-- --warm-up <n>]; expected numbers above 0',
  defaults: { minutes: 30, 'warm-up': 5 },
  isSound: (told) => told.minutes > 0 && told['warm-up'] >= 0,
});
const started = Date.now();
const narrator = createNarrator((line) => process.stdout.write(`${line}\n`), started);
const isSteady = await onCampaignDevnet('soak', { blockSeconds: 1, tell: (line) => narrator.line(line) }, soak);
process.exitCode = isSteady ? 0 : 1;

interface Counts {
  locks: number;
  releases: number;
  paid: number;
  reads: number;
  failures: number;
}

async function soak(net: Devnet): Promise<boolean> {
  await startRoles(net, ROLES);
  narrator.chapter(`${warmUp} minutes of warm-up, then ${minutes} minutes`);
  const counts: Counts = { locks: 0, releases: 0, paid: 0, reads: 0, failures: 0 };
  const samples = new Map<string, number[]>(ROLES.map(([role, number]) => [`${role} ${number}`, []]));
  const beginMs = Date.now() + warmUp * 60_000;
  const endMs = beginMs + minutes * 60_000;
  const stop = new AbortController();
  const sampling = sample(net, samples, { beginMs, signal: stop.signal });
  await load(net, counts, endMs);
  stop.abort();
  await sampling;
  const grown = [...samples].map(([name, list]) => growthOf(name, list));
  narrator.chapter('figures');
  narrator.line(
    `${counts.locks} locks, ${counts.releases} releases of which ${counts.paid} paid, ${counts.reads} reads, ${counts.failures} failures`,
  );
  narrator.table([
    ['process', 'samples', 'first third MiB', 'last third MiB', 'growth %'],
    ...grown.map(({ name, samples: held, first, last, percent }) => [
      name,
      String(held),
      first.toFixed(1),
      last.toFixed(1),
      percent.toFixed(1),
    ]),
  ]);
  const worst = Math.max(...grown.map(({ percent }) => percent));
  narrator.line(`largest growth ${worst.toFixed(1)} %, allowed ${GROWTH_MAX} %`);
  return counts.failures === 0 && counts.paid === counts.releases && counts.releases > 0 && worst <= GROWTH_MAX;
}

/** Locks, releases and reads in rounds. Each release is followed to its final payment during the next rounds. */
async function load(net: Devnet, counts: Counts, endMs: number): Promise<void> {
  const following: Promise<void>[] = [];
  for (let round = 0; Date.now() < endMs; round++) {
    const roundMs = Date.now();
    const chainId = COLLATERAL_CHAINS[round % COLLATERAL_CHAINS.length]?.chainId ?? 0;
    await lockTokens(net.network, { chainId, by: 'alice', asset: 'USDC', units: LOCK_UNITS });
    counts.locks += 1;
    if (round % 3 === 2 && round > 60) {
      const release = await requestRelease(net.network, { chainId, by: 'alice', asset: 'USDC', units: RELEASE_UNITS });
      counts.releases += 1;
      following.push(settle(net, release, counts));
    }
    for (let at = 0; at < READS_PER_ROUND; at++) {
      await (at % 2 === 0 ? net.aggregator.readMargin(accountOf('alice')) : net.aggregator.readStatus());
      counts.reads += 1;
    }
    if (round % 60 === 0) narrator.line(`${counts.locks} locks, ${counts.releases} releases, ${counts.paid} paid`);
    await sleep(Math.max(0, ROUND_MS - (Date.now() - roundMs)));
  }
  await Promise.all(following);
}

async function settle(net: Devnet, release: MinedRelease, counts: Counts): Promise<void> {
  try {
    await followRelease(net, { release, withinMs: PAID_WITHIN_MS });
    counts.paid += 1;
  } catch (error) {
    counts.failures += 1;
    narrator.line(error instanceof Error ? error.message : String(error));
  }
}

async function sample(
  net: Devnet,
  samples: Map<string, number[]>,
  until: { beginMs: number; signal: AbortSignal },
): Promise<void> {
  while (!until.signal.aborted) {
    if (Date.now() >= until.beginMs) {
      for (const [role, number] of ROLES) {
        samples.get(`${role} ${number}`)?.push(readResidentMemory(net.running(role, number)?.pid ?? 0).nowMib);
      }
    }
    await sleep(SAMPLE_MS, undefined, { signal: until.signal }).catch(() => undefined);
  }
}

function growthOf(
  name: string,
  list: readonly number[],
): { name: string; samples: number; first: number; last: number; percent: number } {
  const third = Math.max(1, Math.floor(list.length / 3));
  const mean = (part: readonly number[]): number => part.reduce((sum, one) => sum + one, 0) / Math.max(1, part.length);
  const [first, last] = [mean(list.slice(0, third)), mean(list.slice(-third))];
  return { name, samples: list.length, first, last, percent: (100 * (last - first)) / first };
}
