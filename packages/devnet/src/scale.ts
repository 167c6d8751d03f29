import { bulkOwner, lockInBulk } from './acts/lock-in-bulk.js';
import { measureReadsApart } from './acts/measure-reads.js';
import { campaignRoles, onCampaignDevnet, startRoles } from './campaign-devnet.js';
import { readNumbers } from './campaign-numbers.js';
import { readResidentMemory } from './processes/resident-memory.js';
import { waitUntil } from './processes/wait-until.js';
import type { Devnet, ProcessRole } from './start-devnet.js';
import { awaitReadiness } from './processes/await-readiness.js';
import { createNarrator } from './story/narrator.js';

const CHAIN_ID = 901;
const ROLES = campaignRoles();
/** Six dollars: above the smallest lock, and far below the cap for any count here. */
const UNITS = 6_000_000n;
const APPLIED_WITHIN_MS = 3_600_000;
const LOAD = { perSecond: 500, seconds: 30 } as const;
/** Visits the owners in an order that no cache follows: it shares no factor with a round number. */
const STRIDE = 7_919;

const { locks: count, owners } = readNumbers({
  usage: 'usage: npm run scale [-- --locks <n>] [-- --owners <n>]; expected whole numbers from 1',
  defaults: { locks: 100_000, owners: 5_000 },
  isSound: (told) => [told.locks, told.owners].every((one) => Number.isSafeInteger(one) && one > 0),
});
const started = Date.now();
const narrator = createNarrator((line) => process.stdout.write(`${line}\n`), started);
await onCampaignDevnet('scale', { blockSeconds: 1, tell: (line) => narrator.line(line) }, runScale);

/** Locks many times, waits until all of it is applied, and measures reads of margins, memory and the way back after a kill. */
async function runScale(net: Devnet): Promise<void> {
  narrator.chapter(`${count} locks by ${owners} owners`);
  await startRoles(net, ROLES);
  await lockInBulk(net.network, {
    chainId: CHAIN_ID,
    count,
    owners,
    units: UNITS,
    progress: (mined) => narrator.line(`${mined} of ${count} locks mined`),
  });
  const minedMs = Date.now();
  await waitUntil({
    what: `all ${count} entries applied`,
    withinMs: APPLIED_WITHIN_MS,
    everyMs: 2_000,
    probe: async () => {
      const edge = (await net.aggregator.readEdges()).find((one) => one.originChainId === CHAIN_ID);
      narrator.line(`held ${edge?.entryCount}, attested ${edge?.attestedCount}, applied ${edge?.appliedCount}`);
      return edge !== undefined && edge.appliedCount >= BigInt(count) ? true : undefined;
    },
  });
  const caughtUpS = Math.round((Date.now() - minedMs) / 1000);
  const beside = await readMargins(net);
  const memory = ROLES.map(([role, number]) => memoryRow(net, role, number));
  const back = [await restart(net, 'aggregator'), await restart(net, 'watcher')];
  narrator.chapter('figures');
  narrator.table([['process', 'resident MiB', 'peak MiB'], ...memory]);
  narrator.table([['after kill -9', 'ready again in ms'], ...back]);
  narrator.line(`beside all others, ${beside}`);
  // Elsewhere these run on machines of their own.
  for (const [role, number] of ROLES) if (role !== 'aggregator') await net.running(role, number)?.kill();
  narrator.line(`with the other processes ended, ${await readMargins(net)}`);
  narrator.line(
    `everything applied ${caughtUpS} s after the last lock was mined; whole run ${Math.round((Date.now() - started) / 1000)} s`,
  );
}

/** Reads margins of many owners at a fixed rate, and says how long that took. */
async function readMargins(net: Devnet): Promise<string> {
  const { origin } = net.aggregator;
  const { perSecond, seconds } = LOAD;
  const urls = Array.from(
    { length: perSecond * seconds },
    (_, read) => `${origin}/v1/accounts/${bulkOwner(read * STRIDE, owners)}/margin`,
  );
  const { reads, failed, p50, p99, most } = await measureReadsApart({ urls, perSecond });
  const [half, ninetyNine, slowest] = [p50, p99, most].map((ms) => `${ms.toFixed(1)} ms`);
  return `${reads} margins read at ${perSecond} a second, ${failed} failed: half within ${half}, 99 of 100 within ${ninetyNine}, the slowest ${slowest}`;
}

function memoryRow(net: Devnet, role: ProcessRole, number: number): string[] {
  const { nowMib, peakMib } = readResidentMemory(net.running(role, number)?.pid ?? 0);
  return [`${role} ${number}`, String(nowMib), String(peakMib)];
}

async function restart(net: Devnet, role: ProcessRole): Promise<string[]> {
  await net.running(role)?.kill();
  const killedMs = Date.now();
  await awaitReadiness(await net.start(role), 60_000);
  return [role, String(Date.now() - killedMs)];
}
