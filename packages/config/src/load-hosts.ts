import { configError } from './errors.js';
import type { Environment, ProviderEndpoint } from './load-config.js';
import type { Network } from './parse-network.js';
import { type Secret, readSecret } from './secret.js';

/**
 * Returns the providers of one chain whose variables are set, or name a file with the URL (`…_FILE`).
 * @throws CONFIG_INVALID for a file that cannot be read
 */
export function endpointsOf(network: Network, chainId: number, environment: Environment): ProviderEndpoint[] {
  const chain = network.chains.find((one) => one.chainId === chainId);
  return (chain?.providers ?? []).flatMap(({ name, operator, urlEnv }) => {
    const url = readUrl(environment, urlEnv);
    return url === undefined ? [] : [{ name, operator, url }];
  });
}

function readUrl(environment: Environment, urlEnv: string): Secret | undefined {
  try {
    return readSecret(environment, urlEnv);
  } catch {
    const issue = { path: `${urlEnv}_FILE`, seen: 'a file that cannot be read', expected: 'a readable file' };
    throw configError('CONFIG_INVALID', 'the environment', [issue]);
  }
}

/** Returns the host of each provider URL, by variable, without its key, path or user name. */
export function loadHosts(network: Network, environment: Environment): ReadonlyMap<string, string> {
  return new Map(
    network.chains.flatMap(({ providers }) =>
      providers.flatMap(({ urlEnv }): [string, string][] => {
        // A process that needs the variable refuses it if it is unset, not a URL, or a file that cannot be read. Here it just has no host.
        const text = textOf(environment, urlEnv) ?? '';
        return URL.canParse(text) ? [[urlEnv, new URL(text).hostname]] : [];
      }),
    ),
  );
}

function textOf(environment: Environment, urlEnv: string): string | undefined {
  try {
    return readSecret(environment, urlEnv)?.reveal();
  } catch {
    return undefined;
  }
}
