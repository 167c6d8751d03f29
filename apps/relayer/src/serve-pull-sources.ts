import { type PriceServices, type RelayerConfig, priceNetworkOf } from '@surety/config';
import { type Hex, address } from '@surety/domain';
import { type AskService, type PullSourceSpec, createPullSource, pythOffers, redStoneOffers } from '@surety/prices';
import type { PullSource } from '@surety/workflows';
import type { ChainDesk } from './chain-desk.js';
import { relayerError } from './errors.js';
import { fetchDocument } from './fetch-document.js';

/** Some hundred prices of a gateway with all their signers. */
const BYTES_MAX = 4_194_304;

/** Returns the configured pull sources whose network has a service here. */
export function pullSources(
  { settlement, priceUpdates }: Pick<RelayerConfig, 'settlement' | 'priceUpdates'>,
  { reads, sender, policy }: Pick<ChainDesk, 'reads' | 'sender' | 'policy'>,
): readonly PullSource[] {
  return settlement.underlyings.flatMap(({ symbol, sources = [] }) =>
    sources.flatMap((source): PullSource[] => {
      if (source.kind === 'aggregator' || priceUpdates[source.kind].urls.length === 0) return [];
      const spec = specOf(source);
      const services = askersOf(priceUpdates[source.kind], policy.aggregatorTimeoutMs);
      const readOffers = spec.kind === 'pyth' ? pythOffers(services, spec.feedId) : redStoneOffers(services, spec);
      const name = `${symbol} of ${priceNetworkOf(source)}`;
      return [createPullSource({ name, spec, readOffers, reads, sender, feeMaxWei: priceUpdates.feeMaxWei })];
    }),
  );
}

type ConfiguredSource = NonNullable<RelayerConfig['settlement']['underlyings'][number]['sources']>[number];

function specOf(source: Exclude<ConfiguredSource, { kind: 'aggregator' }>): PullSourceSpec {
  const place = { adapter: address(source.adapter), feedId: source.feedId as Hex };
  if (source.kind === 'pyth') return { kind: source.kind, ...place, pyth: address(source.pyth) };
  return { kind: source.kind, ...place, signers: source.signers.map(address), threshold: source.threshold };
}

function askersOf({ urls, token }: PriceServices, timeoutMs: number): readonly AskService[] {
  return urls.map((url) => async (path, signal) => {
    const request = { url: path === '' || url.endsWith('/') ? url : `${url}/`, path, timeoutMs, bytesMax: BYTES_MAX };
    try {
      return await fetchDocument({ ...request, ...(token && { token: token.reveal() }) }, signal);
    } catch (cause) {
      const detail = `the price service at ${new URL(url).host} gave no prices: ${reasonOf(cause)}`;
      throw relayerError('PRICE_SERVICE_UNAVAILABLE', detail, {}, true);
    }
  });
}

/** A failed fetch names its URL nowhere in the outer message, and its cause may. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'an unknown failure';
}
