import { type Parsed, countParser, objectParser, uintParser } from '@surety/domain';
import { plannedAddress } from './planned-address.js';
import { parseFlag, textParser } from './requested-fields.js';

const parseTerms = objectParser({
  initialBp: countParser(16),
  maintenanceBp: countParser(16),
  feeBp: countParser(16),
  keeperMost: uintParser(96),
  /** Price slot of the asset; 0: a whole token counts 1.00. */
  priceSlot: countParser(16),
  /** Part of the interest that goes to the junior tranche. */
  reserveBp: countParser(16),
  rate0: uintParser(64),
  rate1: uintParser(64),
  rate2: uintParser(64),
  kinkBp: countParser(16),
  debtCap: uintParser(128),
  least: uintParser(96),
  /** Asked who is admitted; the zero address admits everybody. */
  gate: plannedAddress,
  /** Claims for the lenders at a vault whose attesters are gone; the zero address for nobody. */
  exitClaimant: plannedAddress,
});
/**
 * Terms of a market as its constructor takes them, for ever; basis points, token units, WAD a year.
 * @source IMarket.MarketTerms
 */
export type MarketTermsRequest = Parsed<typeof parseTerms>;

/**
 * Reads one market.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for a name or switch that is none.
 */
export const parseMarket = objectParser({
  /** Its name in plans, configuration and commands; unique. */
  name: textParser(/^[a-z][a-z0-9-]{0,29}$/, 'lower-case letters, digits and dashes, at most 30'),
  /** The token that it lends, on the settlement chain. */
  symbol: textParser(/^\S{1,20}$/, '1 to 20 characters without spaces'),
  token: plannedAddress,
  decimals: countParser(8),
  /** The governor lists it, so that cross-margin accounts (sub-account 0) may opt in. */
  listed: parseFlag,
  terms: parseTerms,
});
/** One market to deploy beside the ledger. */
export type MarketRequest = Parsed<typeof parseMarket>;

/** @source IMarket.MarketTerms */
const FEE_BP = { least: 25, most: 200 } as const;
const RESERVE_BP_MAX = 5_000;
const RATE_SUM_MAX_WAD = 10n * 10n ** 18n;
const DECIMALS_MAX = 18;
/** A whole token that counts 1.00 makes `least` worth at least this. @source MarketClaims.LEAST_WAD */
const LEAST_TOKENS = 1_000n;
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
