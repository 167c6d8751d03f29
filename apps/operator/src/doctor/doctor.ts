import { diffWitnesses } from '@surety/bridges';
import { type HaltStore, createOriginChain } from '@surety/chain';
import { AppError, chainId } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { type Network, type ProviderEndpoint, lintNetwork, loadHosts } from '@surety/config';
import { collateralVaultAbi, isCodeOf, localDeskAbi, localDeskCode } from '@surety/contracts';
import { createHttpTransport, createReader, openProviders, providerTransport } from '@surety/rpc';
import { type Hex, keccak256 } from 'viem';
import { checkAttester } from '../attester/check-attester.js';
import { compareEdges } from './compare-edges.js';
import { compareStateHashes } from './compare-state-hashes.js';
import { compareDeployment } from './compare-deployment.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { checkExits } from '../exit/check-exits.js';
import { openLocalPlace } from '../local/local-place.js';
import { type Reach, openConfig } from '../chains/open-config.js';
import { readStalePrices } from './read-price-ages.js';
import { readProcesses } from './read-processes.js';
import { readPriceSources } from './read-price-sources.js';
import { judgeCoverage } from './judge-coverage.js';
import { readCoverages } from './read-coverages.js';
import { operatorError, tellFailure } from '../errors.js';
import { openMarkets } from '../markets/find-market.js';
import { differencesOf } from '../markets/read-market.js';
import { formatTable } from '../terminal/format.js';
import { type Finding, groupFindings } from '../terminal/group-findings.js';
import { judgeEdge } from './judge-edge.js';
import { findLagging } from './judge-heads.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { openSources } from './witnessed-sources.js';

type Chain = Network['chains'][number];

/** Longest that one provider may take for one question. */
const PROVIDER_TIMEOUT_MS = 10_000;

/** A doctor signs nothing, so it has no halts to remember. */
const NO_HALTS: HaltStore = { load: async () => ({ halt: null, finals: [] }), save: async () => {} };

/** Options of `surety doctor`. */
export interface DoctorOptions extends OutputOptions {
  /** True to check the attester of this machine, too. */
  readonly attester?: boolean;
}

/**
 * Checks configuration, providers, deployed code and the aggregator, says what to mend, and fails if something must be mended.
 */
export async function doctor(terminal: Terminal, options: DoctorOptions): Promise<void> {
  const config = openConfig(terminal);
  terminal.tell(`checking ${config.network.chains.length} chains and ${config.aggregatorUrl} …`);
  const findings = [
    ...checkRepeatedUrls(config),
    ...checkConfig(config.network, loadHosts(config.network, terminal.environment)),
    ...(await Promise.all(config.network.chains.map((chain) => checkChain(config, chain, terminal.clock)))).flat(),
    ...(await checkDeployment(config)),
    ...(await checkSources(config)),
    ...(await checkCoverages(config)),
    ...(await checkExits(config)),
    ...(await checkDesk(config)),
    ...(await checkMarkets(config)),
    ...(await checkPrices(config)),
    ...(await checkStalePrices(config)),
    ...(await Promise.all(config.aggregatorUrls.map((url) => checkAggregator(config.network, url)))).flat(),
    ...(await checkStateHashes(config)),
    ...(await checkProcesses(config)),
    ...(options.attester ? await checkAttester(terminal.environment, terminal.clock) : []),
  ];
  const failed = findings.filter((finding) => finding.result === 'fail').length;
  writeResult(terminal, options, { ok: failed === 0, findings }, () =>
    formatTable([
      ['result', 'check', 'detail'],
      ...groupFindings(findings).map((one) => [one.result, one.check, one.detail]),
    ]),
  );
  if (failed > 0)
    throw operatorError('UNHEALTHY', `${failed} of ${findings.length} checks failed; mend them from the top`);
}

