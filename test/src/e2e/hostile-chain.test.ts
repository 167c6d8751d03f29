import { collateralVaultAbi } from '@surety/contracts';
import { ZERO_WORD } from '@surety/domain';
import {
  type ArmedFault,
  type Devnet,
  type Health,
  type ReadKind,
  type RunningProcess,
  accountOf,
  assetIndexOf,
  awaitReadiness,
  connectWallet,
  followLock,
  lockTokens,
  mintAndApprove,
  plannedOf,
  readHealth,
  readVaultJournalCount,
  readLedgerLine,
  readMetric,
  vaultOf,
  waitUntil,
} from '@surety/devnet';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from './start-line.js';

const WITHIN_MS = 60_000;
const CHAIN = 901;
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});

afterEach(() => devnet.proxy.healAll());

afterAll(() => line?.stop());

const WATCHERS = Array.from({ length: ATTESTERS }, (_, at) => at + 1);
const PROVIDERS = [1, 2, 3, 4];

function endpointOf(number: number, provider: number): string {
  return devnet.endpointOf({ role: 'watcher', number, chainId: CHAIN, provider });
}

/** Makes some of the four providers of every watcher fail in the same way. */
function arm(providers: readonly number[], faults: readonly ArmedFault[]): void {
  for (const number of WATCHERS)
    for (const provider of providers) devnet.proxy.arm(endpointOf(number, provider), faults);
}

/**
 * Makes the one provider fail that each watcher asks when it verifies a lock: a watcher stays with one that answered well. A
 * lock shows which one; logs of blocks that are merely seen come from another one perhaps, which is asked at every block.
 */
async function armAsked(read: ReadKind, fault: ArmedFault): Promise<void> {
  const count = (number: number, provider: number): number =>
    devnet.proxy.counts(endpointOf(number, provider)).calls[read] ?? 0;
  const before = WATCHERS.map((number) => PROVIDERS.map((provider) => count(number, provider)));
  const mined = await lockTokens(devnet.network, { chainId: CHAIN, by: 'bob', asset: 'USDC', units: 100_000_000n });
  await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
  for (const number of WATCHERS) {
    const growths = PROVIDERS.map((provider) => ({
      provider,
      growth: count(number, provider) - (before[number - 1]?.[provider - 1] ?? 0),
    }));
    const [asked] = growths.filter(({ growth }) => growth > 0).toSorted((a, b) => a.growth - b.growth);
    if (asked !== undefined) devnet.proxy.arm(endpointOf(number, asked.provider), [fault]);
  }
}

function watcherOf(number: number): RunningProcess {
  const watcher = devnet.running('watcher', number);
  if (watcher === undefined) throw new Error(`watcher ${number} was never started`);
  return watcher;
}

function healthOf(number: number): Promise<Health> {
  return readHealth(watcherOf(number));
}

async function sumOverWatchers(name: string, labels: Record<string, string> = {}): Promise<number> {
  let sum = 0;
  for (const number of WATCHERS) sum += await readMetric(watcherOf(number), name, labels);
  return sum;
}

test('a lock that a reorganisation drops before finality vanishes, and nobody signed it', async () => {
  const { network, aggregator } = devnet;
  const node = network.nodes.get(CHAIN);
  const units = 700_000_000n;
  await mintAndApprove(network, { chainId: CHAIN, by: 'bob', asset: 'USDC', units });
  await node?.startBlocks(0);
  const wallet = connectWallet(node?.url ?? '', CHAIN, 'bob');
  const args = [
    assetIndexOf(network, { chainId: CHAIN, asset: 'USDC' }),
    units,
    accountOf('bob'),
    ZERO_WORD,
    0n,
    0,
  ] as const;
  const txHash = await wallet.writeContract({
    address: vaultOf(network, CHAIN),
    abi: collateralVaultAbi,
    functionName: 'lock',
    args,
    gas: 200_000n,
  });
  await node?.call('evm_mine');
  expect(await readVaultJournalCount(network, CHAIN)).toBe(1n);
  await waitUntil({
    what: 'the lock seen',
    withinMs: WITHIN_MS,
    probe: async () => ((await aggregator.readEntry(txHash))[0]?.stage === 'seen' ? true : undefined),
  });
  await node?.call('anvil_reorg', [1, []]);
  expect(await readVaultJournalCount(network, CHAIN)).toBe(0n);
  await node?.call('anvil_mine', ['0x5', '0x1']);
  await node?.startBlocks(1);
  await waitUntil({
    what: 'the dropped lock forgotten',
    withinMs: WITHIN_MS,
    probe: async () => ((await aggregator.readEntry(txHash)).length === 0 ? true : undefined),
  });
  const { edgeId } = plannedOf(network, CHAIN);
  expect(await aggregator.readStatements({ edge: edgeId, after: 0n })).toEqual([]);
  expect(await readLedgerLine(network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('bob') })).toBe(0n);
  const mined = await lockTokens(network, { chainId: CHAIN, by: 'bob', asset: 'USDC', units: 500_000_000n });
  const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
  expect(entry.index).toBe(1n);
  expect(await readLedgerLine(network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('bob') })).toBe(
    500_000_000n,
  );
});

