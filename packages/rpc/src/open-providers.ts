import { chainId as asChainId } from '@surety/domain';
import type { Clock, Observer } from '@surety/workflows';
import { createHttpTransport } from './http-transport.js';
import { DEFAULT_RPC_LIMITS } from './limits.js';
import { RpcProvider } from './rpc-provider.js';
import type { RpcTransport } from './rpc-transport.js';

/** One provider of a chain. The URL may contain a secret: only the name is ever printed. */
export interface RpcEndpoint {
  readonly name: string;
  readonly url: string | { reveal(): string };
}

/** The providers of a chain and their time limit. */
export interface ProvidersOptions {
  readonly chainId: number;
  readonly endpoints: readonly RpcEndpoint[];
  /** Time limit of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Receives each failure and each lie; none by default. */
  readonly observer?: Observer;
  /** Largest response in bytes; {@link DEFAULT_RPC_LIMITS} by default. */
  readonly responseBytesMax?: number;
  /** Creates the transport to a provider; HTTP by default. */
  readonly transportOf?: (endpoint: RpcEndpoint) => RpcTransport;
}

/** Concurrent calls at one provider: a command reads 64 sources of 32 assets at once. */
const IN_FLIGHT_MAX = 2_048;

/** Opens the providers of a chain; sends nothing yet. */
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