function checkConfig(network: Network, hosts: ReadonlyMap<string, string>): Finding[] {
  const lint = lintNetwork(network, { hosts }).findings.map((finding): Finding => ({
    check: `lint ${finding.rule}`,
    result: finding.severity === 'refuse' ? 'fail' : 'warn',
    detail: `${finding.path}: ${finding.message}`,
  }));
  const deployed: Finding =
    network.settlement === undefined
      ? { check: 'deployment', result: 'warn', detail: 'chains.config.json has no settlement part yet: deploy first' }
      : {
          check: 'deployment',
          result: 'ok',
          detail: `ledger ${network.settlement.ledger} on chain ${network.settlement.chainId}`,
        };
  return [
    { check: 'configuration', result: 'ok', detail: `${network.chains.length} chains, profile ${network.profile}` },
    deployed,
    ...lint,
  ];
}

async function checkChain(config: Reach, chain: Chain, clock: Clock): Promise<Finding[]> {
  const endpoints = config.endpoints.get(chain.chainId) ?? [];
  const missing = chain.providers
    .filter((provider) => !endpoints.some((endpoint) => endpoint.name === provider.name))
    .map((provider): Finding => ({
      check: `${chain.name} provider ${provider.name}`,
      result: 'warn',
      detail: `${provider.urlEnv} is not set; set it to the provider’s URL to check it`,
    }));
  // Without providers nothing is known about a chain, which is a finding.
  if (endpoints.length === 0) return missing.map((finding) => ({ ...finding, result: 'fail' }));
  const providers = await checkProviders(chain, endpoints, clock);
  const codes = await Promise.all(endpoints.map((endpoint) => checkCode(config, chain, endpoint)));
  return [...missing, ...providers, ...codes.flat()];
}

/** Asks each provider for its chain id and for the proof of a final block, as a watcher does at its start. */
async function checkProviders(chain: Chain, endpoints: readonly ProviderEndpoint[], clock: Clock): Promise<Finding[]> {
  const reader = await createOriginChain({
    chainId: chainId(chain.chainId),
    // Each provider is checked alone. Too few of them are a finding of the configuration, not of this reader.
    development: true,
    providers: endpoints.map(({ name, operator, url }) => ({
      name,
      operator,
      transport: createHttpTransport({ url: url.reveal() }),
    })),
    finality:
      chain.finality.rule === 'finalized'
        ? { kind: 'finalized-tag' }
        : { kind: 'development', depth: BigInt(chain.finality.depth) },
    haltStore: NO_HALTS,
    clock,
    observer: { observe: () => {} },
    limits: { callTimeoutMs: PROVIDER_TIMEOUT_MS },
  });
  const checks = await reader.checkProviders();
  const heads = checks.flatMap((one) => (one.ok ? [{ provider: one.provider, head: one.height + one.depth }] : []));
  const lagging = findLagging(heads, chain.blockTimeMs);
  return checks.map((one): Finding => {
    const check = `${chain.name} provider ${one.provider}`;
    if (!one.ok) return { check, result: 'fail', detail: `${one.code}: ${one.reason}` };
    const detail = lagging.get(one.provider) ?? `proves final block ${one.height}, ${one.depth} behind its head`;
    return { check, result: lagging.has(one.provider) ? 'fail' : 'ok', detail };
  });
}

