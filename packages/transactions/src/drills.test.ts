import { setTimeout as pause } from 'node:timers/promises';
import { type Address, AppError, type Hex, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type RpcEndpoint, type RpcTransport, createHttpTransport } from '@surety/rpc';
import { LyingTransport } from '@surety/rpc/testing';
import type { Clock, ObservedEvent, TransactionCall, TransactionJournal } from '@surety/workflows';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLIGHTS_MAX } from './limits.js';
import { createMemoryJournal } from './memory-journal.js';
import { type Rpc, type RpcOptions, createRpc } from './rpc.js';
import { type AnvilNode, startAnvil } from './testing/anvil-node.js';
import { PROMPT_POLICY } from './testing/prompt-policy.js';
import { type KeptSender, type SendPolicy, createTransactionSender } from './transaction-sender.js';

const CHAIN_ID = 9_104;
const GWEI = 1_000_000_000n;
const clock = systemClock;

let node: AnvilNode;
let key: Hex;
let events: ObservedEvent[];
let stop: AbortController;

beforeEach(async () => {
  node = await startAnvil(CHAIN_ID);
  await baseFee(GWEI);
  await node.ask('evm_mine');
  key = generatePrivateKey();
  await fund(10n ** 18n);
  // Mines a separate block, so that a rollback ends above it.
  await node.ask('evm_mine');
  events = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await node.stop();
});

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const fund = (wei: bigint) => node.ask('anvil_setBalance', [privateKeyToAccount(key).address, hex(wei)]);
const baseFee = (wei: bigint) => node.ask('anvil_setNextBlockBaseFeePerGas', [hex(wei)]);
const balanceOf = async (owner: string): Promise<bigint> =>
  BigInt(String(await node.ask('eth_getBalance', [owner, 'latest'])));
const nonce = async (): Promise<number> =>
  Number(await node.ask('eth_getTransactionCount', [privateKeyToAccount(key).address, 'latest']));
const eventNames = (): string[] => events.map(({ name }) => name);
const levelOf = (name: string): string | undefined => events.find((event) => event.name === name)?.level;
const fresh = (): Address => address(privateKeyToAccount(generatePrivateKey()).address);
const pay = (to: Address, extra: Partial<TransactionCall> = {}): TransactionCall => ({
  purpose: 'transfer',
  to,
  calldata: '0x',
  value: 1n,
  gasCeiling: 100_000n,
  ...extra,
});

async function poolHashes(): Promise<string[]> {
  const { pending, queued } = (await node.ask('txpool_content')) as Record<
    'pending' | 'queued',
    Record<string, Record<string, { hash: string }>>
  >;
  return [pending, queued].flatMap((part) =>
    Object.values(part).flatMap((one) => Object.values(one).map((tx) => tx.hash)),
  );
}

function openRpc(options: Partial<RpcOptions> = {}): Rpc {
  const endpoints = [{ name: 'local', url: node.url }];
  return createRpc({ chainId: CHAIN_ID, endpoints, timeoutMs: 5_000, clock: systemClock, ...options });
}

function sender(
  policy: Partial<SendPolicy> = {},
  journal: TransactionJournal = createMemoryJournal(),
  rpc = openRpc(),
): KeptSender {
  return createTransactionSender({
    journal,
    rpc,
    account: privateKeyToAccount(key),
    policy: {
      ...PROMPT_POLICY,
      minPriorityFeePerGas: 1_000n,
      finalDepth: 8,
      ...policy,
    },
    clock,
    observer: { observe: (event) => events.push(event) },
    errors: [],
  });
}

/** Polls until a condition holds; the test's time limit bounds it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5);
}

async function refusal(run: Promise<unknown>): Promise<AppError> {
  const error: unknown = await run.then(
    () => new Error('nothing was thrown'),
    (cause: unknown) => cause,
  );
  if (error instanceof AppError) return error;
  throw error;
}

/** Rewrites the responses of the first of three providers. */
function lyingFirst(change: (method: string, result: unknown) => unknown): Rpc {
  const transportOf = ({ name }: RpcEndpoint): RpcTransport => {
    const transport = new LyingTransport(createHttpTransport({ url: node.url }));
    if (name !== 'liar') return transport;
    transport.lie = ({ method }, { body, reply }) => ({
      ...reply,
      body: JSON.stringify({ ...body, result: change(method, body.result) }),
    });
    return transport;
  };
  return openRpc({ endpoints: ['liar', 'one', 'two'].map((name) => ({ name, url: node.url })), transportOf });
}

