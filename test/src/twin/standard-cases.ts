import { WAD } from '@surety/domain';
import {
  type DerivativeMarket,
  type ExpiryMarket,
  type MarketTerms,
  type OpenOrder,
  type OptionPosition,
  type PerpMarginTerms,
  SHIPPED_MARKET_TERMS,
  perpExposureOf,
  standardRequirementOf,
} from '@surety/margin';
import type { Draw } from './draw.js';
import type { PackedBytes } from './packed-bytes.js';

/** What trades on the underlying of a case, as Solidity takes it: 0 stands for what is not known. */
export interface CaseMarket {
  readonly perpPrice: bigint;
  readonly spot: bigint;
  readonly debtPrice: bigint;
  readonly openInterest: bigint;
  readonly dailyVol: bigint;
  readonly dailyVolume: bigint;
  readonly depth: bigint;
  readonly confidence: bigint;
  readonly settlementPrice: bigint;
}

/** An account's derivatives on one underlying, with all that their requirement depends on. */
export interface StandardCase {
  readonly terms: MarketTerms;
  readonly market: CaseMarket;
  readonly perpSize: bigint;
  readonly orders: readonly OpenOrder[];
  readonly expiries: readonly { readonly market: ExpiryMarket; readonly options: readonly OptionPosition[] }[];
}

const share = (draw: Draw): bigint =>
  draw.onceIn(16) ? draw.pick([0n, WAD]) : BigInt(draw.between(0, 1_000_000)) * 10n ** 12n;
/** A price of what is traded, or of anything up to 100 bits. */
const priceOf = (draw: Draw): bigint =>
  draw.onceIn(6) ? draw.sized(100) : BigInt(draw.between(1, 120_000)) * WAD + draw.bits(58);
const around = (draw: Draw, value: bigint): bigint => (value * BigInt(draw.between(400, 2_500))) / 1_000n;
const signed = (draw: Draw, value: bigint): bigint => (draw.onceIn(2) ? value : -value);
const units = (draw: Draw): bigint =>
  draw.onceIn(8) ? draw.sized(100) : BigInt(draw.between(0, 100_000)) * 10n ** 15n;

/** Draws the terms that are shipped, or others. */
export function drawTerms(draw: Draw): MarketTerms {
  if (draw.onceIn(2)) return SHIPPED_MARKET_TERMS;
  const lower = draw.sized(100);
  const { option } = SHIPPED_MARKET_TERMS;
  return {
    ...SHIPPED_MARKET_TERMS,
    perp: {
      initialRatio: share(draw),
      maintenanceRatio: share(draw),
      sizeFactor: draw.sized(60),
      openInterestLower: lower,
      openInterestUpper: draw.onceIn(4) ? draw.sized(100) : lower + draw.sized(100),
      orderCharge: draw.sized(64),
    },
    option: Object.fromEntries(Object.keys(option).map((name) => [name, share(draw) + share(draw)])) as typeof option,
    liquidity: { least: share(draw), most: share(draw), impact: draw.sized(62) },
    confidence: { threshold: share(draw), margin: share(draw) },
    peg: { threshold: share(draw), factor: share(draw) + share(draw) },
  };
}

/** Draws what trades on an underlying. */
export function drawMarket(draw: Draw): CaseMarket {
  const spot = draw.onceIn(40) ? 0n : priceOf(draw);
  return {
    spot,
    perpPrice: draw.onceIn(20) ? draw.sized(100) : around(draw, spot),
    debtPrice: draw.onceIn(3) ? 0n : around(draw, spot),
    openInterest: draw.onceIn(3) ? draw.sized(110) : BigInt(draw.between(0, 1_500_000_000)) * WAD,
    dailyVol: draw.onceIn(12) ? draw.sized(62) : share(draw),
    dailyVolume: draw.onceIn(12) ? 0n : units(draw),
    depth: draw.onceIn(3) ? 0n : units(draw),
    confidence: share(draw),
    settlementPrice: draw.onceIn(2) ? WAD : around(draw, WAD),
  };
}

