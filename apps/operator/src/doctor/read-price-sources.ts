import { type Network, priceNetworkOf } from '@surety/config';
import { feedAdapterAbi, medianFeedAbi, pythFeedAbi, redStoneFeedAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { type Hex, type PublicClient, hexToString, toFunctionSelector } from 'viem';
import { tellFailure } from '../errors.js';
import { type Reach, reachSettlement } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';

type Underlying = NonNullable<Network['settlement']>['underlyings'][number];
type Source = NonNullable<Underlying['sources']>[number];

/** Answer of the settlement chain about one configured price. */
export interface PriceSourceFacts {
  readonly symbol: string;
  /** Networks of the configured sources, in their order. */
  readonly networks: readonly string[];
  /** Where chain and file differ, with both. */
  readonly differences: readonly string[];
  /** Sources that a median leaves out now, with the error of each. */
  readonly silent: readonly string[];
}

/** Reads every price whose sources are configured, at the newest block; none where the settlement chain has no provider. */
export async function readPriceSources(reach: Reach): Promise<readonly PriceSourceFacts[]> {
  const found = reachSettlement(reach);
  if (found === undefined) return [];
  const { settlement, place } = found;
  const reader = openAgreedReader(place);
  return Promise.all(
    settlement.underlyings
      .filter(({ sources }) => sources !== undefined)
      .map(async (underlying): Promise<PriceSourceFacts> => {
        const { symbol, sources = [] } = underlying;
        const networks = sources.map(priceNetworkOf);
        try {
          return { symbol, networks, ...(await readOne(reader, address(settlement.riskManager), underlying)) };
        } catch (cause) {
          return {
            symbol,
            networks,
            differences: [`nothing could be compared: ${tellFailure(cause).message}`],
            silent: [],
          };
        }
      }),
  );
}

async function readOne(
  reader: PublicClient,
  riskManager: Address,
  { id, feed, sources = [] }: Underlying,
): Promise<Pick<PriceSourceFacts, 'differences' | 'silent'>> {
  const listed = await reader.readContract({
    address: riskManager,
    abi: riskManagerAbi,
    functionName: 'feedOf',
    args: [id],
  });
  const differences = [
    ...compare(`feed of slot ${id}`, listed, feed),
    ...(await Promise.all(sources.map((source) => compareSource(reader, source)))).flat(),
  ];
  if (sources.length === 1) return { differences, silent: [] };
  const readings = await reader.readContract({
    address: address(feed),
    abi: medianFeedAbi,
    functionName: 'readSources',
  });
  const found = readings.map((reading) => reading.feed);
  const adapters = sources.map(({ adapter }) => adapter);
  return {
    differences: [...differences, ...compare('sources of the median', found.join(', '), adapters.join(', '))],
    silent: readings.flatMap(({ answered, reason, feed: at }) => {
      const source = sources.find(({ adapter }) => adapter.toLowerCase() === at.toLowerCase());
      return answered ? [] : [`${source === undefined ? at : priceNetworkOf(source)} (${nameOf(reason)})`];
    }),
  };
}

async function compareSource(reader: PublicClient, source: Source): Promise<string[]> {
  const at = address(source.adapter);
  const name = priceNetworkOf(source);
  if (source.kind === 'aggregator') {
    const seen = await reader.readContract({ address: at, abi: feedAdapterAbi, functionName: 'aggregator' });
    return compare(`aggregator of ${name}`, seen, source.aggregator);
  }
  if (source.kind === 'pyth') {
    const contract = { address: at, abi: pythFeedAbi } as const;
    const [pyth, feedId] = await Promise.all([
      reader.readContract({ ...contract, functionName: 'pyth' }),
      reader.readContract({ ...contract, functionName: 'feedId' }),
    ]);
    return [...compare('contract of pyth', pyth, source.pyth), ...compare('feed id of pyth', feedId, source.feedId)];
  }
  const contract = { address: at, abi: redStoneFeedAbi } as const;
  const [feedId, signers, threshold] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'feedId' }),
    reader.readContract({ ...contract, functionName: 'signers' }),
    reader.readContract({ ...contract, functionName: 'threshold' }),
  ]);
  return [
    ...compare('feed id of redstone', feedId, source.feedId),
    ...compare('signers of redstone', signers.join(', '), source.signers.join(', ')),
    ...compare('threshold of redstone', String(threshold), String(source.threshold)),
  ];
}

function compare(what: string, seen: string, expected: string): string[] {
  return seen.toLowerCase() === expected.toLowerCase() ? [] : [`${what} is ${seen}; expected ${expected}`];
}

/** Names of the adapters' errors by selector; those of bounds are thrown by constructors alone. */
const ERROR_NAMES: ReadonlyMap<string, string> = new Map(
  [...feedAdapterAbi, ...pythFeedAbi, ...redStoneFeedAbi].flatMap((item): [string, string][] =>
    item.type === 'error' && item.name !== 'BoundsRefused'
      ? [[toFunctionSelector(`${item.name}(${item.inputs.map(({ type }) => type).join()})`), item.name]]
      : [],
  ),
);

/** A reason is the selector of an error, or four letters of the median's own. @source MedianFeed.SourceReading */
function nameOf(reason: Hex): string {
  return ERROR_NAMES.get(reason) ?? (/^0x([67][0-9a-f]){4}$/.test(reason) ? hexToString(reason) : reason);
}
