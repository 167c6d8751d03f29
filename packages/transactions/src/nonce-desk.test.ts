import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Hex, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import type { TransactionCall } from '@surety/workflows';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Outbox, openOutbox } from './open-outbox.js';
import { type Rpc, createRpc } from './rpc.js';
import { type AnvilNode, startAnvil } from './testing/anvil-node.js';
import { PROMPT_POLICY } from './testing/prompt-policy.js';
import { type KeptSender, createTransactionSender } from './transaction-sender.js';

const CHAIN_ID = 9_105;
const GWEI = 1_000_000_000n;
/** A bridge's fee for one call: more than the gas of hundreds of calls. */
const BRIDGE_WEI = 10n ** 16n;
/** Enough for the gas of a few calls beside two values; upkeep may use four fifths of a budget. */
const GAS_ROOM_WEI = 10n * 25_200n * 3n * GWEI;
const BUDGET_WEI = ((2n * BRIDGE_WEI + GAS_ROOM_WEI) * 10n) / 8n;

let node: AnvilNode;
let key: Hex;
let folder: string;
let outbox: Outbox;

beforeEach(async () => {
  asked = [];
  node = await startAnvil(CHAIN_ID);
  key = generatePrivateKey();
  await node.ask('anvil_setBalance', [privateKeyToAccount(key).address, `0x${(10n ** 20n).toString(16)}`]);
  await node.ask('anvil_setNextBlockBaseFeePerGas', ['0x1']);
  await node.ask('evm_mine');
  folder = mkdtempSync(path.join(tmpdir(), 'surety-budget-'));
  outbox = openOutbox({ file: path.join(folder, 'outbox.sqlite') });
});

afterEach(async () => {
  outbox.close();
  rmSync(folder, { recursive: true, force: true });
  await node.stop();
});

/** The methods that the processes of a test asked for. */
let asked: string[];

/** Starts a process with the outbox that earlier ones left on disk. */
function startProcess({ hides = false, clock = systemClock, budgetWeiPerDay = BUDGET_WEI } = {}): KeptSender {
  outbox.close();
  outbox = openOutbox({ file: path.join(folder, 'outbox.sqlite') });
  const rpc = createRpc({
    chainId: CHAIN_ID,
    endpoints: [{ name: 'local', url: node.url }],
    timeoutMs: 5_000,
    clock: systemClock,
  });
  const call: Rpc['call'] = async (method, ...rest) => {
    asked.push(method);
    return hides && method === 'eth_getTransactionReceipt' ? null : rpc.call(method, ...rest);
  };
  return createTransactionSender({
    journal: outbox,
    rpc: { ...rpc, call },
    account: privateKeyToAccount(key),
    policy: {
      ...PROMPT_POLICY,
      maxFeePerGasCap: 3n * GWEI,
      maxPriorityFeePerGasCap: GWEI,
      minPriorityFeePerGas: 1_000n,
      budgetWeiPerDay,
    },
    clock,
    observer: { observe: () => undefined },
    errors: [],
  });
}

const publish = (extra: Partial<TransactionCall> = {}): TransactionCall => ({
  purpose: 'publish-head',
  priority: 'upkeep',
  to: address(privateKeyToAccount(generatePrivateKey()).address),
  calldata: '0x',
  value: BRIDGE_WEI,
  gasCeiling: 100_000n,
  ...extra,
});

/** Nonces of the transactions that the node's next block may hold. */
async function poolNonces(): Promise<number[]> {
  const { pending } = (await node.ask('txpool_content')) as { pending: Record<string, Record<string, unknown>> };
  return Object.values(pending).flatMap((byNonce) => Object.keys(byNonce).map(Number));
}

/** A call is under way before the node has it; what a block shall hold must be in the node's pool. */
async function untilPooled(count: number): Promise<void> {
  while ((await poolNonces()).length < count) await pause(5);
}

const spentWei = async (sender: KeptSender): Promise<bigint> => (await sender.readStatus()).day?.spentWei ?? -1n;

