import type { ObservedEvent, Observer } from '@surety/workflows';
import { createHttpTransport } from '../http-transport.js';
import type { ProviderConfig } from '../rpc-provider.js';
import type { RpcReply, RpcTransport } from '../rpc-transport.js';

/** Returns the item at an index that the test knows to exist. */
export function pick<Item>(list: readonly Item[], at: number): Item {
  const item = list[at];
  if (item === undefined) throw new Error(`there is no item ${at}`);
  return item;
}

/** Records every event. */
export class RecordingObserver implements Observer {
  readonly events: ObservedEvent[] = [];

  observe(event: ObservedEvent): void {
    this.events.push(event);
  }

  /** Returns the events of one name. */
  named(name: string): ObservedEvent[] {
    return this.events.filter((event) => event.name === name);
  }
}

/** A JSON-RPC request as a transport sees it. */
export interface SeenRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Changes an honest response; returns undefined to leave it unchanged. */
export type Lie = (
  request: SeenRequest,
  honest: { body: { result?: unknown }; reply: RpcReply },
) => RpcReply | Promise<RpcReply> | undefined;

/** A transport that forwards to an honest one and applies the test's lies to the responses. */
export class LyingTransport implements RpcTransport {
  lie: Lie | undefined;
  /** Requests seen, in order. */
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

  /** Returns how often a method was requested. */
  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }
}

/** Builds four providers of four operators over some nodes, each able to lie. */
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
