import {
  type Fraction,
  ONE,
  ZERO,
  add,
  fraction,
  marginError,
  maximum,
  minimum,
  multiply,
  negate,
  positivePart,
  quotient,
  subtract,
} from '@surety/margin';

/** A solvent account in auction; margins are net, negative for a shortfall. */
export interface AuctionedAccount {
  readonly maintenanceMargin: Fraction;
  readonly markToMarket: Fraction;
  /** Cash that earlier bids paid in and that no later one takes. */
  readonly reservedCash: Fraction;
}

/** Terms for judging a bid. */
export interface BidTerms {
  /** Share of the shortfall against the market value that is required on top. */
  readonly bufferPercent: Fraction;
  /** Share of the value that is paid. */
  readonly bidPercent: Fraction;
}

/** The result of a bid. */
export interface SolventBid {
  readonly bufferMargin: Fraction;
  readonly maxFraction: Fraction;
  readonly fractionTaken: Fraction;
  readonly wholeAccountPrice: Fraction;
  readonly cashFromBidder: Fraction;
  readonly after: AuctionedAccount;
  readonly bufferMarginAfter: Fraction;
  readonly maxFractionAfter: Fraction;
}

/** Returns MM + (MM − MTM)·buffer. @source Derive, Dutch auction */
export function bufferMarginOf(
  { maintenanceMargin, markToMarket }: AuctionedAccount,
  bufferPercent: Fraction,
): Fraction {
  return add(maintenanceMargin, multiply(subtract(maintenanceMargin, markToMarket), bufferPercent));
}

/**
 * Returns the largest share of an account that may be sold: the share that brings the buffer margin to 0, between 0 and
 * 1.
 * @throws UNDEFINED_RESULT if the sale brings in nothing that could restore it.
 */
export function maxFractionOf(account: AuctionedAccount, { bufferPercent, bidPercent }: BidTerms): Fraction {
  const shortfall = bufferMarginOf(account, bufferPercent);
  if (shortfall.n >= 0n) return ZERO;
  const paid = multiply(account.markToMarket, bidPercent);
  const kept = multiply(account.reservedCash, subtract(ONE, bidPercent));
  const restored = subtract(subtract(shortfall, paid), kept);
  if (restored.n >= 0n) throw marginError('UNDEFINED_RESULT', 'a sale at this price does not lessen the shortfall');
  return minimum(ONE, quotient(shortfall, restored));
}

/** Returns the result of a bid for a share of a solvent account. @source Derive, Dutch auction */
export function solventBidOf(account: AuctionedAccount, terms: BidTerms, fractionWanted: Fraction): SolventBid {
  const { maintenanceMargin, markToMarket, reservedCash } = account;
  const maxFraction = maxFractionOf(account, terms);
  const fractionTaken = minimum(fractionWanted, maxFraction);
  const wholeAccountPrice = multiply(subtract(markToMarket, reservedCash), terms.bidPercent);
  const cashFromBidder = multiply(wholeAccountPrice, fractionTaken);
  const left = (value: Fraction) =>
    add(add(multiply(subtract(value, reservedCash), subtract(ONE, fractionTaken)), reservedCash), cashFromBidder);
  const after = {
    maintenanceMargin: left(maintenanceMargin),
    markToMarket: left(markToMarket),
    reservedCash: add(reservedCash, cashFromBidder),
  };
  return {
    bufferMargin: bufferMarginOf(account, terms.bufferPercent),
    maxFraction,
    fractionTaken,
    wholeAccountPrice,
    cashFromBidder,
    after,
    bufferMarginAfter: bufferMarginOf(after, terms.bufferPercent),
    maxFractionAfter: maxFractionOf(after, terms),
  };
}

/** Returns the payment for taking a share of an insolvent account: from −min(MTM, 0) to −MM over a time in seconds. */
export function insolventPayoutOf(
  account: Pick<AuctionedAccount, 'maintenanceMargin' | 'markToMarket'>,
  time: { readonly elapsedSeconds: bigint; readonly lengthSeconds: bigint },
  share: Fraction,
): Fraction {
  const start = positivePart(negate(account.markToMarket));
  const end = maximum(negate(account.maintenanceMargin), ZERO);
  if (time.elapsedSeconds >= time.lengthSeconds) return multiply(end, share);
  const passed = fraction(time.elapsedSeconds, time.lengthSeconds);
  return multiply(add(start, multiply(subtract(end, start), passed)), share);
}
