import type { Environment } from './load-config.js';
import type { Network } from './parse-network.js';

/** Gives the host of each provider whose variable holds a URL, by variable; no key, path or name of a user is in it. */
export function loadHosts(network: Network, environment: Environment): ReadonlyMap<string, string> {
  return new Map(
    network.chains.flatMap(({ providers }) =>
      providers.flatMap(({ urlEnv }): [string, string][] => {
        const text = environment[urlEnv] ?? '';
        // A process that loads the variable refuses it if it is unset or not a URL. Here it only has no host.
        return URL.canParse(text) ? [[urlEnv, new URL(text).hostname]] : [];
      }),
    ),
  );
}
