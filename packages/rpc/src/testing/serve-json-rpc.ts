import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SeenRequest } from './lying-transport.js';

/** The response of a served provider to a method: a JSON-RPC answer, a raw body, an HTTP status, or none at all. */
export type ServedAnswer =
  { readonly result?: unknown; readonly error?: unknown; readonly id?: unknown } | string | number | undefined;

/** A provider over HTTP on loopback. */
export interface ServedProvider {
  readonly url: string;
  /** Methods that were asked, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Chooses the response to each request. */
export type Answering = (method: string, params: readonly unknown[]) => ServedAnswer | Promise<ServedAnswer>;

/** Serves JSON-RPC on a free port. */
export async function serveJsonRpc(answer: Answering): Promise<ServedProvider> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const reply = async (): Promise<void> => {
      const question = JSON.parse(Buffer.concat(chunks).toString('utf8')) as SeenRequest;
      asked.push(question.method);
      const said = await answer(question.method, question.params);
      if (said === undefined) return;
      if (typeof said === 'number') return void response.writeHead(said).end();
      response.setHeader('content-type', 'application/json');
      response.end(typeof said === 'string' ? said : JSON.stringify({ jsonrpc: '2.0', id: question.id, ...said }));
    };
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void reply());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers `eth_chainId` with the chain id, and every other method with `rest`. */
export function atChain(chainId: number, rest: ServedAnswer): Answering {
  return (method) => (method === 'eth_chainId' ? { result: `0x${chainId.toString(16)}` } : rest);
}

const NO_BYTES: ReadonlySet<string> = new Set(['eth_call', 'eth_getCode']);

/** Ways in which one of several providers misbehaves, each built on honest answers. */
export const PROVIDER_LIES: Readonly<Record<string, (honest: Answering) => Answering>> = {
  'answers as of a block before the contracts': (honest) => (method, params) =>
    NO_BYTES.has(method) ? { result: '0x' } : honest(method, params),
  'belongs to another chain': (honest) => (method, params) =>
    method === 'eth_chainId' ? { result: '0x7a69' } : honest(method, params),
  'answers other questions': (honest) => async (method, params) => {
    const said = await honest(method, params);
    return typeof said === 'object' ? { ...said, id: 999_999 } : said;
  },
  'talks nonsense': () => () => '<html>busy</html>',
  'is silent': () => () => undefined,
  'answers with HTTP 500': () => () => 500,
};