/** Shows another block at each look, so that pending transactions seem left out. */
function leavingOut(): Rpc {
  const whole = openRpc();
  let height = 1_000_000n;
  const call: Rpc['call'] = async (method, ...rest) => {
    const result = await whole.call(method, ...rest);
    return method === 'eth_getBlockByNumber' ? { ...(result as object), number: hex(height++) } : result;
  };
  return { ...whole, call };
}

describe('one lying provider of three', () => {
  it('that invents a far nonce creates no gap, and no costly fillers', async () => {
    const rpc = lyingFirst((method, result) =>
      method === 'eth_getTransactionCount' ? hex(BigInt(String(result)) + 1_000_000n) : result,
    );
    const one = sender({}, createMemoryJournal(), rpc);
    void one.keep(stop.signal);
    const calls = [fresh(), fresh(), fresh()];
    const refusals: string[] = [];
    for (const to of calls) {
      let isLanded = false;
      while (!isLanded) {
        const outcome = await one.land(pay(to)).catch((error: AppError) => {
          refusals.push(error.code);
          rpc.rotate();
        });
        isLanded = outcome?.kind === 'landed';
      }
    }
    expect(refusals.filter((code) => code !== 'RPC_BAD_ANSWER' && code !== 'KEY_SHARED')).toEqual([]);
    expect(await Promise.all(calls.map(balanceOf))).toEqual([1n, 1n, 1n]);
    expect([await nonce(), (await poolHashes()).length]).toEqual([3, 0]);
    expect(eventNames()).not.toContain('nonce-gap-filled');
  });

  it('that invents a fee spends no budget', async () => {
    const rpc = lyingFirst((method, result) =>
      method === 'eth_getTransactionReceipt' && result !== null
        ? { ...(result as object), effectiveGasPrice: hex(2n ** 200n) }
        : result,
    );
    const budgetWeiPerDay = 10n * 25_200n * 100n * GWEI;
    const one = sender({ budgetWeiPerDay }, createMemoryJournal(), rpc);
    for (let calls = 0; calls < 3; calls++) await one.land(pay(fresh()));
    expect((await one.readStatus()).day?.spentWei).toBeLessThan(budgetWeiPerDay);
    expect(await nonce()).toBe(3);
  });
});

describe('a node that has pruned a block’s state', () => {
  it('loses only the name of a revert, not the outcome', async () => {
    await node.ask('evm_setAutomine', [false]);
    const whole = openRpc();
    const refused = { rpc_code: -32_000, detail: 'missing trie node' };
    const call: Rpc['call'] = async (method, ...rest) => {
      if (method === 'eth_call') throw new AppError({ code: 'RPC_REFUSED', message: 'x', context: refused });
      return whole.call(method, ...rest);
    };
    const to = fresh();
    const landing = sender({}, createMemoryJournal(), { ...whole, call }).land(pay(to));
    await until(async () => (await poolHashes()).length === 1);
    await node.ask('anvil_setCode', [to, '0x60006000fd']);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'reverted', name: 'REVERTED' });
  });
});

describe('a base fee × 500', () => {
  it('stops new calls before they get a nonce, alarms, keeps pending ones within the cap, and lands all afterwards', async () => {
    await node.ask('evm_setAutomine', [false]);
    const one = sender({ replaceAfterMs: 20 });
    const [early, late] = [fresh(), fresh()];
    const landing = one.land(pay(early));
    await until(async () => (await poolHashes()).length === 1);
    // Pending transactions offer less than this block's base fee, so it leaves them out.
    await baseFee(500n * GWEI);
    await node.ask('evm_mine');
    const error = await refusal(one.land(pay(late)));
    expect([error.code, error.retryable]).toEqual(['FEE_ABOVE_CAP', true]);
    await refusal(one.land(pay(late)));
    expect(events.filter(({ name }) => name === 'market-above-cap').map(({ level }) => level)).toEqual(['error']);
    await until(() => eventNames().includes('transaction-at-fee-cap'));
    expect(await nonce()).toBe(0);
    await baseFee(GWEI);
    await node.ask('evm_mine');
    await until(async () => {
      await node.ask('evm_mine');
      return (await nonce()) === 1;
    });
    const outcome = await landing;
    expect(outcome.kind === 'landed' ? outcome.feeWei : null).toBeLessThanOrEqual(21_000n * 100n * GWEI);
    await node.ask('evm_setAutomine', [true]);
    expect(await one.land(pay(late))).toMatchObject({ kind: 'landed' });
    expect([await balanceOf(early), await balanceOf(late), await nonce()]).toEqual([1n, 1n, 2]);
  });

  it('replaces in steps of an eighth, never above the cap', async () => {
    await node.ask('evm_setAutomine', [false]);
    const journal = createMemoryJournal();
    const one = sender({ replaceAfterMs: 10, maxFeePerGasCap: 5n * GWEI }, journal, leavingOut());
    const landing = one.land(pay(fresh()));
    await until(() => eventNames().includes('transaction-at-fee-cap'));
    const attempts = await journal.loadOpen({ chainId: CHAIN_ID, sender: one.address });
    expect(attempts.length).toBeGreaterThan(3);
    attempts.slice(1).forEach(({ maxFeePerGas }, at) => {
      const before = attempts[at]?.maxFeePerGas ?? 0n;
      expect(maxFeePerGas * 8n).toBeGreaterThanOrEqual(before * 9n);
      expect(maxFeePerGas).toBeLessThanOrEqual(5n * GWEI);
    });
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
  });
});

