import { collateralVaultAbi } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import {
  type Devnet,
  accountOf,
  awaitReadiness,
  connectWallet,
  devnetAccount,
  lockTokens,
  readLedgerLine,
  readTokenBalance,
  requestRelease,
  waitUntil,
} from '@surety/devnet';
import { type Hex, stringToHex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const USDC = 1;
const UNIT = 1_000_000n;
const LOCKED = 9_000n * UNIT;
/** With 40,000 a day: up to 200 at once, up to 2,000 after 30 minutes, up to 3,000 after a day. */
const LIMIT_THOUSANDTHS = 40_000_000n;
const MIDDLE = 1_500n * UNIT;
const LARGE = 2_500n * UNIT;
const MIDDLE_DELAY_S = 1_800n;
const LARGE_DELAY_S = 86_400n;
/** Blocks, one a second, in which a relayer that looks twice a second would have paid. */
const BLOCKS_WAITED = 4n;

let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
const aliceLine = (): Promise<bigint> =>
  readLedgerLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') });
const purse = (): Promise<bigint> =>
  readTokenBalance(devnet.network, { ...usdc, holder: devnetAccount('alice').address });

function vaultOnAlpha() {
  const planned = devnet.network.plan.vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  const reader = devnet.network.readers.get(ALPHA);
  const node = devnet.network.nodes.get(ALPHA);
  if (planned === undefined || reader === undefined || node === undefined) throw new TypeError('alpha has a vault');
  return { vault: planned.vault, edge: planned.returnEdgeId, reader, node };
}

/** What the aggregator says of the payments of an edge, as it says it. */
async function paymentsOf(edge: Bytes32): Promise<{
  readonly payments: readonly { seq: string; entry: Hex; readyAt: string; state: string; lane: string | null }[];
  readonly stopped: readonly {
    seq: string;
    state: 'stopped' | 'refunded';
    reason: string | null;
  }[];
}> {
  const answer = await fetch(`${devnet.aggregatorUrl}/v1/edges/${edge}/payments`);
  return (await answer.json()) as Awaited<ReturnType<typeof paymentsOf>>;
}

/** Lets the next block of alpha come at a time, and the relayer look again at once: it has been told to wait for longer. */
async function travelTo(timestampS: bigint): Promise<void> {
  const { node, reader } = vaultOnAlpha();
  await devnet.running('relayer')?.stop();
  await node.call('evm_setNextBlockTimestamp', [`0x${timestampS.toString(16)}`]);
  await node.call('evm_mine', []);
  expect((await reader.getBlock()).timestamp).toBeGreaterThanOrEqual(timestampS);
  await awaitReadiness(await devnet.start('relayer'), WITHIN_MS);
}

test('a stopped payment comes back to its line, and one of the middle lane is paid at its date and not before', async () => {
  const { vault, edge, reader } = vaultOnAlpha();
  const acts = { address: vault, abi: collateralVaultAbi } as const;
  const url = devnet.network.nodes.get(ALPHA)?.url ?? '';
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: LOCKED });
  await waitUntil({
    what: 'the lock credited',
    withinMs: WITHIN_MS,
    probe: async () => ((await aliceLine()) === LOCKED ? true : undefined),
  });
  const kept = await reader.readContract({
    address: vault,
    abi: collateralVaultAbi,
    functionName: 'assetOf',
    args: [USDC],
  });
  const governor = connectWallet(url, ALPHA, 'governor');
  const limits = [USDC, kept.min, kept.cap, LIMIT_THOUSANDTHS] as const;
  const limited = await governor.writeContract({ ...acts, functionName: 'setLimits', args: limits });
  expect(await reader.waitForTransactionReceipt({ hash: limited })).toMatchObject({ status: 'success' });

  for (const units of [MIDDLE, LARGE]) await requestRelease(devnet.network, { ...usdc, by: 'alice', units });
  expect(await aliceLine()).toBe(LOCKED - MIDDLE - LARGE);
  const { payments } = await waitUntil({
    what: 'both releases recorded',
    withinMs: WITHIN_MS,
    probe: async () => {
      const answer = await paymentsOf(edge);
      return answer.payments.length === 2 && answer.payments.every(({ lane }) => lane !== null) ? answer : undefined;
    },
  });
  const [middle, large] = payments;
  if (middle === undefined || large === undefined) throw new TypeError('two payments were listed');
  expect([middle.lane, large.lane, middle.state, large.state]).toEqual(['middle', 'large', 'recorded', 'recorded']);
  const gap = BigInt(large.readyAt) - BigInt(middle.readyAt);
  expect(gap >= LARGE_DELAY_S - MIDDLE_DELAY_S).toBe(true);

  const guardian = connectWallet(url, ALPHA, 'guardian');
  const reason = stringToHex('a stolen key', { size: 32 });
  const stop = { ...acts, functionName: 'stop', args: [BigInt(large.seq), large.entry, reason] } as const;
  const stopped = await reader.waitForTransactionReceipt({ hash: await guardian.writeContract(stop) });
  expect(stopped.status).toBe('success');
  await waitUntil({
    what: 'the stopped release refunded',
    withinMs: WITHIN_MS,
    probe: async () => {
      const answer = await paymentsOf(edge);
      return answer.stopped.some(({ state }) => state === 'refunded') ? answer : undefined;
    },
  });
  expect((await paymentsOf(edge)).stopped).toMatchObject([
    { seq: large.seq, state: 'refunded', reason: 'a stolen key' },
  ]);
  expect(await aliceLine()).toBe(LOCKED - MIDDLE);
  const told = await runSurety(['history', devnetAccount('alice').address], devnet.environmentOf('operator'));
  const changes = told.output['changes'] as { readonly kind: string; readonly delta: string }[];
  expect(changes.map(({ kind }) => kind).filter((kind) => kind !== 'enabled')).toEqual([
    'refunded',
    'released',
    'released',
    'locked',
  ]);
  expect(changes.reduce((sum, { delta }) => sum + BigInt(delta), 0n)).toBe(LOCKED - MIDDLE);
  const { edges } = await devnet.aggregator.readStatus();
  expect(edges.map(({ condition }) => condition)).toEqual(edges.map(() => null));

  const before = await purse();
  const due = BigInt(middle.readyAt);
  await travelTo(due - 60n);
  const height = await reader.getBlockNumber();
  await waitUntil({
    what: 'blocks in which the relayer could have paid',
    withinMs: WITHIN_MS,
    probe: async () => ((await reader.getBlockNumber()) >= height + BLOCKS_WAITED ? true : undefined),
  });
  expect(await purse()).toBe(before);
  const early = { address: vault, abi: collateralVaultAbi, functionName: 'pay' } as const;
  const args = [BigInt(middle.seq), middle.entry, devnetAccount('alice').address] as const;
  await expect(reader.simulateContract({ ...early, args })).rejects.toThrow(/PaymentNotReady/);
  await travelTo(due);
  await waitUntil({
    what: 'the middle payment paid',
    withinMs: WITHIN_MS,
    probe: async () => ((await purse()) > before ? true : undefined),
  });
  expect((await purse()) - before).toBe(MIDDLE);
  const [paid] = await reader.getContractEvents({
    address: vault,
    abi: collateralVaultAbi,
    eventName: 'Paid',
    fromBlock: 0n,
  });
  const paidIn = await reader.getBlock({ blockNumber: paid?.blockNumber ?? 0n });
  expect(paidIn.timestamp).toBeGreaterThanOrEqual(due);
});
