import { AppError } from '@surety/domain';
import {
  type Network,
  type OperatorConfig,
  type ProviderEndpoint,
  lintNetwork,
  loadOperatorConfig,
} from '@surety/config';
import { type Hex, createPublicClient, http, keccak256 } from 'viem';
import { connectAggregator } from '../connect-aggregator.js';
import { operatorError } from '../errors.js';
import { formatTable } from '../format.js';
import { type CommonOptions, type Terminal, writeResult } from '../terminal.js';

/** One thing that was looked at. `warn` wants a look, `fail` must be mended. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

type Chain = Network['chains'][number];

/** Longest that one provider may take for one question. */
const PROVIDER_TIMEOUT_MS = 10_000;

/** Checks configuration, providers, deployed code and the aggregator, tells what to mend, and fails if something must be. */
export async function doctor(terminal: Terminal, options: CommonOptions): Promise<void> {
  const config = loadOperatorConfig(terminal.environment);
  terminal.tell(`checking ${config.network.chains.length} chains and ${config.aggregatorUrl} …`);
  const findings = [
    ...checkConfig(config.network),
    ...(await Promise.all(config.network.chains.map((chain) => checkChain(config, chain)))).flat(),
    await checkAggregator(config.aggregatorUrl),
  ];
  const failed = findings.filter((finding) => finding.result === 'fail').length;
  writeResult(terminal, options, { ok: failed === 0, findings }, () =>
    formatTable([['result', 'check', 'detail'], ...findings.map((one) => [one.result, one.check, one.detail])]),
  );
  if (failed > 0)
    throw operatorError('UNHEALTHY', `${failed} of ${findings.length} checks failed; mend them from the top`);
}

function checkConfig(network: Network): Finding[] {
  const lint = lintNetwork(network).map((finding): Finding => ({
    check: `lint ${finding.rule}`,
    result: finding.level === 'error' ? 'fail' : 'warn',
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

async function checkChain(config: OperatorConfig, chain: Chain): Promise<Finding[]> {
  const endpoints = config.endpoints.get(chain.chainId) ?? [];
  const missing = chain.providers
    .filter((provider) => !endpoints.some((endpoint) => endpoint.name === provider.name))
    .map((provider): Finding => ({
      check: `${chain.name} provider ${provider.name}`,
      result: 'warn',
      detail: `${provider.urlEnv} is not set; set it to the provider’s URL to check it`,
    }));
  const checked = await Promise.all(endpoints.map((endpoint) => checkProvider(config.network, chain, endpoint)));
  return [...missing, ...checked];
}

async function checkProvider(network: Network, chain: Chain, endpoint: ProviderEndpoint): Promise<Finding> {
  const check = `${chain.name} provider ${endpoint.name}`;
  const client = createPublicClient({
    transport: http(endpoint.url.reveal(), { timeout: PROVIDER_TIMEOUT_MS, retryCount: 0 }),
  });
  try {
    const seen = await client.getChainId();
    if (seen !== chain.chainId) {
      return { check, result: 'fail', detail: `answered chain id ${seen}; expected ${chain.chainId}; check its URL` };
    }
    const block = await client.getBlock({ blockTag: 'finalized' });
    const contract = contractOf(network, chain);
    if (contract === undefined) return { check, result: 'ok', detail: `final block ${block.number}` };
    const code = await client.getCode({ address: contract.address, blockNumber: block.number });
    const codeHash = keccak256(code ?? '0x');
    if (codeHash !== contract.codeHash.toLowerCase()) {
      return {
        check,
        result: 'fail',
        detail: `code of ${contract.address} hashes to ${codeHash}; expected ${contract.codeHash}`,
      };
    }
    await client.getProof({
      address: contract.address,
      storageKeys: [`0x${'0'.repeat(64)}`],
      blockNumber: block.number,
    });
    return { check, result: 'ok', detail: `proves final block ${block.number}, code as listed` };
  } catch (cause) {
    // viem's messages quote the URL, which may hold a key: tell its short form only.
    const short = cause instanceof Error && 'shortMessage' in cause ? String(cause.shortMessage) : 'no answer';
    return { check, result: 'fail', detail: `${short} A provider must answer, know its final block and prove it.` };
  }
}

function contractOf(network: Network, chain: Chain): { address: Hex; codeHash: string } | undefined {
  if (chain.vault !== undefined) return { address: chain.vault.address as Hex, codeHash: chain.vault.codeHash };
  const settlement = network.settlement;
  return settlement?.chainId === chain.chainId
    ? { address: settlement.ledger as Hex, codeHash: settlement.ledgerCodeHash }
    : undefined;
}

async function checkAggregator(url: string): Promise<Finding> {
  const check = `aggregator ${url}`;
  try {
    const readiness = await connectAggregator(url).readReadiness();
    if (readiness.ready) return { check, result: 'ok', detail: 'ready' };
    return { check, result: 'fail', detail: readiness.reasons.map((one) => `${one.code}: ${one.detail}`).join('; ') };
  } catch (failure) {
    const detail = failure instanceof AppError ? failure.message : 'no answer';
    return { check, result: 'warn', detail: `${detail}; set SURETY_AGGREGATOR_URLS to one that runs` };
  }
}