describe('a bridge fee beside gas', () => {
  it('is spent from the day’s budget, also for the next process, and further ones wait', async () => {
    const first = startProcess();
    expect(await first.land(publish())).toMatchObject({ kind: 'landed' });
    const spent = await spentWei(first);
    expect(spent).toBeGreaterThan(BRIDGE_WEI);
    const second = startProcess();
    expect(await spentWei(second)).toBe(spent);
    expect(await second.land(publish())).toMatchObject({ kind: 'landed' });
    await expect(startProcess().land(publish())).rejects.toMatchObject({ code: 'BUDGET_SPENT', retryable: true });
    // A call that costs only gas still goes out.
    expect(await startProcess().land(publish({ value: 0n }))).toMatchObject({ kind: 'landed' });
  });

  it('counts while its call is pending, whichever process signed it', async () => {
    await node.ask('evm_setAutomine', [false]);
    const stop = new AbortController();
    const first = startProcess();
    const landing = first.land(publish({ value: 2n * BRIDGE_WEI }), stop.signal).catch(() => undefined);
    await untilPooled(1);
    expect((await first.readStatus()).day?.pendingWei).toBeGreaterThan(2n * BRIDGE_WEI);
    await expect(first.land(publish())).rejects.toMatchObject({ code: 'BUDGET_SPENT' });
    stop.abort();
    await landing;
    const second = startProcess();
    const recovering = second.recover();
    while ((await second.readStatus()).underWay === 0) await pause(5);
    expect((await second.readStatus()).day?.pendingWei).toBeGreaterThan(2n * BRIDGE_WEI);
    await node.ask('evm_mine');
    await recovering;
    expect(await spentWei(second)).toBeGreaterThan(2n * BRIDGE_WEI);
  });

  it('counts as spent even if every provider hides the receipt', async () => {
    const one = startProcess({ hides: true });
    await expect(one.land(publish({ value: 2n * BRIDGE_WEI }))).rejects.toMatchObject({ code: 'NONCE_TAKEN' });
    expect(await spentWei(one)).toBeGreaterThan(2n * BRIDGE_WEI);
    await expect(one.land(publish())).rejects.toMatchObject({ code: 'BUDGET_SPENT' });
  });

  it('is not spent by a reverted call', async () => {
    const one = startProcess();
    const to = address(`0x${'c0'.repeat(20)}`);
    await node.ask('evm_setAutomine', [false]);
    const landing = one.land(publish({ to }));
    await untilPooled(1);
    // INVALID uses all gas of the call; the code is set after the simulation.
    await node.ask('anvil_setCode', [to, '0xfe']);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'reverted' });
    const spent = await spentWei(one);
    expect([spent > 0n, spent < BRIDGE_WEI]).toEqual([true, true]);
  });
});

describe('calls at once', () => {
  const cheap = (): TransactionCall => publish({ value: 0n, priority: 'liquidation' });
  const looks = (): number => asked.filter((method) => method === 'eth_getBalance').length;

  it('are signed on one look at the chain, each under its own nonce', async () => {
    await node.ask('evm_setAutomine', [false]);
    const one = startProcess({ budgetWeiPerDay: 10n ** 19n });
    const landing = Promise.all(Array.from({ length: 16 }, () => one.land(cheap())));
    await untilPooled(16);
    expect(looks()).toBeLessThan(4);
    expect((await poolNonces()).sort((left, right) => left - right)).toEqual(Array.from({ length: 16 }, (_, at) => at));
    await node.ask('evm_mine');
    expect((await landing).map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, () => 'landed'));
  });

  it('are signed on a new look once a nonce is spent, a second has passed, or one was not accepted', async () => {
    let elapsedMs = 0;
    const one = startProcess({ budgetWeiPerDay: 10n ** 19n, clock: { ...systemClock, elapsedMs: () => elapsedMs } });
    await one.land(cheap());
    await node.ask('evm_setAutomine', [false]);
    const landing = [one.land(cheap())];
    await untilPooled(1);
    expect(looks()).toBe(2);
    elapsedMs = 999;
    landing.push(one.land(cheap()));
    await untilPooled(2);
    expect(looks()).toBe(2);
    elapsedMs = 1_000;
    landing.push(one.land(cheap()));
    await untilPooled(3);
    expect(looks()).toBe(3);
    await node.ask('anvil_setBalance', [one.address, '0x0']);
    await expect(one.land(cheap())).rejects.toMatchObject({ code: 'EMPTY_WALLET' });
    const before = looks();
    await node.ask('anvil_setBalance', [one.address, `0x${(10n ** 20n).toString(16)}`]);
    landing.push(one.land(cheap()));
    await untilPooled(4);
    expect(looks()).toBe(before + 1);
    await node.ask('evm_mine');
    expect((await Promise.all(landing)).map(({ kind }) => kind)).toEqual(landing.map(() => 'landed'));
  });
});