describe('a budget', () => {
  const feeOfOne = 25_200n * 3n * GWEI;

  it('stops calls beyond it, less urgent ones first, and resets at midnight UTC', async () => {
    let shiftMs = 0;
    const journal = createMemoryJournal();
    const shifted: Clock = { ...clock, nowMs: () => Date.UTC(2026, 0, 1, 23, 59) + shiftMs };
    const one = createTransactionSender({
      journal,
      rpc: openRpc(),
      account: privateKeyToAccount(key),
      policy: {
        ...PROMPT_POLICY,
        maxFeePerGasCap: 3n * GWEI,
        maxPriorityFeePerGasCap: 3n * GWEI,
        minPriorityFeePerGas: 3n * GWEI - 1n,
        budgetWeiPerDay: 2n * feeOfOne,
      },
      clock: shifted,
      observer: { observe: (event) => events.push(event) },
      errors: [],
    });
    await baseFee(1n);
    await node.ask('evm_mine');
    const land = (priority: 'release' | 'credit' | 'upkeep') => one.land(pay(fresh(), { priority }));
    expect((await land('upkeep')).kind).toBe('landed');
    const upkeep = await refusal(land('upkeep'));
    expect([upkeep.code, upkeep.retryable]).toEqual(['BUDGET_SPENT', true]);
    expect(upkeep.message).toContain('wait until midnight UTC, or raise the budget');
    const releases = [await land('release'), await refusal(land('release'))];
    expect(releases).toMatchObject([{ kind: 'landed' }, { code: 'BUDGET_SPENT' }]);
    expect(levelOf('budget-low')).toBe('error');
    expect(await nonce()).toBe(2);
    expect((await one.readStatus()).day?.spentWei).toBeGreaterThan(feeOfOne);
    shiftMs = 60_000;
    expect((await land('upkeep')).kind).toBe('landed');
    expect(events.filter(({ name }) => name === 'budget-low')).toHaveLength(1);
  });

  it('counts pending calls at their worst case, and keeps a replacement within it', async () => {
    await node.ask('evm_setAutomine', [false]);
    const one = sender(
      { budgetWeiPerDay: 25_200n * 4n * GWEI, replaceAfterMs: 10 },
      createMemoryJournal(),
      leavingOut(),
    );
    const landing = one.land(pay(fresh(), { priority: 'release' }));
    await until(() => eventNames().includes('transaction-at-budget'));
    const day = (await one.readStatus()).day;
    expect(day?.pendingWei).toBeLessThanOrEqual(25_200n * 4n * GWEI);
    expect((await refusal(one.land(pay(fresh(), { priority: 'release' })))).code).toBe('BUDGET_SPENT');
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
  });
});

describe('an empty wallet', () => {
  it('is reported before anything is signed, loses no call, and sending resumes once it is funded', async () => {
    const [one, to] = [sender(), fresh()];
    await fund(0n);
    const error = await refusal(one.land(pay(to)));
    expect([error.code, await nonce()]).toEqual(['EMPTY_WALLET', 0]);
    expect(error.message).toContain('holds 0 wei');
    await fund(10n ** 17n);
    expect(await one.land(pay(to))).toMatchObject({ kind: 'landed' });
    expect(await balanceOf(to)).toBe(1n);
  });

  it('drained while a call is pending, keeps the call and lands it once funded', async () => {
    await node.ask('evm_setAutomine', [false]);
    const [one, to] = [sender(), fresh()];
    const landing = one.land(pay(to));
    await until(async () => (await poolHashes()).length === 1);
    await fund(0n);
    await node.ask('anvil_dropAllTransactions');
    await until(() =>
      events.some(({ name, fields }) => name === 'transaction-resent' && fields['outcome'] === 'refused'),
    );
    await fund(10n ** 17n);
    await until(async () => (await poolHashes()).length === 1);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
    expect([await balanceOf(to), await nonce()]).toEqual([1n, 1]);
  });
});

