import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIdOf,
  awaitReadiness,
  compareMargins,
  devnetAccount,
  followLock,
  followRelease,
  lockTokens,
  plannedOf,
  readLedgerLine,
  rebuildAggregator,
  requestRelease,
  waitUntil,
  awaitReceipt,
  walletOf,
} from '@surety/devnet';
import type { Address } from '@surety/domain';
import { type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

type Direction = 'to-ledger' | 'to-vault';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const USDC = 1_000_000n;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-rewinds-'));
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(async () => {
  await line?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const surety = (key: string | null, ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...devnet.environmentOf('operator'), ...(key === null ? {} : { SURETY_KEY: key }) });
const statesOf = ({ output }: Answer): string[] =>
  ((output['steps'] ?? []) as { readonly state: string }[]).map(({ state }) => state);
const readerOf = (id: number): PublicClient => devnet.network.readers.get(id) as PublicClient;
const usdcOf = (by: 'alice' | 'bob'): Promise<bigint> =>
  readLedgerLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf(by) });

async function awaitLine(by: 'alice' | 'bob', units: bigint): Promise<void> {
  const probe = async (): Promise<true | undefined> => (await usdcOf(by)) === units || undefined;
  await waitUntil({ what: `${units} on the line of ${by}`, withinMs: WITHIN_MS, probe });
}

const signing = (count: number, direction: Direction, block: string): string[] =>
  `attesters sign-rewind --chain alpha --direction ${direction} --count ${count}${block} --yes`.split(' ');

/** The same by the watcher itself, which goes on running. */
const telling = (count: number, direction: Direction): readonly string[] =>
  fromRunbook(
    '15',
    'npx surety attesters sign-rewind --chain <chain of the vault> --direction <to-ledger|to-vault> --count <count> --tell',
    { '<chain of the vault>': 'alpha', '<to-ledger|to-vault>': direction, '<count>': String(count) },
  );

/** Signs a point as three members do, each with its watcher's own settings while that does not run, and keeps what they wrote. */
async function sign(count: number, direction: Direction): Promise<string[]> {
  const files: string[] = [];
  let block = '';
  for (const number of [1, 2, 3]) {
    const environment = devnet.environmentOf('watcher', number);
    const held = await runSurety(signing(count, direction, block), environment);
    expect(held.refusal?.code).toBe('HISTORY_IN_USE');
    await devnet.running('watcher', number)?.stop();
    const { refusal, output, told } = await runSurety(signing(count, direction, block), environment);
    expect(refusal).toBeUndefined();
    expect(told).toContain(`past it: ${2 - count} entries of the replica are unwound`);
    block = ` --block ${(output['statement'] as { blockNumber: string }).blockNumber}`;
    const file = path.join(folder, `${number}-${direction}.json`);
    writeFileSync(file, JSON.stringify(output));
    files.push(file);
    await awaitReadiness(await devnet.start('watcher', number), WITHIN_MS);
  }
  return files;
}

/** Has the running watchers of three members sign a point, each told a heartbeat after the one before, and keeps what they serve. */
async function tell(count: number, direction: Direction): Promise<string[]> {
  const numbers = [1, 2, 3];
  const pages = new Map<number, string>();
  for (const number of numbers) {
    // No heartbeat has come since the chains began, or since the watcher before was told.
    await nextHeartbeat();
    const told = await runSurety([...telling(count, direction), '--yes'], devnet.environmentOf('watcher', number));
    expect(told.refusal).toBeUndefined();
    pages.set(number, `${devnet.running('watcher', number)?.announced ?? ''}${String(told.output['served'])}`);
  }
  // All three have been told before this one.
  await nextHeartbeat();
  const served = await waitUntil({
    what: 'a block at which all three watchers signed the point',
    withinMs: WITHIN_MS,
    probe: async () => {
      const all = await Promise.all(numbers.map(async (number) => (await fetch(pages.get(number) ?? '')).text()));
      const [first, ...others] = all.map(blocksOf);
      return first?.some((block) => others.every((one) => one.includes(block))) === true ? all : undefined;
    },
  });
  return served.map((page, at) => {
    const file = path.join(folder, `served-${numbers[at]}.json`);
    writeFileSync(file, page);
    return file;
  });
}

/** The blocks of the points that a watcher serves. */
function blocksOf(served: string): string[] {
  const { points } = JSON.parse(served) as { readonly points: readonly { statement: { blockHash: string } }[] };
  return points.map(({ statement }) => statement.blockHash);
}

/** Moves every chain past its next heartbeat, ten minutes on. */
async function nextHeartbeat(): Promise<void> {
  for (const node of devnet.network.nodes.values()) await node.call('evm_increaseTime', [600]);
}

/** The names that statements carry, to the ledger and to the vault, and the first names of both journals. */
async function namesNow(): Promise<{ readonly present: readonly string[]; readonly first: readonly string[] }> {
  const { ledger } = devnet.network.plan.settlement;
  const [, edge, outbound] = await readerOf(SETTLEMENT_CHAIN_ID).readContract({
    address: ledger,
    abi: collateralLedgerAbi,
    functionName: 'sourceOf',
    args: [1],
  });
  const { vault: address } = plannedOf(devnet.network, ALPHA);
  const contract = { address, abi: collateralVaultAbi } as const;
  const [there, back] = await Promise.all([
    readerOf(ALPHA).readContract({ ...contract, functionName: 'outboundEdge' }),
    readerOf(ALPHA).readContract({ ...contract, functionName: 'inboundEdge' }),
  ]);
  return { present: [edge, back], first: [there, outbound] };
}