/** Compares the code of the chain's contracts with the hashes that the file lists, and of its tokens with what the vault pinned. */
async function checkCode({ network, clock }: Reach, chain: Chain, endpoint: ProviderEndpoint): Promise<Finding[]> {
  const place = { chainId: chain.chainId, endpoints: [endpoint], timeoutMs: PROVIDER_TIMEOUT_MS, clock };
  const client = createReader(providerTransport(openProviders(place)));
  const vault = chain.vault?.address as Hex;
  const contracts = contractsOf(network, chain).map(({ name, address, codeHash }) => ({
    name,
    address,
    read: async () => {
      const code = await client.getCode({ address, blockTag: 'finalized' });
      return { seen: keccak256(code ?? '0x'), expected: codeHash.toLowerCase() };
    },
  }));
  const tokens = (chain.vault?.assets ?? []).map(({ index, symbol, token }) => ({
    name: `token ${symbol}`,
    address: token as Hex,
    read: async () => {
      const contract = { address: vault, abi: collateralVaultAbi, blockTag: 'finalized' } as const;
      const [expected, seen] = await client.readContract({ ...contract, functionName: 'codeOf', args: [index] });
      return { seen, expected };
    },
  }));
  return Promise.all(
    [...contracts, ...tokens].map(async ({ name, address, read }): Promise<Finding> => {
      const check = `${chain.name} ${name} at ${endpoint.name}`;
      const at = endpoint.name;
      try {
        const { seen, expected } = await read();
        if (seen === expected) return { check, at, result: 'ok', detail: `code of ${address} as listed` };
        return { check, at, result: 'fail', detail: `${address} holds ${codeText(seen)}; expected ${expected}` };
      } catch (cause) {
        return { check, at, result: 'fail', detail: tellFailure(cause).message };
      }
    }),
  );
}

/** Describes code by its hash; what was deployed a moment ago is in no final block yet. */
function codeText(hash: string): string {
  return hash === keccak256('0x')
    ? 'no code in the final block (wait if it was just deployed)'
    : `code of hash ${hash}`;
}

function contractsOf(network: Network, chain: Chain): { name: string; address: Hex; codeHash: string }[] {
  const { settlement } = network;
  const vault = chain.vault;
  return [
    ...(vault === undefined ? [] : [{ name: 'vault', address: vault.address as Hex, codeHash: vault.codeHash }]),
    ...(settlement?.chainId === chain.chainId
      ? [
          { name: 'ledger', address: settlement.ledger as Hex, codeHash: settlement.ledgerCodeHash },
          ...(settlement.markets ?? []).map(({ name, address, codeHash }) => ({
            name: `market ${name}`,
            address: address as Hex,
            codeHash,
          })),
        ]
      : []),
  ];
}

/** Compares the places that the file names with the contracts that know them. */
async function checkDeployment(config: Reach): Promise<Finding[]> {
  const compared = await compareDeployment(config);
  const differing = compared.filter(({ seen, expected }) => seen?.toLowerCase() !== expected.toLowerCase());
  const detail = `${compared.length} members of chains.config.json as on the chains`;
  if (differing.length === 0) return compared.length === 0 ? [] : [{ check: 'places', result: 'ok', detail }];
  const failures = new Map<string, Finding>();
  const findings = differing.flatMap(({ chain, path, seen, expected, failure = '', moves }): Finding[] => {
    if (seen === undefined) {
      // A chain that does not answer leaves all of its members unread for one reason.
      const key = `${chain}: ${failure}`;
      const paths = [failures.get(key)?.check ?? chain, path].join(failures.has(key) ? ', ' : ' ');
      failures.set(key, { check: paths, result: 'fail', detail: `could not be compared: ${failure}` });
      return [];
    }
    const told = `${seen} on chain; chains.config.json has ${expected}${moves ? ': bring the file up to date' : ''}`;
    return [{ check: `${chain} ${path}`, result: moves ? 'warn' : 'fail', detail: told }];
  });
  return [...findings, ...failures.values()];
}

