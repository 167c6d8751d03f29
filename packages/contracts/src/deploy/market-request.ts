import { type Address, type JsonObject, type Unparsed, parseUint, requireObject } from '@surety/domain';
import { deployError } from './errors.js';
import { plannedAddress } from './planned-address.js';

/**
 * Terms of a market as its constructor takes them, for ever; basis points, token units, WAD a year.
 * @source IMarket.MarketTerms
 */
export interface MarketTermsRequest {
  readonly initialBp: number;
  readonly maintenanceBp: number;
  readonly feeBp: number;
  readonly keeperMost: bigint;
  /** Price slot of the asset; 0: a whole token counts 1.00. */
  readonly priceSlot: number;
  /** Part of the interest that goes to the junior tranche. */
  readonly reserveBp: number;
  readonly rate0: bigint;
  readonly rate1: bigint;
  readonly rate2: bigint;
  readonly kinkBp: number;
  readonly debtCap: bigint;
  readonly least: bigint;
  /** Asked who is admitted; the zero address admits everybody. */
  readonly gate: Address;
  /** Claims for the lenders at a vault whose attesters are gone; the zero address for nobody. */
  readonly exitClaimant: Address;
}

/** One market to deploy beside the ledger. */
export interface MarketRequest {
  /** Its name in plans, configuration and commands; unique. */
  readonly name: string;
  /** The token that it lends, on the settlement chain. */
  readonly symbol: string;
  readonly token: Address;
  readonly decimals: number;
  /** The governor lists it, so that cross-margin accounts (sub-account 0) may opt in. */
  readonly listed: boolean;
  readonly terms: MarketTermsRequest;
}

const SHARES = ['initialBp', 'maintenanceBp', 'feeBp', 'priceSlot', 'reserveBp', 'kinkBp'] as const;
const AMOUNTS = { keeperMost: 96, rate0: 64, rate1: 64, rate2: 64, debtCap: 128, least: 96 } as const;
const PARTIES = ['gate', 'exitClaimant'] as const;
/** @source IMarket.MarketTerms */
const FEE_BP = { least: 25, most: 200 } as const;
const RESERVE_BP_MAX = 5_000;
const RATE_SUM_MAX_WAD = 10n * 10n ** 18n;
const DECIMALS_MAX = 18;
/** A whole token that counts 1.00 makes `least` worth at least this. @source MarketClaims.LEAST_WAD */
const LEAST_TOKENS = 1_000n;
/** Pattern of a market's name, by which commands call it. */
const NAME = /^[a-z][a-z0-9-]{0,29}$/;

/**
 * Reads one market.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for a name or switch that is none.
 */
export function parseMarket(value: Unparsed, path: string): MarketRequest {
  const object = requireObject(value, path, ['name', 'symbol', 'token', 'decimals', 'listed', 'terms']);
  const { listed } = object;
  if (typeof listed !== 'boolean')
    throw deployError('BAD_PLAN', `${path}.listed is ${JSON.stringify(listed)}; expected true or false`);
  return {
    name: requireText(object, 'name', {
      path,
      form: NAME,
      wanted: 'lower-case letters, digits and dashes, at most 30',
    }),
    symbol: requireText(object, 'symbol', { path, form: /^\S{1,20}$/, wanted: '1 to 20 characters without spaces' }),
    token: plannedAddress(object['token'], `${path}.token`),
    decimals: Number(parseUint(object['decimals'], 8, `${path}.decimals`)),
    listed,
    terms: parseTerms(object['terms'], `${path}.terms`),
  };
}

function parseTerms(value: Unparsed, path: string): MarketTermsRequest {
  const object = requireObject(value, path, [...SHARES, ...Object.keys(AMOUNTS), ...PARTIES]);
  const share = (field: (typeof SHARES)[number]): number => Number(parseUint(object[field], 16, `${path}.${field}`));
  const amount = (field: keyof typeof AMOUNTS): bigint => parseUint(object[field], AMOUNTS[field], `${path}.${field}`);
  const party = (field: (typeof PARTIES)[number]): Address => plannedAddress(object[field], `${path}.${field}`);
  return {
    initialBp: share('initialBp'),
    maintenanceBp: share('maintenanceBp'),
    feeBp: share('feeBp'),
    keeperMost: amount('keeperMost'),
    priceSlot: share('priceSlot'),
    reserveBp: share('reserveBp'),
    rate0: amount('rate0'),
    rate1: amount('rate1'),
    rate2: amount('rate2'),
    kinkBp: share('kinkBp'),
    debtCap: amount('debtCap'),
    least: amount('least'),
    gate: party('gate'),
    exitClaimant: party('exitClaimant'),
  };
}

