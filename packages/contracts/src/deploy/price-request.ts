import {
  type Address,
  type Bytes32,
  type JsonObject,
  type Unparsed,
  parseUint,
  parseWord,
  requireObject,
} from '@surety/domain';
import { deployError } from './errors.js';
import { plannedAddress } from './planned-address.js';

/** A push feed in the common aggregator form: Chainlink, API3, RedStone's push feeds. */
export interface AggregatorSourceRequest {
  readonly kind: 'aggregator';
  /** Who answers for the price, in lower case: `chainlink`, `api3`, `redstone`. */
  readonly network: string;
  readonly aggregator: Address;
  readonly maxAgeS: number;
  readonly maxAheadS: number;
}

/** A price of Pyth's contract on the settlement chain. */
export interface PythSourceRequest {
  readonly kind: 'pyth';
  readonly pyth: Address;
  readonly feedId: Bytes32;
  readonly maxAgeS: number;
  readonly maxAheadS: number;
  readonly confMaxPpm: number;
}

/** A price of RedStone's signed packages. */
export interface RedstoneSourceRequest {
  readonly kind: 'redstone';
  /** ASCII, padded with zeros on the right. */
  readonly feedId: Bytes32;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly decimals: number;
  readonly maxAgeS: number;
  readonly confMaxPpm: number;
}

/** One source of a price: the adapter that is created for it, and what it reads. */
export type PriceSourceRequest = AggregatorSourceRequest | PythSourceRequest | RedstoneSourceRequest;

interface Slot {
  /** Price slot, from 1. */
  readonly id: number;
  readonly symbol: string;
  /** Age in seconds up to which the slot's price counts for new debt. */
  readonly maxAgeS: number;
  /** Lowest and highest accepted price of a whole token, scaled 1e12. */
  readonly minPrice1e12: bigint;
  readonly maxPrice1e12: bigint;
}

/** A price slot with the aggregator it reads and the bounds of a sane answer; for development alone. */
export interface SingleUnderlyingRequest extends Slot {
  readonly aggregator: Address;
  readonly maxAheadS: number;
}

/** A price slot with its sources. Two or three are joined by a `MedianFeed`; one stands alone, in development. */
export interface SourcedUnderlyingRequest extends Slot {
  readonly sources: readonly PriceSourceRequest[];
  /** Most by which one price may lie above the next lower one; 20,000 if left out. */
  readonly spreadMaxPpm?: number;
  /** Gas of each source; 70,000 if left out. */
  readonly gasEach?: number;
}

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

const SLOT_FIELDS = ['id', 'symbol', 'maxAgeS', 'minPrice1e12', 'maxPrice1e12'] as const;
const SOURCE_FIELDS = {
  aggregator: ['kind', 'network', 'aggregator', 'maxAgeS', 'maxAheadS'],
  pyth: ['kind', 'pyth', 'feedId', 'maxAgeS', 'maxAheadS', 'confMaxPpm'],
  redstone: ['kind', 'feedId', 'signers', 'threshold', 'decimals', 'maxAgeS', 'confMaxPpm'],
} as const;

/** Returns the network that answers for a source. */
export function networkOf(source: PriceSourceRequest): string {
  return source.kind === 'aggregator' ? source.network : source.kind;
}

/**
 * Reads a price slot from JSON.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX, BAD_PLAN for a malformed value
 */
export function parseUnderlying(value: Unparsed, path: string): UnderlyingRequest {
  const named = (field: string): boolean => typeof value === 'object' && value !== null && field in value;
  if (!named('sources')) {
    const object = requireObject(value, path, [...SLOT_FIELDS, 'aggregator', 'maxAheadS']);
    const aggregator = plannedAddress(object['aggregator'], `${path}.aggregator`);
    return { ...parseSlot(object, path), aggregator, maxAheadS: number(object, 'maxAheadS', 24, path) };
  }
  const terms = (['spreadMaxPpm', 'gasEach'] as const).filter(named);
  const object = requireObject(value, path, [...SLOT_FIELDS, 'sources', ...terms]);
  const sources = object['sources'];
  if (!Array.isArray(sources)) throw deployError('BAD_PLAN', `${path}.sources is not a list`);
  return {
    ...parseSlot(object, path),
    sources: sources.map((source: unknown, at) => parseSource(source, `${path}.sources[${at}]`)),
    ...Object.fromEntries(terms.map((field) => [field, number(object, field, 32, path)])),
  };
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

function parseSlot(object: JsonObject, path: string): Slot {
  const symbol = object['symbol'];
  if (typeof symbol !== 'string' || !/^[\w. -]{1,40}$/.test(symbol))
    throw deployError(
      'BAD_PLAN',
      `${path}.symbol is ${JSON.stringify(symbol)}; expected a name of 1 to 40 letters, digits, dots, dashes or spaces`,
    );
  return {
    id: number(object, 'id', 16, path),
    symbol,
    maxAgeS: number(object, 'maxAgeS', 24, path),
    minPrice1e12: parseUint(object['minPrice1e12'], 88, `${path}.minPrice1e12`),
    maxPrice1e12: parseUint(object['maxPrice1e12'], 88, `${path}.maxPrice1e12`),
  };
}

function parseSource(value: Unparsed, path: string): PriceSourceRequest {
  const kind = typeof value === 'object' && value !== null ? (value as JsonObject)['kind'] : undefined;
  if (kind !== 'aggregator' && kind !== 'pyth' && kind !== 'redstone')
    throw deployError('BAD_PLAN', `${path}.kind is ${String(kind)}; expected aggregator, pyth or redstone`);
  const object = requireObject(value, path, SOURCE_FIELDS[kind]);
  const bits = (field: string): number => number(object, field, 24, path);
  const maxAgeS = bits('maxAgeS');
  if (kind === 'aggregator') {
    const network = object['network'];
    if (typeof network !== 'string' || !/^[a-z][a-z0-9-]{0,30}$/.test(network))
      throw deployError(
        'BAD_PLAN',
        `${path}.network is ${JSON.stringify(network)}; expected a name in lower case, such as chainlink or api3`,
      );
    const aggregator = plannedAddress(object['aggregator'], `${path}.aggregator`);
    return { kind, network, aggregator, maxAgeS, maxAheadS: bits('maxAheadS') };
  }
  const feedId = parseWord(object['feedId'], `${path}.feedId`);
  const confMaxPpm = bits('confMaxPpm');
  if (kind === 'pyth') {
    const pyth = plannedAddress(object['pyth'], `${path}.pyth`);
    return { kind, pyth, feedId, maxAgeS, maxAheadS: bits('maxAheadS'), confMaxPpm };
  }
  const signers = object['signers'];
  if (!Array.isArray(signers)) throw deployError('BAD_PLAN', `${path}.signers is not a list`);
  return {
    kind,
    feedId,
    signers: signers.map((signer: unknown, at) => plannedAddress(signer, `${path}.signers[${at}]`)),
    threshold: bits('threshold'),
    decimals: bits('decimals'),
    maxAgeS,
    confMaxPpm,
  };
}

function number(object: JsonObject, field: string, bits: number, path: string): number {
  return Number(parseUint(object[field], bits, `${path}.${field}`));
}