/** Compares each source with the file, as `surety config diff` does: places, witnesses, bridges, assets, caps. */
async function checkSources(config: Reach): Promise<Finding[]> {
  const { settlement, chains } = config.network;
  const isReached = (id: number): boolean => (config.endpoints.get(id) ?? []).length > 0;
  // A chain without providers is a finding already.
  if (settlement === undefined || !isReached(settlement.chainId)) return [];
  const network = { ...config.network, chains: chains.filter(({ chainId: id }) => isReached(id)) };
  const compared = await Promise.all(
    openSources({ ...config, network }).map(async ({ chain, source, readers }): Promise<Finding[]> => {
      const { drift, unread } = await diffWitnesses(source, readers);
      const check = (path: string): string => `${chain} ${path}`;
      const findings = [
        ...drift.map(({ path, seen, expected }): Finding => {
          const detail = `${seen} on chain; chains.config.json has ${expected}: find out who changed which, and mend that one`;
          return { check: check(path), result: 'fail', detail };
        }),
        ...unread.map(({ path, detail }): Finding => ({ check: check(path), result: 'warn', detail })),
      ];
      const detail = `places, ${source.witnesses.length} witnesses, bridges and assets as listed`;
      return findings.length === 0 ? [{ check: check('source'), result: 'ok', detail }] : findings;
    }),
  );
  return compared.flat();
}

/** Compares the desk beside the ledger with the file: its code, its ledger and its vault. */
async function checkDesk(config: Reach): Promise<Finding[]> {
  const { settlement, chains } = config.network;
  const vault = chains.find((chain) => chain.chainId === settlement?.chainId)?.vault;
  // Without providers the chain itself is a finding already.
  if (settlement === undefined || vault === undefined || (config.endpoints.get(settlement.chainId) ?? []).length === 0)
    return [];
  const check = 'desk of source 0';
  try {
    const { client, desk } = openLocalPlace(config);
    const contract = { address: desk, abi: localDeskAbi } as const;
    const code = (await client.getCode({ address: desk })) ?? '0x';
    if (!isCodeOf(code, localDeskCode))
      return [
        { check, result: 'fail', detail: `${desk} holds other code than LocalDesk; lock and release without it` },
      ];
    const ends = await Promise.all([
      client.readContract({ ...contract, functionName: 'ledger' }),
      client.readContract({ ...contract, functionName: 'vault' }),
    ]);
    const expected = [settlement.ledger, vault.address].join(' and ');
    const seen = ends.join(' and ');
    if (seen.toLowerCase() === expected.toLowerCase()) return [{ check, result: 'ok', detail: `${desk} as listed` }];
    return [{ check, result: 'fail', detail: `${desk} stands between ${seen}; expected ${expected}` }];
  } catch (cause) {
    return [{ check, result: 'fail', detail: tellFailure(cause).message }];
  }
}

/** Compares each market with the file: ledger, token, tranche, listing and terms. */
async function checkMarkets(config: Reach): Promise<Finding[]> {
  const { settlement } = config.network;
  // Without providers the chain itself is a finding already.
  if (settlement === undefined || (config.endpoints.get(settlement.chainId) ?? []).length === 0) return [];
  return Promise.all(
    openMarkets(config).map(async (place): Promise<Finding> => {
      const check = `terms of market ${place.configured.name}`;
      try {
        const differences = await differencesOf(place);
        if (differences.length === 0) return { check, result: 'ok', detail: `${place.market.address} as listed` };
        return { check, result: 'fail', detail: differences.join('; ') };
      } catch (cause) {
        return { check, result: 'fail', detail: tellFailure(cause).message };
      }
    }),
  );
}

/** Names each asset whose vault holds too little, or that the ledger counts as less, and what to run. */
async function checkCoverages(config: Reach): Promise<Finding[]> {
  const all = await readCoverages(config);
  const troubles = all.flatMap((facts) => judgeCoverage(facts) ?? []);
  const unread = all.filter((facts) => facts.unread.length > 0);
  const whole = all.length - unread.length;
  const detail = `every unit of ${whole} assets has its tokens`;
  return [
    ...(troubles.length === 0 && whole > 0 ? [{ check: 'coverage', result: 'ok', detail } as const] : []),
    ...troubles.map((one): Finding => ({
      check: `${one.chain} coverage of ${one.symbol}`,
      result: one.isDue ? 'fail' : 'warn',
      detail: `${one.detail}; next: ${one.next}`,
    })),
    ...unread.map((one): Finding => ({
      check: `${one.chain} coverage of ${one.symbol}`,
      result: 'fail',
      detail: `not read: ${one.unread.join('; ')}`,
    })),
  ];
}