/** Lists what the constructors of markets would refuse, and names that are not unique. @source MarketState, MarketClaims */
export function problemsOfMarkets(markets: readonly MarketRequest[], slots: ReadonlySet<number>): string[] {
  const names = markets.map(({ name }) => name);
  return markets.flatMap((market, at) => [
    ...(names.indexOf(market.name) === at ? [] : [`market ${market.name} is named twice; expected a name of its own`]),
    ...(BigInt(market.token) === 0n
      ? [`market ${market.name}: token is the zero address; expected the token that it lends`]
      : []),
    ...problemsOfTerms(market, slots).map((problem) => `market ${market.name}: ${problem}`),
  ]);
}

function problemsOfTerms({ decimals, terms }: MarketRequest, slots: ReadonlySet<number>): string[] {
  const { initialBp, maintenanceBp, feeBp, priceSlot, reserveBp, rate0, rate1, rate2, kinkBp, debtCap, least } = terms;
  const problems: string[] = [];
  const expect = (holds: boolean, field: string, seen: number | bigint, wanted: string): void => {
    if (!holds) problems.push(`${field} is ${seen}; expected ${wanted}`);
  };
  expect(feeBp >= FEE_BP.least && feeBp <= FEE_BP.most, 'feeBp', feeBp, `${FEE_BP.least} to ${FEE_BP.most}`);
  const floor = 10_000 + feeBp;
  expect(maintenanceBp >= floor, 'maintenanceBp', maintenanceBp, `at least ${floor}, 10,000 and feeBp`);
  expect(initialBp >= maintenanceBp, 'initialBp', initialBp, `at least maintenanceBp ${maintenanceBp}`);
  expect(reserveBp <= RESERVE_BP_MAX, 'reserveBp', reserveBp, `at most ${RESERVE_BP_MAX}`);
  const rates = rate0 + rate1 + rate2;
  expect(rates <= RATE_SUM_MAX_WAD, 'rate0 + rate1 + rate2', rates, `at most ${RATE_SUM_MAX_WAD}, 1,000 % a year`);
  expect(kinkBp >= 1 && kinkBp <= 9_999, 'kinkBp', kinkBp, '1 to 9999');
  expect(debtCap >= least, 'debtCap', debtCap, `at least \`least\` ${least}`);
  expect(decimals <= DECIMALS_MAX, 'decimals', decimals, `at most ${DECIMALS_MAX}`);
  expect(priceSlot === 0 || slots.has(priceSlot), 'priceSlot', priceSlot, `0, or one of ${[...slots].join(', ')}`);
  const atOne = LEAST_TOKENS * 10n ** BigInt(decimals);
  // At another price than 1.00 only the constructor knows.
  expect(priceSlot !== 0 || least >= atOne, 'least', least, `at least ${atOne}, ${LEAST_TOKENS} whole tokens`);
  return problems;
}

/** Returns the terms as record and chains.config.json state them: amounts as decimal text. */
export function statedTerms(terms: MarketTermsRequest): StatedMarketTerms {
  const { keeperMost, rate0, rate1, rate2, debtCap, least, ...rest } = terms;
  return {
    ...rest,
    keeperMost: keeperMost.toString(),
    rate0: rate0.toString(),
    rate1: rate1.toString(),
    rate2: rate2.toString(),
    debtCap: debtCap.toString(),
    least: least.toString(),
  };
}

/** Terms with amounts as decimal text. */
export type StatedMarketTerms = {
  readonly [Field in keyof MarketTermsRequest]: MarketTermsRequest[Field] extends bigint
    ? string
    : MarketTermsRequest[Field];
};

function requireText(
  object: JsonObject,
  field: string,
  { path, form, wanted }: { readonly path: string; readonly form: RegExp; readonly wanted: string },
): string {
  const value = object[field];
  if (typeof value === 'string' && form.test(value)) return value;
  throw deployError('BAD_PLAN', `${path}.${field} is ${JSON.stringify(value)}; expected ${wanted}`);
}