describe('lost and reorganised transactions', () => {
  it('twenty dropped transactions all land, none twice', async () => {
    await node.ask('evm_setAutomine', [false]);
    const one = sender();
    let dropped = 0;
    for (let round = 0; round < 5; round++) {
      const payees = Array.from({ length: 4 }, fresh);
      const landings = payees.map((to) => one.land(pay(to)));
      await until(async () => (await poolHashes()).length === 4);
      for (const hash of await poolHashes()) {
        await node.ask('anvil_dropTransaction', [hash]);
        dropped += 1;
      }
      await until(async () => (await poolHashes()).length === 4);
      await node.ask('evm_mine');
      expect((await Promise.all(landings)).map(({ kind }) => kind)).toEqual(payees.map(() => 'landed'));
      expect(await Promise.all(payees.map(balanceOf))).toEqual(payees.map(() => 1n));
    }
    expect([dropped, await nonce()]).toEqual([20, 20]);
  });

  for (const depth of [1, 3]) {
    it(`a rollback of ${depth} blocks with landed transactions brings each back once`, async () => {
      const journal = createMemoryJournal();
      const one = sender({}, journal);
      void one.keep(stop.signal);
      const payees = Array.from({ length: 3 }, fresh);
      for (const to of payees) expect(await one.land(pay(to))).toMatchObject({ kind: 'landed' });
      await node.ask('anvil_rollback', [depth]);
      await node.ask('anvil_dropAllTransactions');
      await until(() => eventNames().includes('transaction-reorganised'));
      await until(async () => (await nonce()) === 3);
      expect(await Promise.all(payees.map(balanceOf))).toEqual([1n, 1n, 1n]);
      await node.ask('anvil_mine', ['0x9']);
      await until(async () => (await journal.loadOpen({ chainId: CHAIN_ID, sender: one.address })).length === 0);
      expect(await nonce()).toBe(3);
    });
  }

  it('are watched until their final depth, no longer', async () => {
    const journal = createMemoryJournal();
    const one = sender({}, journal);
    void one.keep(stop.signal);
    await one.land(pay(fresh()));
    const open = async (): Promise<number> =>
      (await journal.loadOpen({ chainId: CHAIN_ID, sender: one.address })).length;
    await node.ask('anvil_mine', ['0x7']);
    await pause(100);
    expect(await open()).toBe(1);
    await node.ask('anvil_mine', ['0x1']);
    await until(async () => (await open()) === 0);
  });
});

describe('a gap in the nonces', () => {
  it('is filled within two blocks, so that what lies above it lands', async () => {
    await node.ask('evm_setAutomine', [false]);
    const [first, second] = [fresh(), fresh()];
    const journal = createMemoryJournal();
    // The outbox of an earlier process, without the row of nonce 0.
    const writing = createMemoryJournal();
    const record = async (attempt: Parameters<TransactionJournal['record']>[0]): Promise<void> => {
      if (attempt.nonce === 1n) await journal.record(attempt);
      return writing.record(attempt);
    };
    const earlier = sender({}, { ...writing, record });
    const giveUp = new AbortController();
    const given: Promise<unknown>[] = [];
    for (const to of [first, second]) {
      given.push(refusal(earlier.land(pay(to), giveUp.signal)));
      await until(async () => (await poolHashes()).length === given.length);
    }
    giveUp.abort();
    await Promise.all(given);
    await node.ask('anvil_dropAllTransactions');
    void sender({}, journal).keep(stop.signal);
    await until(async () => (await poolHashes()).length === 2);
    await node.ask('evm_mine');
    expect(await nonce()).toBe(2);
    expect([await balanceOf(first), await balanceOf(second)]).toEqual([0n, 1n]);
    expect(levelOf('nonce-gap-filled')).toBe('warn');
  });

  it('is filled even when the maximum number of pending calls waits above it', async () => {
    const finalDepth = FLIGHTS_MAX.release + 1;
    const journal = createMemoryJournal();
    const one = sender({ finalDepth }, journal);
    void one.keep(stop.signal);
    for (let call = 0; call <= finalDepth; call++) {
      expect(await one.land(pay(fresh()))).toMatchObject({ kind: 'landed' });
    }
    const open = () => journal.loadOpen({ chainId: CHAIN_ID, sender: one.address });
    // Nonce 0 is final and forgotten; then finality breaks, and the pool has lost the transactions of the dropped blocks.
    await until(async () => (await open()).length === finalDepth);
    await node.ask('anvil_rollback', [finalDepth + 1]);
    await node.ask('anvil_dropAllTransactions');
    await until(async () => (await nonce()) === finalDepth + 1);
    expect(levelOf('nonce-gap-filled')).toBe('warn');
  });
});
