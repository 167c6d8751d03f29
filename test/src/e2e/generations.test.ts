import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type Devnet,
  type DevnetKey,
  type Role,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIdOf,
  awaitReadiness,
  compareMargins,
  devnetAccount,
  followLock,
  followRelease,
  lock,
  plannedOf,
  readHealth,
  readLine,
  rebuildAggregator,
  requestRelease,
  waitUntil,
} from '@surety/devnet';
import type { Address, Bytes32 } from '@surety/domain';
import { type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { requireSuccess, walletOf } from './sign-and-apply.js';
import { ATTESTERS, type Line, startLine } from './start-line.js';

type Direction = 'to-ledger' | 'to-vault';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const USDC = 1_000_000n;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-generations-'));
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
  readLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf(by) });

async function awaitLine(by: 'alice' | 'bob', units: bigint): Promise<void> {
  const probe = async (): Promise<true | undefined> => (await usdcOf(by)) === units || undefined;
  await waitUntil({ what: `${units} on the line of ${by}`, withinMs: WITHIN_MS, probe });
}

/** Signs a point with one member's key, as that member's person does, and keeps what it wrote. */
async function sign(member: DevnetKey, count: number, direction: Direction = 'to-ledger'): Promise<string> {
  const { code, output, refusal, told } = await surety(member.key, ...signing(count, direction), '--yes');
  expect([code, refusal]).toEqual([0, undefined]);
  expect(told).toContain(`past it: ${2 - count} entries of the journal are appended again`);
  const file = path.join(folder, `${member.address}-${direction}-${count}.json`);
  writeFileSync(file, JSON.stringify(output));
  return file;
}

/** The edges' names of now, each as both of its ends say. */
async function edgesOfNow(): Promise<readonly [readonly [string, string], readonly [string, string]]> {
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
  return [
    [edge, there],
    [outbound, back],
  ];
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
  await requireSuccess(network, SETTLEMENT_CHAIN_ID, hash);
  return `${plannedOf(network, ALPHA).returnEdgeId}:2`;
}

async function awaitStage(id: string, stage: string): Promise<void> {
  const probe = async (): Promise<true | undefined> =>
    (await devnet.aggregator.readEntry(id))[0]?.stage === stage || undefined;
  await waitUntil({ what: `${id} ${stage}`, withinMs: WITHIN_MS, probe });
}

/** Gives the heads that a migration says the configuration needs. */
function headsOf({ output }: Answer): { readonly toLedger: string[]; readonly toVault: string[] } {
  const told = (output['afterwards'] as string[]).find((one) => one.includes('closedHeads')) ?? '{}';
  return (JSON.parse(told.slice(told.indexOf('{'))) as { closedHeads: ReturnType<typeof headsOf> }).closedHeads;
}

/** Writes the generations of now into the configuration and starts every process anew. */
async function configure(closedHeads: ReturnType<typeof headsOf>): Promise<void> {
  const { configFile } = devnet.network;
  const change = { generation: 1, closedHeads };
  const network = JSON.parse(readFileSync(configFile, 'utf8')) as { chains: { chainId: number; vault?: object }[] };
  Object.assign(network.chains.find(({ chainId }) => chainId === ALPHA)?.vault ?? {}, change);
  writeFileSync(configFile, JSON.stringify(network));
  const roles: readonly (readonly [Role, number])[] = [
    ['aggregator', 1],
    ['relayer', 1],
    ...Array.from({ length: ATTESTERS }, (_, at): [Role, number] => ['watcher', at + 1]),
  ];
  const again = roles.map(async ([role, number]) => {
    await devnet.running(role, number)?.stop();
    return devnet.start(role, number);
  });
  for (const one of await Promise.all(again)) await awaitReadiness(one, WITHIN_MS);
}

