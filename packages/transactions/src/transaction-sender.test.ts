import { setTimeout as pause } from 'node:timers/promises';
import { type Address, AppError, type Hex, address } from '@surety/domain';
import { systemClock as clock } from '@surety/process';
import type {
  LandOutcome,
  ObservedEvent,
  TransactionCall,
  TransactionJournal,
  TransactionSender,
} from '@surety/workflows';
import { numberToHex, parseAbi, toFunctionSelector } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryJournal } from './memory-journal.js';
import { createRpc } from './rpc.js';
import { ANVIL_KEY, type AnvilNode, startAnvil } from './testing/anvil-node.js';
import { PROMPT_POLICY } from './testing/prompt-policy.js';
import { type SendPolicy, createTransactionSender } from './transaction-sender.js';

const CHAIN_ID = 9_101;
const GWEI = 1_000_000_000n;
const ERRORS = parseAbi(['error NothingNew(uint64 count, uint64 replicaCount)', 'error AlreadyThere()']);
/** Stores 1 on its first call; reverts with AlreadyThere() afterwards. */
const ONCE_CODE = `0x5f54600a5760015f55005b63${toFunctionSelector('AlreadyThere()').slice(2)}60e01b5f5260045ffd`;
/** Writes slot 1 unless slot 0 is set. */
const UNLESS_CODE = '0x5f54600a5760016001555b00';
/** Loops until it runs out of gas. */
const BURN_CODE = '0x5b5f56';

let node: AnvilNode;
let key: Hex;
let target: Address;
let events: ObservedEvent[];
let targets = 0;

beforeAll(async () => {
  node = await startAnvil(CHAIN_ID);
});

afterAll(() => node.stop());

beforeEach(async () => {
  await node.ask('evm_setAutomine', [true]);
  await node.ask('evm_setIntervalMining', [0]);
  await node.ask('anvil_dropAllTransactions');
  await node.ask('anvil_setNextBlockBaseFeePerGas', [`0x${GWEI.toString(16)}`]);
  await node.ask('evm_mine');
  await node.ask('evm_setAutomine', [true]);
  key = generatePrivateKey();
  await fund(10n ** 18n);
  targets += 1;
  target = address(`0x${targets.toString(16).padStart(40, 'c')}`);
  await node.ask('anvil_setCode', [target, ONCE_CODE]);
  events = [];
});

async function fund(wei: bigint): Promise<void> {
  await node.ask('anvil_setBalance', [privateKeyToAccount(key).address, `0x${wei.toString(16)}`]);
}

/** A journal that also counts signed attempts. */
function countingJournal(): TransactionJournal & { signed: number } {
  const journal = createMemoryJournal();
  return {
    ...journal,
    signed: 0,
    record(attempt) {
      this.signed += 1;
      return journal.record(attempt);
    },
  };
}

function sender(
  policy: Partial<SendPolicy> = {},
  url = node.url,
  chainId = CHAIN_ID,
  journal = countingJournal(),
): TransactionSender {
  return createTransactionSender({
    journal,
    rpc: createRpc({ chainId, endpoints: [{ name: 'local', url }], timeoutMs: 5_000, clock }),
    account: privateKeyToAccount(key),
    policy: {
      ...PROMPT_POLICY,
      ...policy,
    },
    clock,
    observer: { observe: (event) => events.push(event) },
    errors: ERRORS,
  });
}

function call(extra: Partial<TransactionCall> = {}): TransactionCall {
  return { purpose: 'apply', to: target, calldata: '0x', gasCeiling: 1_000_000n, ...extra };
}

const isThere = async (): Promise<boolean> =>
  BigInt(String(await node.ask('eth_getStorageAt', [target, '0x0', 'latest']))) === 1n;
const nonce = async (): Promise<number> =>
  Number(await node.ask('eth_getTransactionCount', [privateKeyToAccount(key).address, 'latest']));
const stopMining = (): Promise<unknown> => node.ask('evm_setAutomine', [false]);

async function refusal(run: Promise<unknown>): Promise<AppError> {
  const error: unknown = await run.then(
    () => new Error('nothing was thrown'),
    (cause: unknown) => cause,
  );
  if (error instanceof AppError) return error;
  throw error;
}

