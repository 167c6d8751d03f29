import {
  type Parsed,
  type Unparsed,
  countParser,
  objectParser,
  optionalParser,
  parseWord,
  uintParser,
} from '@surety/domain';
import { plannedAddress } from './planned-address.js';
import { kindParser, listParser, parseName, textParser } from './requested-fields.js';

/** Seconds, or parts of a million. */
const parseTerm = countParser(24);

const parseAggregatorSource = objectParser({
  kind: () => 'aggregator' as const,
  /** Who answers for the price, in lower case: `chainlink`, `api3`, `redstone`. */
  network: textParser(/^[a-z][a-z0-9-]{0,30}$/, 'a name in lower case, such as chainlink or api3'),
  aggregator: plannedAddress,
  maxAgeS: parseTerm,
  maxAheadS: parseTerm,
});
const parsePythSource = objectParser({
  kind: () => 'pyth' as const,
  pyth: plannedAddress,
  feedId: parseWord,
  maxAgeS: parseTerm,
  maxAheadS: parseTerm,
  confMaxPpm: parseTerm,
});
const parseRedstoneSource = objectParser({
  kind: () => 'redstone' as const,
  /** ASCII, padded with zeros on the right. */
  feedId: parseWord,
  signers: listParser(plannedAddress),
  threshold: parseTerm,
  decimals: parseTerm,
  maxAgeS: parseTerm,
  confMaxPpm: parseTerm,
});
/** A push feed in the common aggregator form: Chainlink, API3, RedStone's push feeds. */
export type AggregatorSourceRequest = Parsed<typeof parseAggregatorSource>;
/** A price of Pyth's contract on the settlement chain. */
export type PythSourceRequest = Parsed<typeof parsePythSource>;
/** A price of RedStone's signed packages. */
export type RedstoneSourceRequest = Parsed<typeof parseRedstoneSource>;
/** One source of a price: the adapter that is created for it, and what it reads. */
export type PriceSourceRequest = AggregatorSourceRequest | PythSourceRequest | RedstoneSourceRequest;

const SLOT = {
  /** Price slot, from 1. */
  id: countParser(16),
  symbol: parseName,
  /** Age in seconds up to which the slot's price counts for new debt. */
  maxAgeS: parseTerm,
  /** Lowest and highest accepted price of a whole token, scaled 1e12. */
  minPrice1e12: uintParser(88),
  maxPrice1e12: uintParser(88),
};
const parseSingle = objectParser({ ...SLOT, aggregator: plannedAddress, maxAheadS: parseTerm });
const parseSourced = objectParser({
  ...SLOT,
  sources: listParser(
    kindParser<PriceSourceRequest>({
      aggregator: parseAggregatorSource,
      pyth: parsePythSource,
      redstone: parseRedstoneSource,
    }),
  ),
  /** Most by which one price may lie above the next lower one; 20,000 if left out. */
  spreadMaxPpm: optionalParser(countParser(32)),
  /** Gas of each source; 70,000 if left out. */
  gasEach: optionalParser(countParser(32)),
});
/** A price slot with the aggregator it reads and the bounds of a sane answer; for development alone. */
export type SingleUnderlyingRequest = Parsed<typeof parseSingle>;
/** A price slot with its sources. Two or three are joined by a `MedianFeed`; one stands alone, in development. */
export type SourcedUnderlyingRequest = Parsed<typeof parseSourced>;
/** A price slot as a person decides it. */
export type UnderlyingRequest = SingleUnderlyingRequest | SourcedUnderlyingRequest;

/** The usual terms of a median. @source SETTLEMENT section 5.2 */
export const MEDIAN_TERMS = { spreadMaxPpm: 20_000, gasEach: 70_000 } as const;

/** @source MedianFeed.SPREAD_LIMIT_PPM, GAS_ALL */
const SPREAD_LIMIT_PPM = 100_000;
const GAS_ALL = 210_000;
const SOURCES_MAX = 3;
/** @source RedStoneFeed */
const SIGNERS_MAX = 7;
const REDSTONE_DECIMALS_MAX = 18;
/** @source PythFeed, RedStoneFeed */
const CONF_PPM = { least: 1_000, most: 50_000 } as const;
/** @source FeedAdapter, PythFeed */
const AHEAD_MAX_S = { aggregator: 120, pyth: 60 } as const;

/** Returns the network that answers for a source. */
export function networkOf(source: PriceSourceRequest): string {
  return source.kind === 'aggregator' ? source.network : source.kind;
}

/**
 * Reads a price slot from JSON.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX, BAD_PLAN for a malformed value
 */
