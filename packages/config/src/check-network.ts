import { checkBridgeIds } from './chain-tables.js';
import { findLocalVaultIssues } from './check-local-vault.js';
import { findMarketIssues } from './check-markets.js';
import { checkSpellings } from './check-spellings.js';
import { findWitnessIssues } from './check-witnesses.js';
import { duplicates } from './duplicates.js';
import type { ConfigIssue } from './errors.js';
import type { ChainFile, NetworkFile } from './network-schema.js';

/** Fewest providers and operators of a chain that is not marked as a development chain. @source PROTOCOL section 4 */
export const PROVIDERS_MIN = 4;
/** Fewest independent operators of those providers. @source PROTOCOL section 4 */
export const OPERATORS_MIN = 3;

/**
 * Finds problems beyond the schema: duplicates, broken references, too few providers, overlong frames, wrong bridge
 * ids, names in two spellings.
 */
export function checkNetwork(network: NetworkFile): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  network.chains.forEach((chain, at) => {
    const path = `chains[${at}]`;
    issues.push(
      ...checkBridgeIds(chain, path),
      ...checkProviders(chain, path),
      ...checkFrames(chain, path),
      ...checkAssets(network, chain, path),
    );
    if (chain.development && network.profile === 'production') {
      issues.push({ path: `${path}.development`, seen: 'true', expected: 'false in the production profile' });
    }
  });
  return [
    ...issues,
    ...checkUniqueness(network),
    ...checkSettlement(network),
    ...findMarketIssues(network),
    ...findLocalVaultIssues(network),
    ...checkAttesters(network),
    ...findWitnessIssues(network),
    ...checkSpellings(network),
  ];
}

function checkProviders(chain: ChainFile, path: string): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const operators = new Set(chain.providers.map((provider) => provider.operator));
  if (!chain.development && chain.providers.length < PROVIDERS_MIN) {
    issues.push({
      path: `${path}.providers`,
      seen: `${chain.providers.length} providers`,
      expected: `at least ${PROVIDERS_MIN}`,
    });
  }
  if (!chain.development && operators.size < OPERATORS_MIN) {
    issues.push({
      path: `${path}.providers`,
      seen: `${operators.size} operators`,
      expected: `at least ${OPERATORS_MIN}`,
    });
  }
  return [
    ...issues,
    ...duplicates({
      values: chain.providers.map((provider) => provider.name),
      path: `${path}.providers`,
      what: 'name',
    }),
    ...duplicates({
      values: chain.providers.map((provider) => provider.urlEnv),
      path: `${path}.providers`,
      what: 'urlEnv',
    }),
  ];
}

function checkFrames(chain: ChainFile, path: string): ConfigIssue[] {
  const longest = Math.max(1, Math.floor(chain.finality.stepBlocks / 4));
  if (chain.frameLength <= longest) return [];
  return [
    {
      path: `${path}.frameLength`,
      seen: String(chain.frameLength),
      expected: `at most ${longest}, a quarter of finality.stepBlocks ${chain.finality.stepBlocks}`,
    },
  ];
}

function checkAssets(network: NetworkFile, chain: ChainFile, path: string): ConfigIssue[] {
  const vault = chain.vault;
  if (vault === undefined) return [];
  const issues = [
    ...duplicates({
      values: vault.assets.map((asset) => String(asset.index)),
      path: `${path}.vault.assets`,
      what: 'index',
    }),
    ...duplicates({
      values: vault.assets.map((asset) => asset.token.toLowerCase()),
      path: `${path}.vault.assets`,
      what: 'token',
    }),
  ];
  const underlyings = new Set(network.settlement?.underlyings.map((underlying) => underlying.id));
  vault.assets.forEach((asset, at) => {
    const here = `${path}.vault.assets[${at}]`;
    if (network.settlement !== undefined && !underlyings.has(asset.underlying)) {
      issues.push({
        path: `${here}.underlying`,
        seen: String(asset.underlying),
        expected: 'an id in settlement.underlyings',
      });
    }
    if (asset.baseI > asset.baseM) {
      issues.push({ path: `${here}.baseI`, seen: String(asset.baseI), expected: `at most baseM ${asset.baseM}` });
    }
    if (BigInt(asset.cap) < BigInt(asset.minimum)) {
      issues.push({ path: `${here}.cap`, seen: asset.cap, expected: `at least the minimum ${asset.minimum}` });
    }
  });
  return issues;
}

function checkUniqueness(network: NetworkFile): ConfigIssue[] {
  const vaults = network.chains.flatMap((chain) => (chain.vault === undefined ? [] : [chain.vault]));
  return [
    ...duplicates({
      values: network.chains.map((chain) => String(chain.chainId)),
      path: 'chains',
      what: 'chainId',
    }),
    ...duplicates({
      values: network.chains.map((chain) => chain.name),
      path: 'chains',
      what: 'name',
    }),
    ...duplicates({
      values: vaults.map((vault) => String(vault.source)),
      path: 'chains',
      what: 'vault.source',
    }),
    ...duplicates({
      values: vaults.flatMap((vault) => vault.assets.map((asset) => String(asset.assetId))),
      path: 'chains',
      what: 'vault.assets.assetId',
    }),
  ];
}

function checkSettlement(network: NetworkFile): ConfigIssue[] {
  const settlement = network.settlement;
  if (settlement === undefined) return [];
  const issues = duplicates({
    values: settlement.underlyings.map((one) => String(one.id)),
    path: 'settlement.underlyings',
    what: 'id',
  });
  settlement.underlyings.forEach((underlying, at) =>
    issues.push(...checkPriceSources(underlying, `settlement.underlyings[${at}]`)),
  );
  if (!network.chains.some((chain) => chain.chainId === settlement.chainId)) {
    issues.push({
      path: 'settlement.chainId',
      seen: String(settlement.chainId),
      expected: 'the chainId of a member of chains',
    });
  }
  if (network.attesters === undefined) {
    issues.push({ path: 'attesters', seen: 'nothing', expected: 'the attester set of the settlement chain' });
  }
  return issues;
}

/** One source is the feed itself; two or three stand behind it. */
function checkPriceSources(
  { feed, sources = [] }: NonNullable<NetworkFile['settlement']>['underlyings'][number],
  path: string,
): ConfigIssue[] {
  const adapters = sources.map(({ adapter }) => adapter.toLowerCase());
  const issues = duplicates({ values: adapters, path: `${path}.sources`, what: 'adapter' });
  const isAdapter = adapters.includes(feed.toLowerCase());
  if (adapters.length === 1 && !isAdapter)
    issues.push({ path: `${path}.feed`, seen: feed, expected: `the only adapter ${sources[0]?.adapter}` });
  if (adapters.length > 1 && isAdapter)
    issues.push({ path: `${path}.feed`, seen: feed, expected: 'a median, not one of its sources' });
  return issues;
}

function checkAttesters(network: NetworkFile): ConfigIssue[] {
  const members = network.attesters?.members ?? [];
  return duplicates({
    values: members.map((member) => member.toLowerCase()),
    path: 'attesters.members',
    what: 'address',
  });
}
