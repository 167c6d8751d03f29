import { PPM, WAD, mulDivDown, mulDivUp } from '@surety/domain';
import { leastOf } from '../portfolio/wad.js';
import { discountPpmAt } from './auction-clock.js';
import { type ProtocolClaim, entitlementsOf } from './entitlements.js';
import { requireFigure, requireSoundBid } from './require-sound-bid.js';
import { type SaleLine, type SalePart, cutLines, inSaleOrder } from './sale-line.js';
import { leastSaleOf } from './sale-size.js';

/** A bid aims this far beyond the exit grade, since units of tokens and of protocols round; WAD, a tenth of a cent. */
export const EXIT_SLACK_WAD = 10n ** 15n;

/** A bid that would leave less of a burden than this takes all of it; WAD. */
export const AUCTION_DUST_WAD = 500n * WAD;

/** One protocol of an account in auction. */
export interface AuctionedProtocol extends ProtocolClaim {
  /** Requirement of the protocol at maintenance and exit; WAD. A share of the burden relieves at least that share of it. */
  readonly requirementWad: bigint;
}

/** An account in auction. Each figure and each sum of figures is at most 2^127 − 1. */
export interface LineAuction {
  /** Lines that are sold now, in any order. */
  readonly lines: readonly SaleLine[];
  /** Exit value of the account's lines that are not sold now; WAD. */
  readonly otherExitWad: bigint;
  readonly protocols: readonly AuctionedProtocol[];
  /** No line will be sold after these ones (`isFinalSale`): a burden that they do not pay for is a loss. */
  readonly isFinal: boolean;
}

/** Terms of a bid. */
export interface LineBidTerms {
  /** The protocol whose burden is taken: its place among the account's. */
  readonly protocol: number;
  /** The auction's clock in seconds (`auctionClockOf`). */
  readonly clockS: bigint;
  /** The largest share of the burden that is wanted; WAD, 0 to 1. */
  readonly shareMaxWad: bigint;
  /** {@link AUCTION_DUST_WAD} unless it says otherwise; WAD. */
  readonly dustWad?: bigint;
}

/** Result of a bid. */
export interface LineBid {
  /** Discount on gross value, in parts per million; below 0 the taker pays more than that. */
  readonly discountPpm: bigint;
  /** Share of the protocol's burden that ends; WAD, 0 to 1. */
  readonly shareWad: bigint;
  /** Debt of the taker to the protocol for it; WAD, rounded up. */
  readonly assumedWad: bigint;
  /** Part of it that nobody assumes; WAD, 0 unless the sale is final and the lines do not pay for all burdens. */
  readonly lossWad: bigint;
  /** Units of each line that the taker is given, in the order of the auction's lines; rounded down. */
  readonly given: readonly SalePart[];
}

/** A line with its place among the lines given. */
interface PlacedLine extends SaleLine {
  readonly place: number;
}

/** One bid's figures that do not depend on its size. */
interface Sale {
  readonly ordered: readonly PlacedLine[];
  readonly burdenWad: bigint;
  readonly requirementWad: bigint;
  /** X: what is assumed for a share of 1. */
  readonly wholeWad: bigint;
  /** The largest share without a loss, or 1 if the sale is final. */
  readonly capWad: bigint;
  /** C: gross value of lines for a share of 1. */
  readonly costWad: bigint;
}

/**
 * Returns what one bid takes: the least share of a protocol's burden that brings the account to its exit grade, and for it lines of
 * that worth at the discount of the moment. With ψ = 1e6 − discount, V = Σ gross, net = floor(V·ψ/1e6) and E the protocol's
 * entitlement to net:
 *
 *     X        = E if the sale is final, else B          cap = 1e18 if it is final or E = B, else floor(E·1e18/B)
 *     C        = max(1, floor(X·1e6/ψ))
 *     share    = min(cap, ceil(G·1e18/C)) with G the least sale, or cap if no sale below floor(C·cap/1e18) suffices
 *     share    = shareMax if that is less; otherwise cap if floor(B·(cap − share)/1e18) < dust
 *     lines    = floor(share·C/1e18) of gross value, in the order of sale; none if X = 0
 *     assumed  = ceil(share·X/1e18)                      loss = ceil(share·B/1e18) − assumed
 *
 * Every rounding is against the taker.
 * @throws OUT_OF_RANGE, INCONSISTENT_INPUT, UNDEFINED_RESULT for figures that no account has, see `requireSoundBid`.
 */
export function lineBidOf(auction: LineAuction, terms: LineBidTerms): LineBid {
  const protocol = requireSoundBid(auction, terms);
  const discountPpm = discountPpmAt(terms.clockS);
  const sale = saleOf(auction, protocol, PPM - discountPpm);
  const shareWad = limitedShareOf(sale, exitShareOf(auction, sale), terms);
  const assumedWad = mulDivUp(shareWad, sale.wholeWad, WAD);
  const given: SalePart[] = [];
  const grossWad = sale.wholeWad === 0n ? 0n : mulDivDown(shareWad, sale.costWad, WAD);
  const parts = cutLines(sale.ordered, grossWad);
  for (const [at, part] of parts.entries()) given[sale.ordered[at]?.place ?? at] = part;
  return {
    discountPpm,
    shareWad,
    assumedWad,
    lossWad: mulDivUp(shareWad, sale.burdenWad, WAD) - assumedWad,
    given,
  };
}

function saleOf({ lines, protocols, isFinal }: LineAuction, protocol: AuctionedProtocol, pricePpm: bigint): Sale {
  const netWad = mulDivDown(sumOf(lines, 'grossWad'), pricePpm, PPM);
  const { burdenWad, requirementWad } = protocol;
  const entitledWad = entitlementsOf(netWad, protocols)[protocols.indexOf(protocol)] ?? 0n;
  const wholeWad = isFinal ? entitledWad : burdenWad;
  const costWad = mulDivDown(wholeWad, PPM, pricePpm);
  return {
    ordered: inSaleOrder(lines.map((line, place) => ({ ...line, place }))),
    burdenWad,
    requirementWad,
    wholeWad,
    capWad: isFinal || entitledWad === burdenWad ? WAD : mulDivDown(entitledWad, WAD, burdenWad),
    costWad: requireFigure(() => 'the cost of the whole burden', costWad > 1n ? costWad : 1n),
  };
}

/** Returns the least share that brings the account to its exit grade, WAD, or the cap if none does. */
function exitShareOf(
  { lines, otherExitWad, protocols }: LineAuction,
  { ordered, requirementWad, capWad, costWad }: Sale,
): bigint {
  const lacking = sumOf(protocols, 'requirementWad') - sumOf(lines, 'exitWad') - otherExitWad;
  if (lacking <= 0n) return 0n;
  const leastWad = leastSaleOf(ordered, { missingWad: lacking + EXIT_SLACK_WAD, requirementWad, costWad });
  if (leastWad === undefined || leastWad >= mulDivDown(costWad, capWad, WAD)) return capWad;
  return leastOf(capWad, mulDivUp(leastWad, WAD, costWad));
}

function limitedShareOf(
  { burdenWad, capWad }: Sale,
  shareWad: bigint,
  { shareMaxWad, dustWad = AUCTION_DUST_WAD }: LineBidTerms,
): bigint {
  if (shareWad > shareMaxWad) return shareMaxWad;
  return mulDivDown(burdenWad, capWad - shareWad, WAD) < dustWad ? capWad : shareWad;
}

function sumOf<Name extends string>(figures: readonly Readonly<Record<Name, bigint>>[], name: Name): bigint {
  return figures.reduce((sum, figure) => sum + figure[name], 0n);
}
