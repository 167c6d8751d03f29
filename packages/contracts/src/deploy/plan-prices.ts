import type { Address } from '@surety/domain';
import type { Abi, PublicClient } from 'viem';
import type { ContractCode } from '../contract-code.js';
import {
  feedAdapterAbi,
  feedAdapterCode,
  medianFeedAbi,
  medianFeedCode,
  pythFeedAbi,
  pythFeedCode,
  redStoneFeedAbi,
  redStoneFeedCode,
} from '../generated/index.js';
import type { RolePlace } from './place-roles.js';
import type { DeploymentCheck } from './deployment-check.js';
import { MEDIAN_TERMS, type PriceSourceRequest, type UnderlyingRequest, networkOf } from './price-request.js';

/** Feeds of a price slot: the listed one, and the adapters behind it in the order of their sources. */
export interface PlacedPrice {
  readonly feed: Address;
  /** The feed itself where one source stands alone. */
  readonly adapters: readonly Address[];
}

/** A source as the record and chains.config.json state it. */
export type RecordedPriceSource =
  | {
      readonly kind: 'aggregator';
      readonly network: string;
      readonly adapter: Address;
      readonly aggregator: Address;
    }
  | { readonly kind: 'pyth'; readonly adapter: Address; readonly pyth: Address; readonly feedId: string }
  | {
      readonly kind: 'redstone';
      readonly adapter: Address;
      readonly feedId: string;
      readonly signers: readonly Address[];
      readonly threshold: number;
    };

/** Plans the adapters of a price slot, and a median in front of two or three. */
export function placePrice(underlying: UnderlyingRequest, create: RolePlace['create']): PlacedPrice {
  const { symbol } = underlying;
  if (!('sources' in underlying)) {
    const { aggregator, maxAgeS, maxAheadS } = underlying;
    const feed = create(`feed-${symbol}`, feedAdapterCode, feedAdapterAbi, [
      { aggregator, maxAgeS, maxAheadS, ...bandOf(underlying) },
    ]);
    return { feed, adapters: [feed] };
  }
  const { sources, spreadMaxPpm, gasEach } = { ...MEDIAN_TERMS, ...underlying };
  const alone = sources.length === 1;
  const adapters = sources.map((source) =>
    placeSource(source, bandOf(underlying), (code, abi, bounds) =>
      create(alone ? `feed-${symbol}` : `feed-${symbol}-${networkOf(source)}`, code, abi, [bounds]),
    ),
  );
  const feed = alone
    ? (adapters[0] as Address)
    : create(`feed-${symbol}`, medianFeedCode, medianFeedAbi, [adapters, spreadMaxPpm, gasEach]);
  return { feed, adapters };
}

/** Returns the sources of a price slot as they were placed; undefined where the request names one aggregator only. */
export function recordPriceSources(
  underlying: UnderlyingRequest,
  { adapters }: PlacedPrice,
): readonly RecordedPriceSource[] | undefined {
  if (!('sources' in underlying)) return undefined;
  return underlying.sources.map((source, at): RecordedPriceSource => {
    const adapter = adapters[at] as Address;
    if (source.kind === 'aggregator') {
      const { kind, network, aggregator } = source;
      return { kind, network, adapter, aggregator };
    }
    if (source.kind === 'pyth') return { kind: source.kind, adapter, pyth: source.pyth, feedId: source.feedId };
    const { kind, feedId, signers, threshold } = source;
    return { kind, adapter, feedId, signers, threshold };
  });
}

/** Compares what stands behind a price slot with the plan: the median's sources and terms, and what each adapter reads. */
export async function checkPrice(
  underlying: UnderlyingRequest,
  placed: PlacedPrice,
  reader: PublicClient,
  check: DeploymentCheck,
): Promise<void> {
  const name = `underlying ${underlying.symbol}`;
  if (!('sources' in underlying)) {
    const { aggregator } = underlying;
    return check.views(`${name}: `, { reader, address: placed.feed, abi: feedAdapterAbi }, { aggregator });
  }
  for (const [at, source] of underlying.sources.entries())
    await checkSource(source, placed.adapters[at] as Address, { name: `${name}: ${networkOf(source)}`, reader, check });
  if (placed.adapters.length === 1) return;
  const { spreadMaxPpm, gasEach } = { ...MEDIAN_TERMS, ...underlying };
  const median = { address: placed.feed, abi: medianFeedAbi } as const;
  const feeds = await reader.readContract({ ...median, functionName: 'feeds' });
  check.equal(`${name}: sources`, feeds, placed.adapters);
  await check.views(`${name}: `, { ...median, reader }, { spreadMaxPpm, gasEach });
}

async function checkSource(
  source: PriceSourceRequest,
  adapter: Address,
  { name, reader, check }: { readonly name: string; readonly reader: PublicClient; readonly check: DeploymentCheck },
): Promise<void> {
  if (source.kind === 'aggregator') {
    const { aggregator } = source;
    return check.views(`${name} `, { reader, address: adapter, abi: feedAdapterAbi }, { aggregator });
  }
  if (source.kind === 'pyth') {
    const pyth = await reader.readContract({ address: adapter, abi: pythFeedAbi, functionName: 'pyth' });
    check.equal(`${name} contract`, pyth, source.pyth);
    return check.views(`${name} `, { reader, address: adapter, abi: pythFeedAbi }, { feedId: source.feedId });
  }
  const { feedId, signers, threshold } = source;
  await check.views(`${name} `, { reader, address: adapter, abi: redStoneFeedAbi }, { feedId, signers, threshold });
}

/** Plans the adapter of one source. */
function placeSource(
  source: PriceSourceRequest,
  band: { readonly minPrice1e12: bigint; readonly maxPrice1e12: bigint },
  create: (code: ContractCode, abi: Abi, bounds: object) => Address,
): Address {
  if (source.kind === 'aggregator') {
    const { aggregator, maxAgeS, maxAheadS } = source;
    return create(feedAdapterCode, feedAdapterAbi, { aggregator, maxAgeS, maxAheadS, ...band });
  }
  const { kind, ...bounds } = source;
  return kind === 'pyth'
    ? create(pythFeedCode, pythFeedAbi, { ...bounds, ...band })
    : create(redStoneFeedCode, redStoneFeedAbi, { ...bounds, ...band });
}

function bandOf({ minPrice1e12, maxPrice1e12 }: UnderlyingRequest): { minPrice1e12: bigint; maxPrice1e12: bigint } {
  return { minPrice1e12, maxPrice1e12 };
}
