import { type Address, address } from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import type { ObservedEvent, TransactionCall, TransactionJournal } from '@surety/workflows';
import type { PrivateKeyAccount } from 'viem';
import { createMemoryJournal } from '../memory-journal.js';
import { createRpc } from '../rpc.js';
import { type KeptSender, createTransactionSender } from '../transaction-sender.js';
import { type ModelChain, encodeModel } from './model-chain.js';

const GWEI = 1_000_000_000n;

/** The address of every sender of the model. */
const MODEL_OWNER: Address = address(`0x${'1a'.repeat(20)}`);

/** A call that any chain of the model takes. */
export const MODEL_CALL: TransactionCall = {
  purpose: 'apply',
  to: MODEL_OWNER,
  calldata: '0x01',
  gasCeiling: 100_000n,
};

const account = {
  address: MODEL_OWNER,
  signTransaction: async (transaction: Record<string, unknown>) => encodeModel(transaction),
} as unknown as PrivateKeyAccount;

/** Serves a chain of the model as a provider would; `change` may put something else in place of an answer. */
export function serveModel(
  chain: ModelChain,
  change: (method: string, result: unknown) => unknown = (_method, result) => result,
): RpcTransport {
  const rpc = chain.rpc();
  const answer = async (method: string, params: readonly unknown[]): Promise<Record<string, unknown>> => {
    if (method === 'eth_chainId') return { result: '0x1' };
    if (method !== 'eth_sendRawTransaction') return { result: change(method, await rpc.call(method, params)) };
    const sent = await rpc.broadcast(String(params[0]));
    return sent.kind === 'accepted' ? { result: '0x' } : { error: { code: -32_000, message: sent.detail } };
  };
  return {
    async send(body) {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...(await answer(method, params)) }) };
    },
  };
}

/** Clock, journal and events that the senders of one test have in common. Polls are a second apart, replacements five. */
export class ModelDesk {
  readonly clock = new ManualClock();
  readonly journal: TransactionJournal = createMemoryJournal();
  readonly events: ObservedEvent[] = [];

  /** Opens a sender that prefers the first of some providers. */
  open(...transports: readonly [RpcTransport, ...RpcTransport[]]): KeptSender {
    const { clock, journal, events } = this;
    const endpoints = transports.map((_, at) => ({ name: String(at), url: '' }));
    const transportOf = ({ name }: { readonly name: string }) => transports[Number(name)] ?? transports[0];
    return createTransactionSender({
      rpc: createRpc({ chainId: 1, endpoints, timeoutMs: 60_000, clock, transportOf }),
      account,
      journal,
      clock,
      observer: { observe: (event) => events.push(event) },
      errors: [],
      policy: {
        maxFeePerGasCap: 300n * GWEI,
        maxPriorityFeePerGasCap: 5n * GWEI,
        minPriorityFeePerGas: 1_000_000n,
        pollIntervalMs: 1_000,
        replaceAfterMs: 5_000,
        confirmations: 1,
        takeoverAfterMs: 30_000,
      },
    });
  }

  /** Returns how often something was observed. */
  count(name: string): number {
    return this.events.filter((event) => event.name === name).length;
  }

  /** Advances time and lets run whatever waits only for that. */
  async advance(durationMs: number): Promise<void> {
    this.clock.advance(durationMs);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets seconds pass, each with what the chain does in it, and returns what came of `run` until then. */
  async pass<Value>(run: Promise<Value>, seconds: number, act: () => void): Promise<Value | undefined> {
    let ended: Value | undefined;
    void run.then((value) => (ended = value));
    for (let second = 0; second < seconds; second++) {
      await this.advance(1_000);
      act();
    }
    return ended;
  }
}
