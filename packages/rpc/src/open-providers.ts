import { chainId as asChainId } from '@surety/domain';
import type { Clock, Observer } from '@surety/workflows';
import { createHttpTransport } from './http-transport.js';
import { DEFAULT_RPC_LIMITS } from './limits.js';
import { RpcProvider } from './rpc-provider.js';
import type { RpcTransport } from './rpc-transport.js';

/** One provider of a chain. The URL may hold a secret: only the name is ever printed. */
export interface RpcEndpoint {
  readonly name: string;
  readonly url: string | { reveal(): string };
}

/** The providers of a chain, and how long each may take. */
export interface ProvidersOptions {
  readonly chainId: number;
  readonly endpoints: readonly RpcEndpoint[];
  /** Milliseconds for one call. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told of each failure and each lie; nobody unless given. */
  readonly observer?: Observer;
  /** Bytes of one answer; those of {@link DEFAULT_RPC_LIMITS} unless given. */
  readonly responseBytesMax?: number;
  /** The way to a provider; HTTP unless given. */
  readonly transportOf?: (endpoint: RpcEndpoint) => RpcTransport;
}

/** Calls under way at one provider: a command reads 64 sources of 32 assets at once. */
const IN_FLIGHT_MAX = 2_048;

/** Opens the providers of a chain for whoever asks what he is asked; nothing is sent yet. */
export function openProviders(options: ProvidersOptions): RpcProvider[] {
  const { endpoints, timeoutMs, clock, transportOf, responseBytesMax } = options;
  const limits = {
    ...DEFAULT_RPC_LIMITS,
    ...(responseBytesMax === undefined ? {} : { responseBytesMax }),
    callTimeoutMs: timeoutMs,
    inFlightMax: IN_FLIGHT_MAX,
  };
  const observer = options.observer ?? { observe: () => undefined };
  const context = { chainId: asChainId(options.chainId), clock, observer, limits };
  return endpoints.map((endpoint) => {
    const transport = (transportOf ?? dial)(endpoint);
    return new RpcProvider({ name: endpoint.name, operator: endpoint.name, transport }, context);
  });
}

function dial({ url }: RpcEndpoint): RpcTransport {
  return createHttpTransport({ url: typeof url === 'string' ? url : url.reveal() });
}