describe('one provider of four', () => {
  test.each<[string, ReadKind, ArmedFault]>([
    ['leaves out logs', 'logs', { kind: 'drop-logs' }],
    ['forges logs', 'logs', { kind: 'forge-logs' }],
    ['gives another block hash', 'final-block', { kind: 'wrong-block-hash' }],
    ['forges proofs', 'proof', { kind: 'forged-proof' }],
    ['answers nothing', 'proof', { kind: 'timeout' }],
  ])('that %s changes nothing but a counter', async (_what, read, fault) => {
    const { network } = devnet;
    const [symbol, account] = ['USDC', accountOf('alice')];
    const before = await readLedgerLine(network, { chainId: CHAIN, symbol, account });
    const failures = await sumOverWatchers('surety_provider_events_total', { chain_id: String(CHAIN) });
    await armAsked(read, fault);
    const mined = await lockTokens(network, { chainId: CHAIN, by: 'alice', asset: 'USDC', units: 100_000_000n });
    const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
    expect(entry.attestedBy).toBeGreaterThanOrEqual(entry.quorum);
    expect(await readLedgerLine(network, { chainId: CHAIN, symbol, account })).toBe(before + 100_000_000n);
    const failuresAfter = await sumOverWatchers('surety_provider_events_total', { chain_id: String(CHAIN) });
    expect(failuresAfter).toBeGreaterThan(failures);
    for (const number of WATCHERS) expect((await healthOf(number)).ready).toBe(true);
  });
});

test('a relayer starts although the provider that it asks first shows other code', async () => {
  const second = { role: 'relayer', number: 2 } as const;
  devnet.environmentOf(second.role, second.number);
  for (const chainId of [900, 901, 902])
    devnet.proxy.arm(devnet.endpointOf({ ...second, chainId, provider: 1 }), [{ kind: 'other-code' }]);
  const relayer = await devnet.start(second.role, second.number);
  await awaitReadiness(relayer, WITHIN_MS);
  expect(relayer.alive()).toBe(true);
  const { told } = devnet.proxy.counts(devnet.endpointOf({ ...second, chainId: 900, provider: 1 }));
  // Once for each try: a start in which another provider did not answer in time begins again.
  expect(told['other-code of code']).toBeGreaterThanOrEqual(1);
  await relayer.stop();
});

test('two lying providers of four stop every signature, with the reason, until they are healed', async () => {
  arm([1, 2], [{ kind: 'wrong-block-hash' }]);
  const refusals = await waitUntil({
    what: 'every watcher unready',
    withinMs: WITHIN_MS,
    probe: async () => {
      const states = await Promise.all(WATCHERS.map(healthOf));
      return states.every(({ ready }) => !ready) ? states : undefined;
    },
  });
  for (const { reasons } of refusals) expect(reasons.map(({ code }) => code)).toContain('NO_QUORUM');
  const signed = await sumOverWatchers('surety_statements_signed_total', { chain_id: String(CHAIN) });
  const mined = await lockTokens(devnet.network, { chainId: CHAIN, by: 'alice', asset: 'USDC', units: 100_000_000n });
  await waitUntil({
    what: 'six blocks on top of the lock',
    withinMs: WITHIN_MS,
    probe: async () =>
      ((await devnet.network.readers.get(CHAIN)?.getBlockNumber()) ?? 0n) >= mined.height + 6n || undefined,
  });
  expect(await sumOverWatchers('surety_statements_signed_total', { chain_id: String(CHAIN) })).toBe(signed);
  devnet.proxy.healAll();
  const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
  expect(entry.stage).toBe('applied');
});

describe.each([
  ['one lies and two are silent', 1],
  ['two lie alike and two are silent', 2],
])('of four providers %s', (_what, liars) => {
  test('nothing is signed, with the reason, until they are healed', async () => {
    for (const number of WATCHERS) {
      for (const provider of PROVIDERS.slice(0, liars)) {
        devnet.proxy.arm(endpointOf(number, provider), [
          { kind: 'wrong-state-root' },
          { kind: 'forged-proof' },
          { kind: 'forge-logs' },
        ]);
      }
      for (const provider of PROVIDERS.slice(liars, liars + 2))
        devnet.proxy.arm(endpointOf(number, provider), [{ kind: 'timeout' }]);
    }
    await waitUntil({
      what: 'every watcher unready',
      withinMs: WITHIN_MS,
      probe: async () => {
        const states = await Promise.all(WATCHERS.map(healthOf));
        return states.every(({ reasons }) => reasons.some(({ code }) => code === 'NO_QUORUM')) || undefined;
      },
    });
    const signed = await sumOverWatchers('surety_statements_signed_total', { chain_id: String(CHAIN) });
    const mined = await lockTokens(devnet.network, { chainId: CHAIN, by: 'alice', asset: 'USDC', units: 100_000_000n });
    await waitUntil({
      what: 'six blocks on top of the lock',
      withinMs: WITHIN_MS,
      probe: async () =>
        ((await devnet.network.readers.get(CHAIN)?.getBlockNumber()) ?? 0n) >= mined.height + 6n || undefined,
    });
    expect(await sumOverWatchers('surety_statements_signed_total', { chain_id: String(CHAIN) })).toBe(signed);
    devnet.proxy.healAll();
    const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
    expect(entry.stage).toBe('applied');
  });
});
