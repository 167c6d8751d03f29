import { collateralVaultAbi } from '@surety/contracts';
import { ZERO_WORD } from '@surety/domain';
import {
  type ArmedFault,
  type Devnet,
  accountOf,
  assetIndexOf,
  connectWallet,
  followLock,
  lock,
  mintAndApprove,
  plannedOf,
  readHealth,
  readJournalCount,
  readLine,
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

/** Makes some of the four providers of every watcher fail in the same way. */
function arm(providers: readonly number[], faults: readonly ArmedFault[]): void {
  for (let number = 1; number <= ATTESTERS; number++) {
    for (const provider of providers) {
      devnet.proxy.arm(devnet.endpointOf({ role: 'watcher', number, chainId: CHAIN, provider }), faults);
    }
  }
}

async function sumOverWatchers(name: string, labels: Record<string, string> = {}): Promise<number> {
  let sum = 0;
  for (let number = 1; number <= ATTESTERS; number++) {
    const watcher = devnet.running('watcher', number);
    if (watcher !== undefined) sum += await readMetric(watcher, name, labels);
  }
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
  expect(await readJournalCount(network, CHAIN)).toBe(1n);
  await waitUntil({
    what: 'the lock seen',
    withinMs: WITHIN_MS,
    probe: async () => ((await aggregator.readEntry(txHash))[0]?.stage === 'seen' ? true : undefined),
  });
  await node?.call('anvil_reorg', [1, []]);
  expect(await readJournalCount(network, CHAIN)).toBe(0n);
  await node?.call('anvil_mine', ['0x5', '0x1']);
  await node?.startBlocks(1);
  await waitUntil({
    what: 'the dropped lock forgotten',
    withinMs: WITHIN_MS,
    probe: async () => ((await aggregator.readEntry(txHash)).length === 0 ? true : undefined),
  });
  const { edgeId } = plannedOf(network, CHAIN);
  expect(await aggregator.readStatements({ edge: edgeId, after: 0n })).toEqual([]);
  expect(await readLine(network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('bob') })).toBe(0n);
  const mined = await lock(network, { chainId: CHAIN, by: 'bob', asset: 'USDC', units: 500_000_000n });
  const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
  expect(entry.index).toBe(1n);
  expect(await readLine(network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('bob') })).toBe(500_000_000n);
});

describe('one provider of four', () => {
  test.each<[string, ArmedFault]>([
    ['that leaves out logs', { kind: 'drop-logs' }],
    ['that forges logs', { kind: 'forge-logs' }],
    ['that gives another block hash', { kind: 'wrong-block-hash' }],
    ['that forges proofs', { kind: 'forged-proof' }],
    ['that answers nothing', { kind: 'timeout' }],
    ['that is of another chain', { kind: 'wrong-chain-id' }],
  ])('%s changes nothing but a counter', async (_what, fault) => {
    const before = await readLine(devnet.network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('alice') });
    const lies = await sumOverWatchers('surety_provider_events_total', { provider: 'alpha-1' });
    arm([1], [fault]);
    const mined = await lock(devnet.network, { chainId: CHAIN, by: 'alice', asset: 'USDC', units: 100_000_000n });
    const { entry } = await followLock(devnet, { chainId: CHAIN, lock: mined, withinMs: WITHIN_MS });
    expect(entry.attestedBy).toBeGreaterThanOrEqual(entry.quorum);
    expect(await readLine(devnet.network, { chainId: CHAIN, symbol: 'USDC', account: accountOf('alice') })).toBe(
      before + 100_000_000n,
    );
    expect(await sumOverWatchers('surety_provider_events_total', { provider: 'alpha-1' })).toBeGreaterThan(lies);
  });
});

test('two lying providers of four stop every signature, with the reason, until they are healed', async () => {
  arm([1, 2], [{ kind: 'wrong-block-hash' }]);
  const refusals = await waitUntil({
    what: 'every watcher unready',
    withinMs: WITHIN_MS,
    probe: async () => {
      const states = await Promise.all(
        Array.from({ length: ATTESTERS }, async (_, at) => {
          const watcher = devnet.running('watcher', at + 1);
          return watcher === undefined ? undefined : readHealth(watcher);
        }),
      );
      return states.every((state) => state?.ready === false) ? states : undefined;
    },
  });
  for (const state of refusals) expect(state?.reasons.map(({ code }) => code)).toContain('NO_QUORUM');
  const signed = await sumOverWatchers('surety_statements_signed_total', { chain_id: String(CHAIN) });
  const mined = await lock(devnet.network, { chainId: CHAIN, by: 'alice', asset: 'USDC', units: 100_000_000n });
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