/** Polls until a condition holds; the test's time limit bounds it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5);
}

const poolHashes = async (): Promise<string[]> => {
  const { pending } = (await node.ask('txpool_content')) as {
    pending: Record<string, Record<string, { hash: string }>>;
  };
  return Object.values(pending).flatMap((byNonce) => Object.values(byNonce).map(({ hash }) => hash));
};
const poolSize = async (): Promise<number> => (await poolHashes()).length;
const eventNames = (): string[] => events.map(({ name }) => name);

it('leaves spare gas for what the block writes and the simulation did not', async () => {
  await node.ask('anvil_setCode', [target, UNLESS_CODE]);
  const landLater = async (extra: Partial<TransactionCall>): Promise<LandOutcome> => {
    await node.ask('anvil_setStorageAt', [target, '0x0', numberToHex(1, { size: 32 })]);
    await stopMining();
    const landed = sender().land(call(extra));
    await until(async () => (await poolSize()) === 1);
    await node.ask('anvil_setStorageAt', [target, '0x0', numberToHex(0, { size: 32 })]);
    await node.ask('evm_mine');
    return landed;
  };
  const [scant, ample] = [await landLater({}), await landLater({ spareGas: 30_000n })];
  expect([scant.kind, ample.kind]).toEqual(['reverted', 'landed']);
});

describe('a sender refuses', () => {
  it('providers of another chain', async () => {
    const error = await refusal(sender({}, node.url, 1).land(call()));
    expect([error.code, error.retryable]).toEqual(['CHAIN_MISMATCH', false]);
    expect(error.message).toMatchInlineSnapshot(
      `"provider local answered chain id 9101; expected 1; check its URL in the environment"`,
    );
  });

  it('a provider that does not respond', async () => {
    const error = await refusal(sender({}, 'http://127.0.0.1:1').land(call()));
    expect([error.code, error.retryable]).toEqual(['RPC_UNAVAILABLE', true]);
  });

  it('a call that would revert, naming its error, and sends nothing', async () => {
    await sender().land(call());
    expect(await sender().land(call())).toEqual({ kind: 'refused', name: 'AlreadyThere', detail: 'AlreadyThere()' });
    expect(await nonce()).toBe(1);
  });

  it('a call above its gas ceiling, but not one that equals it', async () => {
    const gas = BigInt(String(await node.ask('eth_estimateGas', [{ to: target, data: '0x' }])));
    const above = await sender().land(call({ gasCeiling: gas - 1n }));
    expect(above).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
    expect(await nonce()).toBe(0);
    expect(await sender().land(call({ gasCeiling: gas }))).toMatchObject({ kind: 'landed' });
  });

  it('a call above the gas limit of a transaction', async () => {
    await node.ask('anvil_setCode', [target, BURN_CODE]);
    const outcome = await sender().land(call({ gasCeiling: 10n ** 9n }));
    expect(outcome).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
  });

  it('a base fee above the cap, and lands once it has fallen', async () => {
    await node.ask('anvil_setNextBlockBaseFeePerGas', [`0x${(500n * GWEI).toString(16)}`]);
    await node.ask('evm_mine');
    const error = await refusal(sender().land(call()));
    expect([error.code, error.retryable]).toEqual(['FEE_ABOVE_CAP', true]);
    expect(error.message).toContain('expected at most 100000000000 with the tip');
    expect(await nonce()).toBe(0);
    await node.ask('anvil_setNextBlockBaseFeePerGas', [`0x${GWEI.toString(16)}`]);
    await node.ask('evm_mine');
    expect(await sender().land(call())).toMatchObject({ kind: 'landed' });
  });

  it('an empty wallet, before anything is signed', async () => {
    await fund(1n);
    const journal = countingJournal();
    const error = await refusal(sender({}, node.url, CHAIN_ID, journal).land(call()));
    expect([error.code, error.retryable, journal.signed]).toEqual(['EMPTY_WALLET', false, 0]);
    expect(error.message).toContain('holds 1 wei');
    expect(await nonce()).toBe(0);
  });

  it('to send beside another process with the same key, until that one’s transaction has landed', async () => {
    await stopMining();
    const first = sender().land(call());
    await until(async () => (await poolSize()) === 1);
    const error = await refusal(sender().land(call()));
    expect([error.code, error.retryable]).toEqual(['KEY_SHARED', true]);
    await node.ask('evm_mine');
    expect(await first).toMatchObject({ kind: 'landed' });
    expect(await sender().land(call())).toMatchObject({ kind: 'refused', name: 'AlreadyThere' });
    expect(await nonce()).toBe(1);
  });
});

describe('a sender', () => {
  it('keeps an attempt until its nonce is spent', async () => {
    await stopMining();
    const journal = countingJournal();
    const one = sender({}, node.url, CHAIN_ID, journal);
    const landing = one.land(call());
    await until(async () => (await poolSize()) === 1);
    expect(await journal.loadOpen({ chainId: CHAIN_ID, sender: one.address })).toMatchObject([
      { nonce: 0n, purpose: 'apply', cancels: false },
    ]);
    await node.ask('evm_mine');
    await landing;
    expect(await journal.loadOpen({ chainId: CHAIN_ID, sender: one.address })).toEqual([]);
  });

  it('lands a call once and returns its cost', async () => {
    const readBalance = async (): Promise<bigint> =>
      BigInt(String(await node.ask('eth_getBalance', [sender().address, 'latest'])));
    const before = await readBalance();
    const outcome = await sender().land(call());
    expect(outcome.kind).toBe('landed');
    if (outcome.kind !== 'landed') return;
    expect(before - (await readBalance())).toBe(outcome.feeWei);
    expect(await isThere()).toBe(true);
  });

  it('lets calls overlap, each under its own nonce', async () => {
    await node.ask('evm_setIntervalMining', [1]);
    const one = sender();
    const to = privateKeyToAccount(generatePrivateKey()).address.toLowerCase() as Address;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => one.land(call({ to, value: 7n }))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'landed'));
    expect(BigInt(String(await node.ask('eth_getBalance', [to, 'latest'])))).toBe(35n);
    expect(await nonce()).toBe(5);
  });

  it('serialises two senders of one key that start at the same moment: one effect', async () => {
    await node.ask('evm_setIntervalMining', [1]);
    const outcomes = await Promise.allSettled([sender().land(call()), sender().land(call({ calldata: '0x01' }))]);
    const kinds = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.kind : (one.reason as AppError).code));
    expect(kinds.filter((kind) => kind === 'landed')).toHaveLength(1);
    const losing = ['KEY_SHARED', 'NONCE_TAKEN', 'reverted', 'refused'];
    expect(kinds.every((kind) => kind === 'landed' || losing.includes(kind))).toBe(true);
    expect(await isThere()).toBe(true);
  });

  it('fills the nonce of a landed transaction that a reorganisation dropped, so that later ones do not wait forever', async () => {
    const one = sender({ takeoverAfterMs: 500 });
    const to = privateKeyToAccount(generatePrivateKey()).address.toLowerCase() as Address;
    const before = await node.ask('evm_snapshot');
    await one.land(call({ to, value: 1n }));
    await node.ask('evm_revert', [before]);
    const past = one.land(call({ to, value: 2n }));
    const lostAtMs = clock.nowMs();
    await until(() => clock.nowMs() - lostAtMs > 600);
    const filling = one.land(call({ to, value: 4n }));
    expect([(await filling).kind, (await past).kind]).toEqual(['landed', 'landed']);
    expect(BigInt(String(await node.ask('eth_getBalance', [to, 'latest'])))).toBe(6n);
    expect(await nonce()).toBe(2);
  });

  it('resends the same bytes when the pool has dropped them', async () => {
    await stopMining();
    const landing = sender().land(call());
    await until(async () => (await poolSize()) === 1);
    const [dropped] = await poolHashes();
    await node.ask('anvil_dropTransaction', [dropped]);
    await until(() => eventNames().includes('transaction-resent'));
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed', txHash: dropped });
    expect(await nonce()).toBe(1);
  });

  it('replaces one that waits too long by a dearer one under the same nonce', async () => {
    await stopMining();
    const landing = sender({ replaceAfterMs: 30 }).land(call());
    await until(() => eventNames().includes('transaction-replaced'));
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
    expect(await nonce()).toBe(1);
    expect(await isThere()).toBe(true);
  });

  it('waits at the fee cap through a spike of the base fee and lands after it', async () => {
    await stopMining();
    const landing = sender({ replaceAfterMs: 10, maxFeePerGasCap: 3n * GWEI }).land(call());
    await until(async () => (await poolSize()) === 1);
    await node.ask('anvil_setNextBlockBaseFeePerGas', [`0x${(50n * GWEI).toString(16)}`]);
    await node.ask('evm_mine');
    await until(() => eventNames().includes('transaction-at-fee-cap'));
    expect(await nonce()).toBe(0);
    await node.ask('anvil_setNextBlockBaseFeePerGas', [`0x${GWEI.toString(16)}`]);
    await node.ask('evm_mine');
    // Resent before that block, it is already mined; otherwise the pool dropped it at the spike and gets it back soon.
    await until(async () => (await poolSize()) === 1 || (await nonce()) === 1);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
    expect(events.filter(({ name }) => name === 'transaction-at-fee-cap')).toHaveLength(1);
  });

  it('cancels its nonce when someone else causes the effect first', async () => {
    await stopMining();
    const landing = sender({ replaceAfterMs: 30 }).land(call({ readEffect: isThere }));
    await until(async () => (await poolSize()) === 1);
    await node.ask('anvil_setStorageAt', [target, `0x${'0'.repeat(64)}`, `0x${'0'.repeat(63)}1`]);
    await until(() => eventNames().includes('transaction-cancelled'));
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'overtaken' });
    expect(await nonce()).toBe(1);
  });

  it('reports a mined revert by the name of its error', async () => {
    await stopMining();
    const landing = sender().land(call());
    await until(async () => (await poolSize()) === 1);
    await node.ask('anvil_setStorageAt', [target, `0x${'0'.repeat(64)}`, `0x${'0'.repeat(63)}1`]);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'reverted', name: 'AlreadyThere' });
  });

  it('checks for the effect when a stranger spent its nonce, and never resends', async () => {
    const steal = async (readEffect?: () => Promise<boolean>): Promise<LandOutcome> => {
      await stopMining();
      const landing = sender().land(call(readEffect === undefined ? {} : { readEffect }));
      await until(async () => (await poolSize()) === 1);
      const at = await nonce();
      // The nonce first: a transaction dropped before its nonce is spent would rightly be resent.
      await node.ask('anvil_setNonce', [privateKeyToAccount(key).address, `0x${(at + 1).toString(16)}`]);
      await node.ask('anvil_dropAllTransactions');
      return landing;
    };
    expect(await steal(() => Promise.resolve(true))).toMatchObject({ kind: 'overtaken' });
    const error = await refusal(steal(() => Promise.resolve(false)));
    expect([error.code, error.retryable]).toEqual(['NONCE_TAKEN', false]);
    expect(await isThere()).toBe(false);
    expect(await poolSize()).toBe(0);
  });

  it('takes over a nonce that a stranger has left pending for too long', async () => {
    await stopMining();
    const giveUp = new AbortController();
    const stranger = refusal(sender().land(call(), giveUp.signal));
    await until(async () => (await poolHashes()).length === 1);
    giveUp.abort();
    expect((await stranger).code).toBe('OUTCOME_UNKNOWN');
    const [left] = await poolHashes();
    const landing = sender({ takeoverAfterMs: 0 }).land(call({ calldata: '0x01' }));
    await until(async () => (await poolHashes())[0] !== left);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
    expect(await nonce()).toBe(1);
    expect(await isThere()).toBe(true);
  });

  it('counts a call as landed only at the wanted depth', async () => {
    const landing = sender({ confirmations: 3 }).land(call());
    let done = false;
    void landing.then(() => (done = true));
    await until(isThere);
    await node.ask('evm_mine');
    await pause(50);
    expect(done).toBe(false);
    await node.ask('evm_mine');
    expect(await landing).toMatchObject({ kind: 'landed' });
  });

  it('follows a call that a reorganisation took out of its block', async () => {
    const landing = sender({ confirmations: 3 }).land(call());
    await until(isThere);
    await node.ask('anvil_rollback', [1]);
    await until(() => eventNames().includes('transaction-resent'));
    await until(isThere);
    await node.ask('anvil_mine', ['0x3']);
    expect(await landing).toMatchObject({ kind: 'landed' });
    expect(await nonce()).toBe(1);
  });

  it('fails over to the second provider when the first one fails', async () => {
    const endpoints = [
      { name: 'dead', url: 'http://127.0.0.1:1' },
      { name: 'live', url: node.url },
    ];
    const rpc = createRpc({ chainId: CHAIN_ID, endpoints, timeoutMs: 2_000, clock });
    expect(await rpc.call('eth_chainId', [])).toBe(`0x${CHAIN_ID.toString(16)}`);
    expect(ANVIL_KEY).toHaveLength(66);
  });
});
