import {
  COLLATERAL_CHAINS,
  type ProcessRole,
  awaitReadiness,
  readAppliedCount,
  readVaultJournalCount,
  rebuildAggregator,
  waitUntil,
} from '@surety/devnet';
import { listCrashPoints } from '@surety/evidence/crash-points';
import { afterAll, expect, test } from 'vitest';
import { type Line, startLine } from '../e2e/start-line.js';
import { top } from '../tidy/repository.js';
import { findAstray } from './find-astray.js';
import { KillCampaign, type Victim, planKills, summarizeKills } from './kill-campaign.js';
import { readPaidCount, readReleased } from './compare-payments.js';
import { startLockLoad } from './lock-load.js';
import { fillReleaseLines, startReleaseLoad } from './release-load.js';
import { seededRandom } from './seeded-random.js';
import { ELSEWHERE, STAGED, letAge, workOffStaged } from './staged-kills.js';

const SEED = Number(process.env['SURETY_CAMPAIGN_SEED'] ?? 1);
/** Kills beside the staged ones: each point once in the suite, more in `npm run kills`, in rounds that are judged one by one. */
const COUNT = Number(process.env['SURETY_CAMPAIGN_COUNT'] ?? 0);
const ROUND_MAX = 100;
/** A node keeps the state of so many blocks only, and the comparison asks for the state at each lock. */
const ROUNDS_OF_ONE_LINE = 5;
const WATCHERS = 4;
/** The fourth watcher and the second relayer are never killed: the line goes on beside the dying. */
const VICTIMS: readonly Victim[] = [
  { role: 'watcher', number: 1 },
  { role: 'watcher', number: 2 },
  { role: 'watcher', number: 3 },
  { role: 'aggregator', number: 1 },
  { role: 'relayer', number: 1 },
];
const points = listCrashPoints(top).filter(({ name }) => !STAGED.has(name) && !ELSEWHERE.has(name));
const count = COUNT === 0 ? points.length : COUNT;
const rounds = Array.from({ length: Math.ceil(count / ROUND_MAX) }, (_, at) => ({
  round: at + 1,
  kills: Math.min(ROUND_MAX, count - at * ROUND_MAX),
}));
let current: Line | undefined;

afterAll(() => current?.stop());

test.each(rounds)(
  'a process killed at any named point leaves nothing lost, doubled or contradicted (round $round)',
  async ({ round, kills }) => {
    const isFresh = (round - 1) % ROUNDS_OF_ONE_LINE === 0;
    if (isFresh) {
      await current?.stop();
      current = undefined;
    }
    const line = (current ??= await startLine());
    const { devnet } = line;
    const startedMs = Date.now();
    const campaign = new KillCampaign(devnet);
    if (isFresh) await fillReleaseLines(devnet);
    const loads = await Promise.all([
      startLockLoad(devnet.network, { chainId: 901, by: 'bob', perBlock: 3 }),
      startLockLoad(devnet.network, { chainId: 902, by: 'bob', perBlock: 2 }),
    ]);
    const releases = startReleaseLoad(devnet);
    const plan = planKills(points, { count: kills, random: seededRandom(SEED + 1_000 * (round - 1)) });
    await campaign.workOff(VICTIMS, plan);
    const perKillMs = Math.round((Date.now() - startedMs) / campaign.kills.length);
    // What follows takes transactions away: locks alone come in meanwhile.
    await releases.stop();
    if (round === 1) await workOffStaged(campaign, devnet);
    await Promise.all(loads.map((load) => load.stop()));
    for (const { chainId } of COLLATERAL_CHAINS) await awaitAllDone(line, chainId);
    if (round === 1) await letAge(campaign, devnet);
    for (const { role, number } of VICTIMS) await awaitReady(line, role, number);
    const verdict = await findAstray(devnet, WATCHERS);
    const rebuild = await rebuildAggregator(devnet);
    const locks = loads.reduce((sum, { mined }) => sum + mined, 0);
    process.stdout.write(
      `kills: seed ${SEED}, round ${round} of ${rounds.length}, ${locks} locks, one kill in ${perKillMs} ms, ${summarizeKills(campaign.kills, campaign.unreached)}\n` +
        `compared: ${verdict.entries} entries, ${verdict.releases} releases, ${verdict.lines} lines, ${verdict.signedHeads} signed heads; astray: ${verdict.findings.length}; state hash ${rebuild.hashAfter}\n`,
    );
    expect(verdict.findings).toEqual([]);
    expect(rebuild.hashAfter).toBe(rebuild.hashBefore);
    expect(verdict.entries).toBeGreaterThanOrEqual(locks);
    expect(verdict.releases).toBeGreaterThan(10);
    expect(campaign.unreached).toEqual([]);
    const mean = campaign.kills.reduce((sum, { inFlight }) => sum + inFlight, 0) / campaign.kills.length;
    expect(mean).toBeGreaterThanOrEqual(3);
  },
  180_000 + 20_000 * ROUND_MAX,
);

async function awaitReady({ devnet }: Line, role: ProcessRole, number: number): Promise<void> {
  const victim = devnet.running(role, number);
  if (victim !== undefined) await awaitReadiness(victim, 90_000);
}

async function awaitAllDone({ devnet }: Line, chainId: number): Promise<void> {
  const { network } = devnet;
  const [journaled, released] = await Promise.all([
    readVaultJournalCount(network, chainId),
    readReleased(network, chainId),
  ]);
  await waitUntil({
    what: `${journaled} entries of chain ${chainId} applied and ${released.length} releases paid`,
    withinMs: 180_000,
    everyMs: 500,
    probe: async () =>
      ((await readAppliedCount(network, chainId)) >= journaled &&
        (await readPaidCount(network, chainId)) >= released.length) ||
      undefined,
  });
}