export function parseUnderlying(value: Unparsed, path: string): UnderlyingRequest {
  const isSourced = typeof value === 'object' && value !== null && 'sources' in value;
  return isSourced ? parseSourced(value, path) : parseSingle(value, path);
}

/** Lists what no chain would take, and what production refuses: fewer than two networks. */
export function problemsOfUnderlying(
  underlying: UnderlyingRequest,
  profile: 'development' | 'production',
): readonly string[] {
  const name = `underlying ${underlying.symbol}`;
  const sources = 'sources' in underlying ? underlying.sources : undefined;
  const networks = [...new Set(sources?.map(networkOf))];
  const problems = (sources ?? []).flatMap((source, at) => problemsOfSource(source, `${name}.sources[${at}]`));
  if (profile === 'production' && networks.length < 2)
    problems.push(
      `${name} rests on ${networks[0] ?? 'one aggregator'} alone; expected sources of at least 2 networks outside development`,
    );
  for (const source of profile === 'production' ? (sources ?? []) : []) {
    if (source.kind === 'redstone' && source.threshold < 2)
      problems.push(
        `${name}: redstone threshold is ${source.threshold}; expected at least 2 signers outside development`,
      );
  }
  if (!('sources' in underlying)) return problems;
  const { sources: list, spreadMaxPpm, gasEach } = { ...MEDIAN_TERMS, ...underlying };
  if (list.length === 0 || list.length > SOURCES_MAX)
    problems.push(`${name} has ${list.length} sources; expected 1 to ${SOURCES_MAX}`);
  else if (networks.length < list.length)
    problems.push(`${name} has ${list.length} sources of ${networks.join(', ')}; expected each of another network`);
  if (spreadMaxPpm < 1 || spreadMaxPpm > SPREAD_LIMIT_PPM)
    problems.push(`${name}.spreadMaxPpm is ${spreadMaxPpm}; expected 1 to ${SPREAD_LIMIT_PPM}`);
  if (gasEach < 1 || gasEach * list.length > GAS_ALL)
    problems.push(`${name}.gasEach is ${gasEach}; expected 1 to ${GAS_ALL} for all ${list.length} sources together`);
  return problems;
}

/** Lists sources that read what another one reads: of another slot, a price under a wrong name; of one slot, no second opinion. */
export function problemsOfReadings(underlyings: readonly UnderlyingRequest[]): readonly string[] {
  const seen = new Map<string, string>();
  return underlyings.flatMap(readingsOf).flatMap(({ path, reads }) => {
    const before = seen.get(reads);
    if (before !== undefined)
      return [`${path} reads ${reads}, as ${before} does; expected a feed of its own for each source of each price`];
    seen.set(reads, path);
    return [];
  });
}

/** Names what a slot reads: contracts of aggregators, and ids where one contract has the prices of many assets. */
function readingsOf(underlying: UnderlyingRequest): { readonly path: string; readonly reads: string }[] {
  const path = `underlying ${underlying.symbol}`;
  if (!('sources' in underlying)) return [{ path, reads: `aggregator ${underlying.aggregator.toLowerCase()}` }];
  return underlying.sources.map((source, at) => ({
    path: `${path}.sources[${at}]`,
    reads:
      source.kind === 'aggregator'
        ? `aggregator ${source.aggregator.toLowerCase()}`
        : `feed ${source.feedId.toLowerCase()} of ${source.kind}`,
  }));
}

function problemsOfSource(source: PriceSourceRequest, path: string): string[] {
  const problems: string[] = [];
  const within = (field: string, seen: number, least: number, most: number): void => {
    if (seen < least || seen > most) problems.push(`${path}.${field} is ${seen}; expected ${least} to ${most}`);
  };
  within('maxAgeS', source.maxAgeS, 1, 2 ** 24 - 1);
  if (source.kind !== 'redstone') within('maxAheadS', source.maxAheadS, 0, AHEAD_MAX_S[source.kind]);
  if (source.kind !== 'aggregator') within('confMaxPpm', source.confMaxPpm, CONF_PPM.least, CONF_PPM.most);
  if (source.kind !== 'redstone') return problems;
  const { signers, threshold, decimals } = source;
  within('decimals', decimals, 0, REDSTONE_DECIMALS_MAX);
  within('signers', signers.length, 1, SIGNERS_MAX);
  if (new Set(signers.map((signer) => signer.toLowerCase())).size !== signers.length)
    problems.push(`${path}.signers lists an address twice`);
  // Whoever brings an update chooses the signers in it.
  within('threshold', threshold, (signers.length >> 1) + 1, signers.length);
  return problems;
}