/** Compares the sources of each price with the settlement chain, and names those that a median leaves out now. */
async function checkPrices(config: Reach): Promise<Finding[]> {
  const all = await readPriceSources(config);
  return all.map(({ symbol, networks, differences, silent }): Finding => {
    const check = `price ${symbol}`;
    if (differences.length > 0) return { check, result: 'fail', detail: differences.join('; ') };
    if (silent.length === 0) return { check, result: 'ok', detail: `${networks.join(', ')} as listed` };
    const detail = `left out: ${silent.join(', ')}; bring an update if the source needs one, or see docs/PRICES.md`;
    return { check, result: 'warn', detail };
  });
}

/** Names each price that counts for nothing new. */
async function checkStalePrices(config: Reach): Promise<Finding[]> {
  const stale = await readStalePrices(config);
  return stale.map(({ symbol, detail }) => ({ check: `price of ${symbol}`, result: 'fail', detail }));
}

/** Asks aggregators whether they are ready, and whether enough attesters of each edge keep up. */
async function checkAggregator(network: Network, url: string): Promise<Finding[]> {
  const check = `aggregator ${url}`;
  try {
    const client = connectAggregator(url);
    const [readiness, edges] = await Promise.all([client.readReadiness(), client.readEdges()]);
    const detail = readiness.reasons.map((one) => `${one.code}: ${one.detail}`).join('; ');
    const result = readiness.ready ? (detail === '' ? 'ok' : 'warn') : 'fail';
    const differing = compareEdges(network, edges);
    if (differing !== undefined) return [{ check, result: 'fail', detail: differing }];
    return [{ check, result, detail: detail === '' ? 'ready' : detail }, ...edges.flatMap(judgeEdge)];
  } catch (failure) {
    const detail = failure instanceof AppError ? failure.message : 'no answer';
    return [{ check, result: 'fail', detail: `${detail}; set SURETY_AGGREGATOR_URLS to one that runs` }];
  }
}

/** Compares what several aggregators made of the same blocks. One that does not answer is a finding of its own. */
async function checkStateHashes({ aggregatorUrls }: Reach): Promise<readonly Finding[]> {
  if (aggregatorUrls.length < 2) return [];
  const heard = aggregatorUrls.map(async (url) => {
    const status = await connectAggregator(url)
      .readStatus()
      .catch(() => undefined);
    return { url, stateHash: status?.stateHash };
  });
  return compareStateHashes(await Promise.all(heard));
}

/** Asks each named watcher, relayer and keeper. */
async function checkProcesses({ processes }: Reach): Promise<Finding[]> {
  const all = await readProcesses(processes);
  return all.map(({ role, url, ready, reasons }): Finding => {
    const detail = reasons.map((one) => `${one.code}: ${one.detail}`).join('; ');
    const result = ready ? (reasons.length === 0 ? 'ok' : 'warn') : 'fail';
    return { check: `${role} ${url}`, result, detail: detail === '' ? 'ready' : detail };
  });
}

/** Names providers of one chain that are one URL: one endpoint under several names would form a quorum by itself. */
function checkRepeatedUrls({ network, endpoints }: Reach): Finding[] {
  return network.chains.flatMap(({ chainId: id, name }) => {
    const seen = new Map<string, string>();
    return (endpoints.get(id) ?? []).flatMap(({ name: provider, url }): Finding[] => {
      const first = seen.get(url.reveal());
      seen.set(url.reveal(), first ?? provider);
      if (first === undefined) return [];
      const detail = `the same URL as ${first}; expected another: one endpoint under two names agrees with itself`;
      return [
        { check: `${name} provider ${provider}`, result: network.profile === 'development' ? 'warn' : 'fail', detail },
      ];
    });
  });
}
