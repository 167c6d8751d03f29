import { chainId } from '@surety/domain';
import type { Clock, ObservedEvent, Observer } from '@surety/workflows';
import type { ChainRecord, HaltStore } from '../halt/halt-store.js';
import type { RpcReply, RpcTransport } from '../rpc/rpc-transport.js';
import { type OriginChainOptions, type OriginChainReader, createOriginChain } from '../create-origin-chain.js';
import { createHttpTransport } from '../rpc/http-transport.js';
import type { ProviderConfig } from '../rpc/rpc-provider.js';

/** Gives an item that a test knows is there. */
export function pick<Item>(list: readonly Item[], at: number): Item {
  const item = list[at];
  if (item === undefined) throw new Error(`there is no item ${at}`);
  return item;
}

/** A clock that runs. */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  elapsedMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const timer = setTimeout(stop, durationMs);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** An observer that keeps what it is told. */
export class RecordingObserver implements Observer {
  readonly events: ObservedEvent[] = [];

  observe(event: ObservedEvent): void {
    this.events.push(event);
  }

  /** Gives the events of one name. */
  named(name: string): ObservedEvent[] {
    return this.events.filter((event) => event.name === name);
  }
}

/** A halt record in memory. */
export class MemoryHaltStore implements HaltStore {
  record: ChainRecord = { halt: null, finals: [] };
  saves = 0;

  load(): Promise<ChainRecord> {
    return Promise.resolve(this.record);
  }

  save(record: ChainRecord): Promise<void> {
    this.record = record;
    this.saves += 1;
    return Promise.resolve();
  }
}

/** A JSON-RPC request as a transport sees it. */
export interface SeenRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Changes an honest answer; gives undefined to leave it. */
export type Lie = (
  request: SeenRequest,
  honest: { body: { result?: unknown }; reply: RpcReply },
) => RpcReply | Promise<RpcReply> | undefined;

/** A transport that asks an honest one and lies about what it is told to. */
export class LyingTransport implements RpcTransport {
  lie: Lie | undefined;
  /** Requests by method. */
  readonly requests: SeenRequest[] = [];
  readonly #honest: RpcTransport;

  constructor(honest: RpcTransport) {
    this.#honest = honest;
  }

  async send(body: string, options: { signal: AbortSignal; bytesMax: number }): Promise<RpcReply> {
    const request = JSON.parse(body) as SeenRequest;
    this.requests.push(request);
    const reply = await this.#honest.send(body, options);
    if (this.lie === undefined) return reply;
    const lied = await this.lie(request, { body: JSON.parse(reply.body) as { result?: unknown }, reply });
    return lied ?? reply;
  }

  /** Gives how often a method was asked. */
  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }
}

/** Four providers of four operators over some nodes, each able to lie. */
export function lyingProviders(
  urls: readonly string[],
  count = 4,
): { transports: LyingTransport[]; configs: ProviderConfig[] } {
  const transports = Array.from({ length: count }, (_, at) => {
    return new LyingTransport(createHttpTransport({ url: urls[at % urls.length] ?? '' }));
  });
  const configs = transports.map((transport, at) => ({ name: `p${at + 1}`, operator: `op${at + 1}`, transport }));
  return { transports, configs };
}

/** A reader over a local node with four providers, and everything that a test looks at. */
export async function openTestChain(
  node: { readonly url: string; readonly chainId: number },
  overrides: Partial<OriginChainOptions> = {},
): Promise<{ chain: OriginChainReader; transports: LyingTransport[]; observer: RecordingObserver; store: HaltStore }> {
  const { transports, configs } = lyingProviders([node.url]);
  const observer = new RecordingObserver();
  const store = overrides.haltStore ?? new MemoryHaltStore();
  const chain = await createOriginChain({
    chainId: chainId(node.chainId),
    providers: configs,
    finality: { kind: 'finalized-tag' },
    clock: systemClock,
    observer,
    ...overrides,
    haltStore: store,
    limits: { callTimeoutMs: 15_000, pollIntervalMs: 20, ...overrides.limits },
  });
  return { chain, transports, observer, store };
}
