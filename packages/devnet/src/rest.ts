// What processes cost while nothing happens: CPU and questions to providers on three chains with a block each second, how long a
// lock then takes to be attested, and how long an aggregator with an existing store takes to be ready.
//   node packages/devnet/dist/rest.js [--seconds 60]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followLock } from './acts/follow-lock.js';
import { lockTokens } from './acts/lock.js';
import { readNumbers } from './campaign-numbers.js';
import { CHAINS, PROVIDERS_PER_CHAIN } from './network/chain-facts.js';
import { readCpuMs } from './processes/cpu-time.js';
import { type Devnet, type ProcessRole, startDevnet } from './start-devnet.js';
import { awaitReadiness } from './processes/await-readiness.js';
import { createNarrator } from './story/narrator.js';

const ATTESTERS = 4;
/** As many watchers as a head needs signatures. */
const WATCHERS = 3;
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
const directory = mkdtempSync(path.join(tmpdir(), 'surety-rest-'));
const devnet = await startDevnet({
  directory,
  blockSeconds: 1,
  attesters: ATTESTERS,
  tell: (line) => narrator.line(line),
});
try {
  for (const [role, number] of roles()) await awaitReadiness(await devnet.start(role, number), WITHIN_MS);
  const attested = await measureLocks(devnet);
  await sleep(SETTLE_MS);
  narrator.chapter(`${seconds} seconds of rest`);
  const rows = await measureRest(devnet);
  const ready = await measureStarts(devnet);
  narrator.chapter('figures');
  narrator.table([['process', 'CPU %', 'questions/s'], ...rows]);
  narrator.table([
    ['ms', 'median', 'least', 'most'],
    ['final block to statement', ...spread(attested)],
    ['aggregator to ready', ...spread(ready.map(({ wallMs }) => wallMs))],
    ['its CPU until then', ...spread(ready.map(({ cpuMs }) => cpuMs))],
  ]);
} finally {
  await devnet.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function measureRest(net: Devnet): Promise<string[][]> {
  const before = roles().map((one) => usedBy(net, one));
  const startedMs = performance.now();
  await sleep(seconds * 1_000);
  const elapsedMs = performance.now() - startedMs;
  return roles().map(([role, number], at) => {
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

function roles(): readonly (readonly [ProcessRole, number])[] {
  return [
    ['aggregator', 1],
    ['relayer', 1],
    ...Array.from({ length: WATCHERS }, (_, at) => ['watcher', at + 1] as const),
  ];
}
