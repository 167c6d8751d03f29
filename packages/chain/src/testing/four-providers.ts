import { systemClock } from '@surety/process';
import { type RpcProvider, type RpcTransport, createHttpTransport, openProviders } from '@surety/rpc';

/** Puts a result in place of a provider's answer to a request; undefined leaves the answer. */
export type Lie = (method: string, params: readonly unknown[]) => string | undefined;

/** Opens four providers of one node, of which the first may lie. */
export function openFourProviders({
  chainId,
  url,
  liar,
}: {
  readonly chainId: number;
  readonly url: string;
  readonly liar: Lie | undefined;
}): RpcProvider[] {
  const transport = createHttpTransport({ url });
  const lying: RpcTransport = {
    async send(body, options) {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      const result = liar?.(method, params);
      if (result === undefined) return transport.send(body, options);
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result }) };
    },
  };
  const endpoints = ['first', 'second', 'third', 'fourth'].map((name) => ({ name, url }));
  const transportOf = ({ name }: { readonly name: string }): RpcTransport => (name === 'first' ? lying : transport);
  return openProviders({ chainId, endpoints, timeoutMs: 10_000, clock: systemClock, transportOf });
}
