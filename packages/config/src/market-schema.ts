import { z } from 'zod';
import { anyAddress, decimalText, hexAddress, hexWord, named } from './schema-fields.js';

/** Largest sum of the three rates, 1,000 % a year. @source MarketState */
export const MARKET_RATE_MAX_WAD = 10n * 10n ** 18n;

const rate = decimalText.refine(
  (text) => BigInt(text) <= MARKET_RATE_MAX_WAD,
  `at most ${MARKET_RATE_MAX_WAD}, 1,000 % a year in WAD`,
);
const shareOfDebt = z.int().min(10_000).max(65_535);

/** Terms of a market as its constructor took them; they never change. @source IMarket.MarketTerms */
const marketTerms = z.strictObject({
  /** Initial requirement in basis points of the debt. */
  initialBp: shareOfDebt,
  /** Maintenance requirement in basis points of the debt, at least 10,000 + `feeBp`. */
  maintenanceBp: shareOfDebt,
  /** Fee on the debt that a taker takes over, in basis points. */
  feeBp: z.int().min(25).max(200),
  /** Most of that fee that goes to whoever started the auction, in token units. */
  keeperMost: decimalText,
  /** Price slot of the token; 0: a whole token counts 1.00. */
  priceSlot: z.int().min(0).max(65_535),
  /** Part of the interest that goes to the junior tranche, in basis points. */
  reserveBp: z.int().min(0).max(5_000),
  /** Yearly rate while nothing is lent, WAD. */
  rate0: rate,
  /** Added up to the kink, WAD. */
  rate1: rate,
  /** Added from the kink to full utilisation, WAD. */
  rate2: rate,
  /** Utilisation at the kink, in basis points. */
  kinkBp: z.int().min(1).max(9_999),
  /** Most that all accounts may owe after a borrow, in token units. */
  debtCap: decimalText,
  /** Smallest debt of an account after a borrow, in token units. */
  least: decimalText,
  /** Contract that says who is admitted; the zero address admits everybody. */
  gate: anyAddress,
  /** Claims for the lenders at a vault whose attesters are gone; the zero address for nobody. */
  exitClaimant: anyAddress,
});

/** A market of the settlement chain. */
export const market = z.strictObject({
  /** Its name in commands. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, 'lower-case letters, digits and dashes, at most 30'),
  address: hexAddress,
  codeHash: hexWord,
  /** The junior tranche that the market created. */
  tranche: hexAddress,
  /** The token that it lends. */
  symbol: named.max(20),
  token: hexAddress,
  decimals: z.int().min(0).max(18),
  /** True if the governor listed it, so that cross-margin accounts may opt in. */
  listed: z.boolean(),
  terms: marketTerms,
});