test('both edges go on as their next generations: what lay past the points counts once, and everybody follows', async () => {
  const { network, aggregator } = devnet;
  const before = plannedOf(network, ALPHA).edgeId;
  const first = await lock(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 10_000n * USDC });
  await followLock(devnet, { chainId: ALPHA, lock: first, withinMs: WITHIN_MS });
  const release = await requestRelease(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 100n * USDC });
  const stuck = await releaseToNobody(50n * USDC);
  const second = await lock(network, { chainId: ALPHA, by: 'bob', asset: 'USDC', units: 3_000n * USDC });
  await Promise.all([
    followRelease(devnet, { release, withinMs: WITHIN_MS }),
    followLock(devnet, { chainId: ALPHA, lock: second, withinMs: WITHIN_MS }),
    awaitStage(stuck, 'claimable'),
  ]);

  // The point lies before bob's lock: it is undone at the ledger, and appended again at the vault.
  const [one, two, three, four] = network.attesters as [DevnetKey, DevnetKey, DevnetKey, DevnetKey];
  const refused = await Promise.all([
    surety(devnetAccount('bob').key, ...signing(1), '--yes'),
    surety(one.key, ...signing(3), '--yes'),
    surety(one.key, ...signing(1)),
  ]);
  expect(refused.map(({ refusal }) => [refusal?.code, refusal?.message])).toEqual([
    ['ACT_REFUSED', expect.stringContaining('is no unsuspended member') as string],
    ['ACT_REFUSED', expect.stringContaining('no such entry') as string],
    ['DECLINED', expect.stringContaining('nothing was signed') as string],
  ]);
  const members = [one, two, three];
  const [files, back, astray] = await Promise.all([
    Promise.all(members.map((member) => sign(member, 1))),
    Promise.all(members.map((member) => sign(member, 1, 'to-vault'))),
    sign(four, 2),
  ]);
  const plan = (...of: string[]): Promise<Answer> => surety(null, 'migrate', 'generation', ...of, '--dry-run');
  const [few, other, dry] = await Promise.all([plan(...files.slice(1)), plan(...files, astray), plan(...files)]);
  expect(few.refusal?.message).toContain('2 signatures');
  expect(other.refusal?.message).toContain('expected one point in all of them');
  expect([dry.code, dry.refusal, dry.output['isDone']]).toEqual([0, undefined, false]);
  expect(statesOf(dry).slice(0, 3)).toEqual(['done', 'open', 'later']);

  // Anyone marks; the governor's acts are left to it; then anyone goes through the steps.
  const left = await surety(devnetAccount('bob').key, 'migrate', 'generation', ...files, '--yes');
  expect([left.refusal, statesOf(left).slice(0, 4)]).toEqual([undefined, ['done', 'sent', 'sent', 'left']]);
  const done = await surety(devnetAccount('governor').key, 'migrate', 'generation', ...files, '--yes');
  expect([done.code, done.refusal, done.output['isDone']]).toEqual([0, undefined, true]);
  expect(statesOf(done).slice(0, 5)).toEqual(['done', 'done', 'done', 'sent', 'sent']);
  expect([await usdcOf('alice'), await usdcOf('bob')]).toEqual([9_850n * USDC, 0n]);

  await waitUntil({
    what: 'the watchers’ word that the edge was closed',
    withinMs: WITHIN_MS,
    probe: async () => {
      const watcher = devnet.running('watcher', 1);
      const { reasons } = watcher === undefined ? { reasons: [] } : await readHealth(watcher);
      return reasons.some(({ code }) => code === 'EDGE_CLOSED') || undefined;
    },
  });
  // The other edge too, before the release that waits: its payment is void, and comes again under another name.
  const [doneToo, again] = await Promise.all([
    surety(devnetAccount('governor').key, 'migrate', 'generation', ...back, '--yes'),
    plan(...files),
  ]);
  expect(new Set(statesOf(again))).toEqual(new Set(['done']));
  expect([doneToo.code, doneToo.refusal, doneToo.output['isDone']]).toEqual([0, undefined, true]);
  const [[next, there], [nextBack, hence]] = await edgesOfNow();
  expect([next === before, next, nextBack]).toEqual([false, there, hence]);
  await configure({ toLedger: headsOf(done).toLedger, toVault: headsOf(doneToo).toVault });

  await awaitLine('bob', 3_000n * USDC);
  await lock(network, { chainId: ALPHA, by: 'bob', asset: 'USDC', units: 500n * USDC });
  await awaitLine('bob', 3_500n * USDC);
  await awaitStage(stuck, 'refused');
  await awaitStage(`${nextBack}:1`, 'claimable');
  expect(await statementsOf(before)).toBe(2n);
  expect(await statementsOf(next as Bytes32)).toBe(2n);
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
}, 240_000);

function signing(count: number, direction: Direction = 'to-ledger'): string[] {
  return ['attesters', 'sign-generation', '--chain', 'alpha', '--direction', direction, '--count', String(count)];
}

/** Highest count that k members have signed of an edge. */
async function statementsOf(edge: Bytes32): Promise<bigint> {
  const { attestedCount = 0n } = (await devnet.aggregator.readEdges()).find((one) => one.edge === edge) ?? {};
  return attestedCount;
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
