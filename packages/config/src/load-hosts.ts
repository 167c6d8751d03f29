import type { Environment } from './load-config.js';
import type { Network } from './parse-network.js';

/** Returns the host of each provider URL, by variable, without its key, path or user name. */
export function loadHosts(network: Network, environment: Environment): ReadonlyMap<string, string> {
  return new Map(
    network.chains.flatMap(({ providers }) =>
      providers.flatMap(({ urlEnv }): [string, string][] => {
        const text = environment[urlEnv] ?? '';
        // A process that needs the variable refuses it if it is unset or not a URL. Here it just has no host.
        return URL.canParse(text) ? [[urlEnv, new URL(text).hostname]] : [];
      }),
    ),
  );
}