/** Asks for a release of alice's to the token itself, which can never be paid, and gives its name. */
async function releaseToNobody(units: bigint): Promise<string> {
  const { network } = devnet;
  const token = network.tokens.get(ALPHA)?.USDC as Address;
  const hash = await walletOf(network, SETTLEMENT_CHAIN_ID, 'alice').writeContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'requestRelease',
    args: [accountOf('alice'), assetIdOf(network, { chainId: ALPHA, asset: 'USDC' }), units, pad(token), 0n],
  });
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
  return `${plannedOf(network, ALPHA).returnEdgeId}:2`;
}

async function awaitStage(id: string, stage: string): Promise<void> {
  const probe = async (): Promise<true | undefined> =>
    (await devnet.aggregator.readEntry(id))[0]?.stage === stage || undefined;
  await waitUntil({ what: `${id} ${stage}`, withinMs: WITHIN_MS, probe });
}

test('both replicas are rewound: what lay past the points counts once, and everybody follows, even an aggregator that dies over it', async () => {
  const { network, aggregator } = devnet;
  const { edgeId, returnEdgeId } = plannedOf(network, ALPHA);
  const first = await lockTokens(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 10_000n * USDC });
  await followLock(devnet, { chainId: ALPHA, lock: first, withinMs: WITHIN_MS });
  const release = await requestRelease(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 100n * USDC });
  const stuck = await releaseToNobody(50n * USDC);
  const second = await lockTokens(network, { chainId: ALPHA, by: 'bob', asset: 'USDC', units: 3_000n * USDC });
  await Promise.all([
    followRelease(devnet, { release, withinMs: WITHIN_MS }),
    followLock(devnet, { chainId: ALPHA, lock: second, withinMs: WITHIN_MS }),
    awaitStage(stuck, 'claimable'),
  ]);

  // The points lie before bob's lock and before the release that waits: both are unwound, and come again. One is signed while the watchers
  // do not run, the other by the watchers themselves.
  const files = await sign(1, 'to-ledger');
  const back = await tell(1, 'to-vault');
  const migrate = (key: string | null, of: readonly string[], ...more: string[]): Promise<Answer> =>
    surety(key, 'migrate', 'rewind', ...of, ...more);
  const mixed = await migrate(null, [...files.slice(1), back[0] ?? ''], '--dry-run');
  expect(mixed.refusal?.message).toContain('expected one point in all of them');
  const dry = await migrate(null, files, '--dry-run');
  expect([dry.code, dry.refusal, dry.output['isDone']]).toEqual([0, undefined, false]);
  expect(statesOf(dry).slice(0, 3)).toEqual(['done', 'open', 'later']);
  // Anyone marks; the governor's act is left to it; then anyone unwinds.
  const left = await migrate(devnetAccount('bob').key, files, '--yes');
  expect([left.refusal, statesOf(left).slice(0, 3)]).toEqual([undefined, ['done', 'sent', 'left']]);
  // The aggregator dies as soon as it has stored the first rewind, and goes on from there.
  await devnet.running('aggregator')?.kill();
  const dying = await devnet.start('aggregator', 1, { SURETY_CRASH_AT: 'aggregator.edge.rewound' });
  await awaitReadiness(dying, WITHIN_MS);
  const governor = devnetAccount('governor').key;
  for (const of of [files, back]) {
    const done = await migrate(governor, of, '--yes');
    expect([done.code, done.refusal, done.output['isDone']]).toEqual([0, undefined, true]);
    if (of !== files) continue;
    expect(await dying.ended).toBe('SIGKILL');
    await devnet.start('aggregator');
  }
  expect([await usdcOf('alice'), await usdcOf('bob')]).toEqual([9_850n * USDC, 3_000n * USDC]);
  const { present, first: journals } = await namesNow();
  expect(journals).toEqual([edgeId, returnEdgeId]);
  expect(present.filter((name) => journals.includes(name))).toEqual([]);

  await lockTokens(network, { chainId: ALPHA, by: 'bob', asset: 'USDC', units: 500n * USDC });
  await awaitLine('bob', 3_500n * USDC);
  // Frames are signed where a journal grew, and at heartbeats: what waits comes again with the next release, or ten minutes later.
  const last = await requestRelease(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 25n * USDC });
  await Promise.all([awaitStage(stuck, 'claimable'), followRelease(devnet, { release: last, withinMs: WITHIN_MS })]);
  for (const name of ['alice', 'bob'] as const) {
    const margin = await waitUntil({
      what: `the margin of ${name} folded`,
      withinMs: WITHIN_MS,
      probe: async () => {
        const seen = await compareMargins(devnet, accountOf(name));
        return JSON.stringify(seen.onChain, text) === JSON.stringify(seen.overHttp, text) ? seen : undefined;
      },
    });
    expect(margin.onChain).toEqual(margin.overHttp);
  }
  const { hashBefore, hashAfter } = await rebuildAggregator(devnet);
  expect(hashAfter).toBe(hashBefore);
  const status = await aggregator.readStatus();
  expect(status.selfCheck).toMatchObject({ differences: 0 });
});

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
