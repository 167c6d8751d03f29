import { bridgeIdsOf } from './chain-tables.js';
import type { Network } from './parse-network.js';

/** What a rule found: `error` refuses a production start, `warning` wants a look. */
export interface LintFinding {
  readonly rule: string;
  readonly level: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

interface LintRule {
  readonly name: string;
  readonly level: LintFinding['level'];
  /** What the rule wants, in one sentence. */
  readonly wants: string;
  find(network: Network): readonly { path: string; seen: string }[];
}

/** The first rules of the security linter; each has a bad and a good example in its test. */
export const LINT_RULES: readonly LintRule[] = [
  {
    name: 'providers-by-one-operator',
    level: 'error',
    wants: 'no operator behind a third or more of a chain’s providers, so that one lie stays a minority',
    find: (network) =>
      network.chains
        .filter((chain) => !chain.development)
        .flatMap((chain) => {
          const counts = new Map<string, number>();
          for (const { operator } of chain.providers) counts.set(operator, (counts.get(operator) ?? 0) + 1);
          return [...counts]
            .filter(([, count]) => count * 3 > chain.providers.length)
            .map(([operator, count]) => ({
              path: `${chain.name}.providers`,
              seen: `${operator} runs ${count} of ${chain.providers.length}`,
            }));
        }),
  },
  {
    name: 'attesters-below-seven',
    level: 'warning',
    wants: 'at least 7 attesters, so that two may fail and two may lie',
    find: (network) => {
      const count = network.attesters?.members.length ?? 0;
      return network.attesters !== undefined && count < 7 && network.profile === 'production'
        ? [{ path: 'attesters.members', seen: `${count} members` }]
        : [];
    },
  },
  {
    name: 'depth-without-finality',
    level: 'warning',
    wants: 'the finalized tag where a chain has one; a depth is a guess',
    find: (network) =>
      network.chains
        .filter((chain) => !chain.development && chain.finality.rule === 'depth')
        .map((chain) => ({ path: `${chain.name}.finality`, seen: 'a depth' })),
  },
  {
    name: 'zero-depth',
    level: 'error',
    wants: 'a depth above 0 outside development chains',
    find: (network) =>
      network.chains
        .filter((chain) => !chain.development && chain.finality.rule === 'depth' && chain.finality.depth === 0)
        .map((chain) => ({ path: `${chain.name}.finality.depth`, seen: '0' })),
  },
  {
    name: 'unset-cap',
    level: 'error',
    wants: 'a cap above 0 for every asset',
    find: (network) =>
      assetsOf(network)
        .filter(({ asset }) => asset.cap === '0')
        .map(({ path }) => ({ path: `${path}.cap`, seen: '0' })),
  },
  {
    name: 'unset-minimum',
    level: 'warning',
    wants: 'a minimum lock above 0, so that dust costs its sender something',
    find: (network) =>
      assetsOf(network)
        .filter(({ asset }) => asset.minimum === '0')
        .map(({ path }) => ({ path: `${path}.minimum`, seen: '0' })),
  },
  {
    name: 'full-weight',
    level: 'error',
    wants: 'an initial weight below 1: no asset is as good as the debt it backs',
    find: (network) =>
      assetsOf(network)
        .filter(({ asset }) => asset.baseI >= 10_000)
        .map(({ path, asset }) => ({ path: `${path}.baseI`, seen: String(asset.baseI) })),
  },
  {
    name: 'development-chain-id',
    level: 'error',
    wants: 'chain ids of public chains in the production profile',
    find: (network) =>
      network.chains
        .filter((chain) => network.profile === 'production' && bridgeIdsOf(chain.chainId).name === undefined)
        .map((chain) => ({ path: `${chain.name}.chainId`, seen: `${chain.chainId}, unknown to the SDK tables` })),
  },
  {
    name: 'vault-shares-ledger-verifier',
    level: 'error',
    wants: 'an attester set of its own at every vault’s chain',
    find: (network) =>
      network.chains
        .filter((chain) => chain.vault !== undefined && chain.chainId !== network.settlement?.chainId)
        .filter((chain) => chain.vault?.attesterSet.toLowerCase() === chain.vault?.address.toLowerCase())
        .map((chain) => ({ path: `${chain.name}.vault.attesterSet`, seen: 'the vault itself' })),
  },
];

/** Runs every rule; the result is empty for a network that keeps them all. */
export function lintNetwork(network: Network): LintFinding[] {
  return LINT_RULES.flatMap((rule) =>
    rule.find(network).map(({ path, seen }) => ({
      rule: rule.name,
      level: rule.level,
      path,
      message: `seen ${seen}; expected ${rule.wants}`,
    })),
  );
}

type Vault = NonNullable<Network['chains'][number]['vault']>;

function assetsOf(network: Network): { path: string; asset: Vault['assets'][number] }[] {
  return network.chains.flatMap((chain) =>
    (chain.vault?.assets ?? []).map((asset) => ({ path: `${chain.name}.vault.assets[${asset.symbol}]`, asset })),
  );
}
