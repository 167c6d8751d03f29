import { type Address, address } from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import type { LandOutcome, TransactionCall, TransactionJournal } from '@surety/workflows';
import type { PrivateKeyAccount } from 'viem';
import { beforeEach, expect, it } from 'vitest';
import { createMemoryJournal } from './memory-journal.js';
import { createRpc } from './rpc.js';
import { ModelChain, encodeModel } from './testing/model-chain.js';
import { type KeptSender, createTransactionSender } from './transaction-sender.js';

const GWEI = 1_000_000_000n;
const OWNER: Address = address(`0x${'1a'.repeat(20)}`);
const REPLACE_AFTER_MS = 5_000;
const CALL: TransactionCall = { purpose: 'apply', to: OWNER, calldata: '0x01', gasCeiling: 100_000n };
const account = {
  address: OWNER,
  signTransaction: async (transaction: Record<string, unknown>) => encodeModel(transaction),
} as unknown as PrivateKeyAccount;

/** The chain as everybody but the first provider sees it. */
let chain: ModelChain;
let clock: ManualClock;
let journal: TransactionJournal;
let names: string[];

beforeEach(() => {
  chain = new ModelChain(64);
  clock = new ManualClock();
  journal = createMemoryJournal();
  names = [];
});

/** Serves a chain; `change` may put something else in place of an answer. */
function serve(of: ModelChain, change: (method: string, result: unknown) => unknown = (_, result) => result) {
  const rpc = of.rpc();
  const answer = async (method: string, params: readonly unknown[]): Promise<Record<string, unknown>> => {
    if (method === 'eth_chainId') return { result: '0x1' };
    if (method !== 'eth_sendRawTransaction') return { result: change(method, await rpc.call(method, params)) };
    const sent = await rpc.broadcast(String(params[0]));
    return sent.kind === 'accepted' ? { result: '0x' } : { error: { code: -32_000, message: sent.detail } };
  };
  const transport: RpcTransport = {
    async send(body) {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...(await answer(method, params)) }) };
    },
  };
  return transport;
}

/** A sender that prefers the first of these providers. */
function sender(...transports: readonly RpcTransport[]): KeptSender {
  const endpoints = transports.map((_, at) => ({ name: String(at), url: '' }));
  const transportOf = ({ name }: { readonly name: string }) => transports[Number(name)] ?? serve(chain);
  return createTransactionSender({
    rpc: createRpc({ chainId: 1, endpoints, timeoutMs: 60_000, clock, transportOf }),
    account,
    journal,
    clock,
    observer: { observe: ({ name }) => names.push(name) },
    errors: [],
    policy: {
      maxFeePerGasCap: 300n * GWEI,
      maxPriorityFeePerGasCap: 5n * GWEI,
      minPriorityFeePerGas: 1_000_000n,
      pollIntervalMs: 1_000,
      replaceAfterMs: REPLACE_AFTER_MS,
      confirmations: 1,
      takeoverAfterMs: 30_000,
    },
  });
}

/** Advances time and lets run whatever waits only for that. */
async function advance(durationMs: number): Promise<void> {
  clock.advance(durationMs);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets seconds pass, with a block in each, and gives what ended until then. */
async function pass<Value>(run: Promise<Value>, seconds: number, mines = true): Promise<Value | undefined> {
  let ended: Value | undefined;
  void run.then((value) => (ended = value));
  for (let second = 0; second < seconds; second++) {
    await advance(1_000);
    if (mines) chain.mine(() => true);
  }
  return ended;
}

const baseFee = (wei: bigint) => (method: string, result: unknown) =>
  method === 'eth_getBlockByNumber' ? { ...(result as object), baseFeePerGas: `0x${wei.toString(16)}` } : result;
const FEW_SECONDS = 20;

it('a provider that stands still holds no call', async () => {
  const landing = sender(serve(new ModelChain(64)), serve(chain)).land(CALL);
  expect(await pass<LandOutcome>(landing, FEW_SECONDS)).toMatchObject({ kind: 'landed' });
  expect([chain.effects(1), names.includes('transaction-replaced')]).toEqual([1, false]);
});

it('a provider that stands still holds no pair of calls either, though both complain of it', async () => {
  const one = sender(serve(new ModelChain(64)), serve(chain));
  const first = one.land(CALL);
  await advance(500);
  const both = Promise.all([first, one.land({ ...CALL, calldata: '0x02' })]);
  expect(await pass(both, FEW_SECONDS)).toMatchObject([{ kind: 'landed' }, { kind: 'landed' }]);
});

it('a provider that stands still does not hold a start', async () => {
  const stood = new ModelChain(64);
  const giveUp = new AbortController();
  const killed = sender(serve(stood), serve(chain)).land(CALL, giveUp.signal);
  await advance(500);
  giveUp.abort();
  await expect(killed).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  chain.mine(() => true);
  const recovery = sender(serve(stood), serve(chain)).recover();
  expect(
    await pass(
      recovery.then(() => 'recovered'),
      FEW_SECONDS,
    ),
  ).toBe('recovered');
  expect(chain.effects(1)).toBe(1);
});

it('a provider that invents a huge base fee does not keep a call from being replaced', async () => {
  let isLying = false;
  const liar = serve(chain, (method, result) => (isLying ? baseFee(10n ** 30n)(method, result) : result));
  const landing = sender(liar, serve(chain)).land(CALL);
  await advance(500);
  [isLying, chain.baseFee] = [true, 3n * GWEI];
  expect(await pass(landing, FEW_SECONDS)).toMatchObject({ kind: 'landed' });
});

it('a provider that invents no base fee delays a call by little', async () => {
  const landing = sender(serve(chain, baseFee(0n)), serve(chain)).land(CALL);
  expect(await pass(landing, FEW_SECONDS)).toMatchObject({ kind: 'landed' });
});

it('a sole provider goes on as before: what waits too long is replaced', async () => {
  const landing = sender(serve(chain)).land(CALL);
  await advance(500);
  chain.baseFee = 3n * GWEI;
  expect(await pass(landing, FEW_SECONDS)).toMatchObject({ kind: 'landed' });
  expect(names.filter((name) => name === 'transaction-replaced')).toHaveLength(1);
});
