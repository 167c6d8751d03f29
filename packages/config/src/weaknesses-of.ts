import type { ConfigIssue } from './errors.js';
import { lintNetwork } from './lint/lint-network.js';
import type { Network } from './parse-network.js';

/**
 * Returns what `surety config lint` refuses in a network of the production profile, as problems of its file; none in
 * the development profile. `hosts` maps each provider variable to the host of its URL.
 */
export function weaknessesOf(network: Network, hosts: ReadonlyMap<string, string>): ConfigIssue[] {
  if (network.profile !== 'production') return [];
  return lintNetwork(network, { hosts })
    .findings.filter(({ severity }) => severity === 'refuse')
    .map(({ path, rule, message }) => {
      const [seen = '', expected = ''] = message.replace(/^seen /, '').split('; expected ');
      return { path, seen, expected: `${expected} (surety config lint: ${rule})` };
    });
}
