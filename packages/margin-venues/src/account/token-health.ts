import {
  type Fraction,
  ZERO,
  add,
  marginError,
  maximum,
  minimum,
  multiply,
  negate,
  positivePart,
  quotient,
  subtract,
  sum,
} from '@surety/margin';

/** Weights of one value: below 1 as an asset, above 1 as a liability. */
export interface Weights {
  readonly asset: Fraction;
  readonly liability: Fraction;
}

/** A token of an account, with the weights that hold for the health wanted. */
export interface HealthToken {
  readonly token: string;
  /** Signed, in tokens. */
  readonly balance: Fraction;
  /** In quote. */
  readonly price: Fraction;
  readonly weights: Weights;
  /** False without a usable price: the token may not be owed, and is worth 0. */
  readonly available: boolean;
}

/** Open orders of one spot market. */
export interface HealthOrders {
  readonly base: string;
  readonly quote: string;
  /** Base tokens in asks. */
  readonly reservedBase: Fraction;
  /** Quote tokens in bids. */
  readonly reservedQuote: Fraction;
  /** Own extreme orders, in quote tokens per base token. */
  readonly lowestAsk?: Fraction;
  readonly highestBid?: Fraction;
}

/** A perpetual position with its open orders. */
export interface HealthPerp {
  readonly price: Fraction;
  readonly settleToken: string;
  readonly base: Fraction;
  readonly quote: Fraction;
  readonly bidsBase: Fraction;
  readonly asksBase: Fraction;
  readonly weights: Weights;
  /** Share counted of a positive result. */
  readonly overallWeight: Fraction;
}

/** Everything that the health of an account depends on. */
export interface HealthAccount {
  readonly tokens: readonly HealthToken[];
  readonly markets: readonly HealthOrders[];
  readonly perps: readonly HealthPerp[];
}

/** Returns value·weight, the weight by the sign of the value. */
function weighted(value: Fraction, weights: Weights): Fraction {
  return multiply(value, value.n < 0n ? weights.liability : weights.asset);
}

/**
 * Returns an account's health in quote: all tokens by their weights, perpetuals and spot orders at their most harmful fills.
 * Markets of a token without a price count nothing.
 * @source Mango v4, health cache
 * @throws UNPRICED_LIABILITY if a token without a price is owed; INCONSISTENT_INPUT for a token that is not listed.
 */
export function accountHealthOf({ tokens, markets, perps }: HealthAccount): Fraction {
  const byName = new Map(tokens.map((token) => [token.token, token]));
  const balances = balancesWithPerps(byName, perps);
  const reservations = markets
    .map((market) => reservationOf(market, tokenNamed(byName, market.base), tokenNamed(byName, market.quote)))
    .filter(({ base, quote }) => base.available && quote.available);
  const reserved = new Map<string, Fraction>();
  for (const { base, quote, asBase, asQuote } of reservations) {
    reserved.set(base.token, add(reserved.get(base.token) ?? ZERO, asBase));
    reserved.set(quote.token, add(reserved.get(quote.token) ?? ZERO, asQuote));
  }
  const effect = (token: HealthToken, amount: Fraction) =>
    lastAmountHealth(token, add(balances.get(token.token) ?? ZERO, reserved.get(token.token) ?? ZERO), amount);
  return sum([
    ...tokens.map((token) => tokenHealth(token, balances.get(token.token) ?? ZERO)),
    ...reservations.map(({ base, quote, asBase, asQuote }) => minimum(effect(base, asBase), effect(quote, asQuote))),
  ]);
}

/** Returns the worse of all bids and all asks filled at the price, its gain counted in part. */
function perpHealthOf(perp: HealthPerp): Fraction {
  const filled = (change: Fraction) =>
    subtract(weighted(multiply(add(perp.base, change), perp.price), perp.weights), multiply(change, perp.price));
  const worst = minimum(filled(perp.bidsBase), filled(negate(perp.asksBase)));
  const result = add(perp.quote, worst);
  return result.n > 0n ? multiply(result, perp.overallWeight) : result;
}

function balancesWithPerps(
  tokens: ReadonlyMap<string, HealthToken>,
  perps: readonly HealthPerp[],
): ReadonlyMap<string, Fraction> {
  const balances = new Map([...tokens].map(([name, { balance }]) => [name, balance]));
  for (const perp of perps) {
    const { token } = tokenNamed(tokens, perp.settleToken);
    balances.set(token, add(balances.get(token) ?? ZERO, perpHealthOf(perp)));
  }
  return balances;
}

function tokenHealth(token: HealthToken, balance: Fraction): Fraction {
  if (token.available) return weighted(multiply(balance, token.price), token.weights);
  if (token.balance.n < 0n || balance.n < 0n) {
    throw marginError('UNPRICED_LIABILITY', `${token.token} is owed and has no usable price`);
  }
  return ZERO;
}

/** The two extremes of a market's reserved funds: all base, or all quote. */
interface Reservation {
  readonly base: HealthToken;
  readonly quote: HealthToken;
  readonly asBase: Fraction;
  readonly asQuote: Fraction;
}

function reservationOf(market: HealthOrders, base: HealthToken, quote: HealthToken): Reservation {
  // Prices are in quote; between two tokens the oracle's rate is their quotient.
  const oracle = quotient(base.price, quote.price);
  const buying = market.highestBid === undefined ? oracle : maximum(oracle, market.highestBid);
  const selling = market.lowestAsk === undefined ? oracle : minimum(oracle, market.lowestAsk);
  return {
    base,
    quote,
    asBase: add(market.reservedBase, quotient(market.reservedQuote, buying)),
    asQuote: add(market.reservedQuote, multiply(market.reservedBase, selling)),
  };
}

/** The health of an amount added last to a balance: it fills only the debt that nothing else fills. */
function lastAmountHealth(token: HealthToken, balanceAfter: Fraction, amount: Fraction): Fraction {
  const asset = minimum(amount, positivePart(balanceAfter));
  const repaid = subtract(amount, asset);
  return multiply(token.price, add(multiply(asset, token.weights.asset), multiply(repaid, token.weights.liability)));
}

function tokenNamed(tokens: ReadonlyMap<string, HealthToken>, name: string): HealthToken {
  const token = tokens.get(name);
  if (token === undefined) throw marginError('INCONSISTENT_INPUT', `token ${name} is not listed`);
  return token;
}
