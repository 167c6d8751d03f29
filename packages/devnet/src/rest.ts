// What processes cost while nothing happens: CPU and questions to providers on three chains with a block each second, how long a
// lock then takes to be attested, and how long an aggregator with an existing store takes to be ready.
//   node packages/devnet/dist/rest.js [--seconds 60]
import { setTimeout as sleep } from 'node:timers/promises';
import { followLock } from './acts/follow-lock.js';
import { lockTokens } from './acts/lock.js';
import { campaignRoles, onCampaignDevnet, startRoles } from './campaign-devnet.js';
import { readNumbers } from './campaign-numbers.js';
import { CHAINS, PROVIDERS_PER_CHAIN } from './network/chain-facts.js';
import { readCpuMs } from './processes/cpu-time.js';
import type { Devnet, ProcessRole } from './start-devnet.js';
import { awaitReadiness } from './processes/await-readiness.js';
import { createNarrator } from './story/narrator.js';

/** As many watchers as a head needs signatures. */
const WATCHERS = 3;
const ROLES = campaignRoles(WATCHERS);
const LOCK_CHAIN_ID = 901;
const LOCK_UNITS = 20_000_000n;
const LOCKS = 7;
const STARTS = 5;
/** Work that a start leaves behind is not rest. */
const SETTLE_MS = 10_000;
const WITHIN_MS = 60_000;

const { seconds } = readNumbers({
  usage: 'usage: npm run rest [-- --seconds <n>]; expected a number from 10',
  defaults: { seconds: 60 },
  isSound: (told) => told.seconds >= 10,
});
const narrator = createNarrator((line) => process.stdout.write(`${line}\n`), Date.now());
await onCampaignDevnet('rest', { blockSeconds: 1, tell: (line) => narrator.line(line) }, runRest);

async function runRest(net: Devnet): Promise<void> {
  await startRoles(net, ROLES);
  const attested = await measureLocks(net);
  await sleep(SETTLE_MS);
  narrator.chapter(`${seconds} seconds of rest`);
  const rows = await measureRest(net);
  const ready = await measureStarts(net);
  narrator.chapter('figures');
  narrator.table([['process', 'CPU %', 'questions/s'], ...rows]);
  narrator.table([
    ['ms', 'median', 'least', 'most'],
    ['final block to statement', ...spread(attested)],
    ['aggregator to ready', ...spread(ready.map(({ wallMs }) => wallMs))],
    ['its CPU until then', ...spread(ready.map(({ cpuMs }) => cpuMs))],
  ]);
}

async function measureRest(net: Devnet): Promise<string[][]> {
  const before = ROLES.map((one) => usedBy(net, one));
  const startedMs = performance.now();
  await sleep(seconds * 1_000);
  const elapsedMs = performance.now() - startedMs;
  return ROLES.map(([role, number], at) => {
    const now = usedBy(net, [role, number]);
    const cpu = (100 * (now.cpuMs - (before[at]?.cpuMs ?? 0))) / elapsedMs;
    const asked = (1_000 * (now.asked - (before[at]?.asked ?? 0))) / elapsedMs;
    return [`${role} ${number}`, cpu.toFixed(2), asked.toFixed(1)];
  });
}

function usedBy(net: Devnet, [role, number]: readonly [ProcessRole, number]): { cpuMs: number; asked: number } {
  const endpoints = CHAINS.flatMap(({ chainId }) =>
    Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => net.endpointOf({ role, number, chainId, provider: at + 1 })),
  );
  const asked = endpoints
    .flatMap((name) => Object.values(net.proxy.counts(name).calls))
    .reduce((sum, calls) => sum + calls, 0);
  return { cpuMs: readCpuMs(net.running(role, number)?.pid ?? 0), asked };
}

/** Locks one after the other; gives how long after its block was final each was attested. */
async function measureLocks(net: Devnet): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < LOCKS; at++) {
    const mined = await lockTokens(net.network, {
      chainId: LOCK_CHAIN_ID,
      by: 'alice',
      asset: 'USDC',
      units: LOCK_UNITS,
    });
    const followed = await followLock(net, { chainId: LOCK_CHAIN_ID, lock: mined, withinMs: WITHIN_MS });
    took.push((followed.stageMs.attested ?? Number.NaN) - followed.finalOnChainMs);
  }
  return took;
}

/** Stops the aggregator and starts it again on the same store; gives how long each start took until it said that it is ready. */
async function measureStarts(net: Devnet): Promise<{ wallMs: number; cpuMs: number }[]> {
  const took: { wallMs: number; cpuMs: number }[] = [];
  for (let at = 0; at < STARTS; at++) {
    await net.running('aggregator')?.stop();
    const startedMs = performance.now();
    const started = await net.start('aggregator');
    await awaitReadiness(started, WITHIN_MS);
    took.push({ wallMs: performance.now() - startedMs, cpuMs: readCpuMs(started.pid) });
  }
  return took;
}

function spread(took: readonly number[]): string[] {
  const sorted = [...took].sort((left, right) => left - right);
  return [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((ms) => (ms ?? Number.NaN).toFixed(0));
}
