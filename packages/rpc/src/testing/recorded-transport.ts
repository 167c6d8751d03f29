import type { RpcReply, RpcTransport } from '../rpc-transport.js';
import type { SeenRequest } from './lying-transport.js';

/** Responses recorded from an honest node, so that thousands of lies can be tested without one. */
export class Recording {
  readonly #results = new Map<string, unknown>();
  readonly #honest: RpcTransport;

  constructor(honest: RpcTransport) {
    this.#honest = honest;
  }

  /** Creates a transport that replays the recording, and asks the node once for each request it lacks. */
  transport(change: (request: SeenRequest, result: unknown) => unknown = (_, result) => result): RpcTransport {
    return {
      send: async (body, options): Promise<RpcReply> => {
        const request = JSON.parse(body) as SeenRequest;
        const result = change(request, structuredClone(await this.#recall(request, options)));
        return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result }) };
      },
    };
  }

  async #recall(request: SeenRequest, options: { signal: AbortSignal; bytesMax: number }): Promise<unknown> {
    const key = JSON.stringify([request.method, request.params]);
    if (!this.#results.has(key)) {
      const body = JSON.stringify({ jsonrpc: '2.0', ...request });
      const reply = await this.#honest.send(body, options);
      this.#results.set(key, (JSON.parse(reply.body) as { result: unknown }).result);
    }
    return this.#results.get(key);
  }
}
