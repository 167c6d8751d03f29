import { type Environment, type ProviderEndpoint, loadNetwork } from './load-config.js';
import { endpointsOf } from './load-hosts.js';
import type { Network } from './parse-network.js';

/** A process and the address of its health server. */
export interface ProcessAddress {
  readonly role: 'watcher' | 'relayer' | 'keeper';
  readonly url: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** Configuration of the command line: most commands need only the file. */
export interface OperatorConfig {
  readonly network: Network;
  /** The first of `aggregatorUrls`. */
  readonly aggregatorUrl: string;
  /** In the order in which they are asked. */
  readonly aggregatorUrls: readonly string[];
  /** Health servers of the processes to look after, by their variables. */
  readonly processes: readonly ProcessAddress[];
  /** Providers whose variables are set, by chain id. */
  readonly endpoints: ReadonlyMap<number, readonly ProviderEndpoint[]>;
}

/**
 * Loads the configuration of `surety`; providers whose variables are unset are left out.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID.
 */
export function loadOperatorConfig(environment: Environment): OperatorConfig {
  const network = loadNetwork(environment);
  const named = listOf(environment, 'SURETY_AGGREGATOR_URLS');
  const aggregatorUrls = named.length === 0 ? ['http://127.0.0.1:8710'] : named;
  return Object.freeze({
    network,
    aggregatorUrl: aggregatorUrls[0] as string,
    aggregatorUrls,
    processes: (['watcher', 'relayer', 'keeper'] as const).flatMap((role) => {
      const variable = `SURETY_${role.toUpperCase()}_URLS`;
      return listOf(environment, variable).map((url) => ({ role, url, variable }));
    }),
    endpoints: new Map(network.chains.map(({ chainId }) => [chainId, endpointsOf(network, chainId, environment)])),
  });
}

function listOf(environment: Environment, name: string): string[] {
  return (environment[name] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