/** Draws an account with all that its requirement depends on. */
export function drawStandard(draw: Draw): StandardCase {
  const market = drawMarket(draw);
  const seconds = BigInt(draw.between(0, 400 * 86_400));
  const expiries = Array.from({ length: draw.between(0, 3) }, () => {
    const forward = draw.onceIn(12) ? priceOf(draw) : around(draw, market.spot);
    const listed: ExpiryMarket = {
      secondsToExpiry: draw.onceIn(3) ? seconds : BigInt(draw.between(0, 400 * 86_400)),
      forward,
      confidence: share(draw),
      vol: 0n,
    };
    const strikes = Array.from({ length: 3 }, () => around(draw, forward));
    const options = Array.from({ length: draw.between(1, 3) }, (): OptionPosition => {
      const quantity = signed(draw, units(draw));
      const vol = draw.onceIn(12) ? draw.sized(70) : BigInt(draw.between(0, 3_000_000)) * 10n ** 12n;
      return { strike: draw.pick(strikes), type: draw.onceIn(2) ? 'call' : 'put', quantity, vol };
    });
    return { market: listed, options };
  });
  const orders = Array.from({ length: draw.onceIn(2) ? 0 : draw.between(1, 4) }, () => ({
    size: signed(draw, units(draw)),
    price: around(draw, market.perpPrice),
  }));
  return { terms: drawTerms(draw), market, perpSize: signed(draw, units(draw)), orders, expiries };
}

/** Gives what the engine asks for, by name, in the order in which Solidity has it. */
export function answersOfStandard({ terms, market, perpSize, orders, expiries }: StandardCase): Map<string, bigint> {
  const { spot, debtPrice, depth, confidence, settlementPrice, ...rest } = market;
  const derivatives: DerivativeMarket = {
    ...rest,
    ...(depth === 0n ? {} : { depth }),
    settlement: 'USD',
    rate: 0n,
    expiries: new Map(),
    terms,
  };
  const debtInitial = debtPrice === 0n ? undefined : debtPrice;
  const { required, optionMark } = standardRequirementOf({
    underlying: 'X',
    market: derivatives,
    price: { faults: [], mark: spot, assetInitial: 0n, debtInitial, paused: false },
    confidence,
    settlementPrice,
    perp: perpExposureOf({ underlying: 'X', size: perpSize, entryPrice: 0n, funding: 0n, orders }, market.perpPrice),
    expiries,
  });
  return new Map([...Object.entries(required), ['optionMark', optionMark]]);
}

/** Writes the terms of a perpetual. */
export function packTerms(terms: PerpMarginTerms, into: PackedBytes): void {
  const { initialRatio, maintenanceRatio, sizeFactor, openInterestLower, openInterestUpper, orderCharge } = terms;
  for (const term of [initialRatio, maintenanceRatio, sizeFactor, openInterestLower, openInterestUpper, orderCharge]) {
    into.uint(term, 16);
  }
}

/** Writes a case: terms, market, perpetual, orders, options; signed numbers as words of two's complement. */
export function packStandard({ terms, market, perpSize, orders, expiries }: StandardCase, into: PackedBytes): void {
  const { option, liquidity, confidence, peg } = terms;
  packTerms(terms.perp, into);
  const rest = [
    option.maxSpotReq,
    option.minSpotReq,
    option.mmCallSpotReq,
    option.mmPutSpotReq,
    option.mmPutMtmReq,
    option.imOverMmScale,
    option.unpairedIMScale,
    option.unpairedMMScale,
    liquidity.least,
    liquidity.most,
    liquidity.impact,
    confidence.threshold,
    confidence.margin,
    peg.threshold,
    peg.factor,
    market.perpPrice,
    market.spot,
    market.debtPrice,
    market.openInterest,
    market.dailyVol,
    market.dailyVolume,
    market.depth,
    market.confidence,
    market.settlementPrice,
  ];
  for (const figure of rest) into.uint(figure, 16);
  into.words(perpSize).count(orders.length, 1);
  for (const { size, price } of orders) into.words(size).uint(price, 16);
  const options = expiries.flatMap((expiry) => expiry.options.map((held) => ({ held, expiry: expiry.market })));
  into.count(options.length, 1);
  for (const { held, expiry } of options) {
    into
      .count(held.type === 'call' ? 1 : 0, 1)
      .uint(held.strike, 16)
      .words(held.quantity)
      .uint(held.vol, 16);
    into.uint(expiry.secondsToExpiry, 8).uint(expiry.forward, 16).uint(expiry.confidence, 16);
  }
}
