import {
  type RunningProcess,
  awaitReadiness,
  followLock,
  lockTokens,
  readHealth,
  readMetric,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from '../e2e/start-line.js';

const WITHIN_MS = 60_000;
const BROKEN = 901;
const WHOLE = 902;
/** Blocks that go away; two are not final. */
const DEPTH = 12;
let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

const WATCHERS = Array.from({ length: ATTESTERS }, (_, at) => at + 1);

function watcherOf(number: number): RunningProcess {
  const watcher = line.devnet.running('watcher', number);
  if (watcher === undefined) throw new Error(`watcher ${number} was never started`);
  return watcher;
}

async function awaitHalted(number: number): Promise<void> {
  await waitUntil({
    what: `watcher ${number} halted for chain ${BROKEN}`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const { reasons } = await readHealth(watcherOf(number));
      return reasons.some(({ code, detail }) => code.includes('HALT') && detail.includes(String(BROKEN))) || undefined;
    },
  });
}

function signedBy(number: number): Promise<number> {
  return readMetric(watcherOf(number), 'surety_statements_signed_total', { chain_id: String(BROKEN) });
}

async function awaitDeath(number: number): Promise<NodeJS.Signals | null> {
  return watcherOf(number).ended;
}

test('a final block that is contradicted halts its chain for good, even for watchers that die over it, and no other chain', async () => {
  const { devnet } = line;
  const first = await lockTokens(devnet.network, { chainId: BROKEN, by: 'alice', asset: 'USDC', units: 50_000_000n });
  await followLock(devnet, { chainId: BROKEN, lock: first, withinMs: WITHIN_MS });
  // Two die while the halt is detected and before it is recorded, and right after it was: a power cut between them.
  for (const [number, point] of [
    [1, 'watcher.halt.detected'],
    [2, 'watcher.halt.recorded'],
  ] as const) {
    await watcherOf(number).kill();
    await awaitReadiness(await devnet.start('watcher', number, { SURETY_CRASH_AT: point }), WITHIN_MS);
  }
  const second = await lockTokens(devnet.network, { chainId: BROKEN, by: 'alice', asset: 'USDC', units: 50_000_000n });
  await followLock(devnet, { chainId: BROKEN, lock: second, withinMs: WITHIN_MS });
  const node = devnet.network.nodes.get(BROKEN);
  await node?.call('anvil_reorg', [DEPTH, []]);
  expect(await Promise.all([1, 2].map(awaitDeath))).toEqual(['SIGKILL', 'SIGKILL']);
  await Promise.all([3, 4].map(awaitHalted));
  await Promise.all([1, 2].map((number) => devnet.start('watcher', number)));
  await Promise.all(WATCHERS.map(awaitHalted));
  // A halt outlives any number of power cuts, and whatever the chain shows later.
  for (const number of WATCHERS) {
    await watcherOf(number).kill();
    await devnet.start('watcher', number);
  }
  await Promise.all(WATCHERS.map(awaitHalted));
  const height = (await devnet.network.readers.get(BROKEN)?.getBlockNumber({ cacheTime: 0 })) ?? 0n;
  await lockTokens(devnet.network, { chainId: BROKEN, by: 'alice', asset: 'USDC', units: 50_000_000n });
  const whole = await lockTokens(devnet.network, { chainId: WHOLE, by: 'bob', asset: 'USDC', units: 50_000_000n });
  const { entry } = await followLock(devnet, { chainId: WHOLE, lock: whole, withinMs: WITHIN_MS });
  expect(entry.stage).toBe('applied');
  await waitUntil({
    what: 'ten blocks of the broken chain',
    withinMs: WITHIN_MS,
    probe: async () =>
      ((await devnet.network.readers.get(BROKEN)?.getBlockNumber({ cacheTime: 0 })) ?? 0n) >= height + 10n || undefined,
  });
  // Counted from their last start on: not one.
  expect(await Promise.all(WATCHERS.map(signedBy))).toEqual([0, 0, 0, 0]);
});
