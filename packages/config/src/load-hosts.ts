import type { Environment } from './load-config.js';
import type { Network } from './parse-network.js';

/** Gives the host of each provider whose variable holds a URL, by variable; no key, path or name of a user is in it. */
export function loadHosts(network: Network, environment: Environment): ReadonlyMap<string, string> {
  return new Map(
    network.chains.flatMap(({ providers }) =>
      providers.flatMap(({ urlEnv }): [string, string][] => {
        const text = environment[urlEnv] ?? '';
        // What is unset or no URL is refused where a process loads it; here it only has no host.
        return URL.canParse(text) ? [[urlEnv, new URL(text).hostname]] : [];
      }),
    ),
  );
}
