import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type ArmedFault,
  CHAINS,
  type Devnet,
  type Holder,
  awaitReadiness,
  lockTokens,
  providerOf,
  readAppliedCount,
  readHealth,
  startDevnet,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSurety } from '../e2e/run-surety.js';

const ATTESTERS = 4;
const ROLES = [
  { role: 'aggregator', number: 1 },
  ...Array.from({ length: ATTESTERS }, (_, at) => ({ role: 'watcher' as const, number: at + 1 })),
  { role: 'relayer', number: 1 },
] as const;
const OPERATOR = { role: 'operator', number: 1 } as const;
/** The provider that everybody asks first. */
const LIAR = 1;

/** Fault of one of four providers of each chain. */
const LIES: readonly (readonly [name: string, faults: readonly ArmedFault[]])[] = [
  [
    'answers as of a block before the contracts',
    ['view-of-nothing', 'no-code', 'head-behind', 'head-of-the-past', 'nonce-behind', 'empty-wallet', 'drop-logs'].map(
      (kind) => ({ kind }) as ArmedFault,
    ),
  ],
  ['stands still from then on', [{ kind: 'stands-still' }]],
  ['says another chain id', [{ kind: 'wrong-chain-id' }]],
  ['answers other questions', [{ kind: 'wrong-id' }]],
  ['talks nonsense', [{ kind: 'no-json' }]],
  ['is silent', [{ kind: 'timeout' }]],
  ['answers with HTTP 500', [{ kind: 'http-500' }]],
];

let devnet: Devnet;
let directory: string;
let locks = 0n;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'surety-starts-'));
  devnet = await startDevnet({ directory, blockSeconds: 1, attesters: ATTESTERS, epochSlots: 1 });
});
afterAll(async () => {
  await devnet?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const endpointsOf = (role: Holder, number: number): string[] =>
  CHAINS.map(({ chainId }) => devnet.endpointOf({ role, number, chainId, provider: LIAR }));

/** Starts every process anew, and waits until all are ready and two more locks are credited, one after the other. */
async function startAll(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const { role, number } of ROLES) await devnet.running(role, number)?.stop();
  await Promise.all(ROLES.map(({ role, number }) => devnet.start(role, number, environment)));
  await awaitAll();
  // The second waits for a transaction of the first.
  for (let count = 0; count < 2; count++) {
    await lockTokens(devnet.network, { chainId: 901, by: 'bob', asset: 'USDC', units: 5_000_000n });
    locks += 1n;
    await waitUntil({
      what: `${locks} locks credited`,
      withinMs: 60_000,
      probe: async () => (await readAppliedCount(devnet.network, 901)) >= locks || undefined,
    });
  }
  await awaitAll();
}

async function awaitAll(): Promise<void> {
  for (const { role, number } of ROLES) {
    const running = devnet.running(role, number);
    if (running === undefined) throw new Error(`${role} ${number} was not started`);
    await awaitReadiness(running, 60_000);
    expect((await readHealth(running)).reasons.filter(({ code }) => code === 'HALTED')).toEqual([]);
  }
}

/** The reads of the command line that need no aggregator, and the doctor, who names the one that is away. */
async function readByHand(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const own = { ...devnet.environmentOf('operator'), ...environment };
  const powers = await runSurety(['powers'], own);
  expect([powers.code, powers.refusal]).toEqual([0, undefined]);
  // The aggregator is ready again and again, not always: on a busy machine it may lag behind blocks of one second for a moment.
  await waitUntil({
    what: 'a status that finds everything ready',
    withinMs: 60_000,
    probe: async () => ((await runSurety(['status'], own)).code === 0 ? true : undefined),
  });
  await waitUntil({
    what: 'a doctor that finds nothing wrong but the one liar of each chain',
    withinMs: 60_000,
    probe: async () => {
      const { output } = await runSurety(['doctor'], own);
      const findings = output['findings'] as readonly { check: string; result: string }[];
      const failed = findings.filter(({ result }) => result === 'fail').map(({ check }) => check);
      for (const chain of CHAINS) expect(failed.some((check) => check.includes(`${chain.name}-${LIAR}`))).toBe(true);
      return failed.every((check) => CHAINS.some(({ name }) => check.includes(`${name}-${LIAR}`))) || undefined;
    },
  });
}

test.each(LIES)('everything starts and works where one of four providers %s', async (_, faults) => {
  devnet.environmentOf('operator');
  for (const { role, number } of ROLES) devnet.environmentOf(role, number);
  const liars = [...ROLES, OPERATOR].map(({ role, number }) => endpointsOf(role, number));
  for (const name of liars.flat()) devnet.proxy.arm(name, faults);
  const before = liars.map((names) => names.map((name) => devnet.proxy.counts(name).struck));
  await startAll();
  // Each command waits out the one that is silent: minutes, of which nothing new is learnt.
  const byHand = faults.every(({ kind }) => kind !== 'timeout');
  if (byHand) await readByHand();
  devnet.proxy.healAll();
  const struck = liars.map((names, at) =>
    names.some((name, of) => devnet.proxy.counts(name).struck > (before[at]?.[of] ?? 0)),
  );
  expect(struck).toEqual([...ROLES.map(() => true), byHand]);
});

test('everything starts and works where one of four addresses leads to another chain', async () => {
  const elsewhere = CHAINS.map((chain, at): [string, string] => {
    const other = CHAINS[(at + 1) % CHAINS.length] ?? chain;
    return [providerOf(chain, LIAR).urlEnv, devnet.network.nodes.get(other.chainId)?.url ?? ''];
  });
  await startAll(Object.fromEntries(elsewhere));
  await readByHand(Object.fromEntries(elsewhere));
  expect(await readAppliedCount(devnet.network, 901)).toBe(locks);
});
