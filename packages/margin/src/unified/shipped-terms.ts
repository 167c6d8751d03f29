import { decimal, toScaled } from '../number/decimal.js';
import type { FeedTerms } from './price-feed.js';
import type { MarketTerms, UnifiedTerms } from './unified-terms.js';

const at = (text: string): bigint => toScaled(decimal(text), 18, 'floor');

/** Default terms under which an account's prices count. @source margin-engines 3.1 */
export const SHIPPED_FEED_TERMS: FeedTerms = {
  bandMultiple: at('1.5'),
  halfWidthMax: at('0.02'),
  staleAfterS: 3_600n,
  deadAfterS: 21_600n,
  divergenceMax: at('0.25'),
};

/** Terms of accounts as a whole, unless a deployment says otherwise. @source margin-engines 3.3, 3.5 */
export const SHIPPED_TERMS: UnifiedTerms = {
  version: 'shipped-1',
  gainWeight: { initial: at('0.95'), exit: at('0.95'), maintenance: at('1') },
  gainCap: at('100000'),
  offsets: {
    pairs: [{ left: 'BTC', right: 'ETH', stressCorrelation: at('0.7') }],
    correlationMargin: at('0.1'),
    creditMax: at('0.6'),
    settlementSpread: at('0.1'),
  },
};

/**
 * Terms of a major's derivatives. Rules of options and the shape of shocks are Derive's published ones; the scan range is
 * that of `npm run margin:calibrate` for the series it generates. @source Derive SRM and PMRM_2, margin-engines 3.4 to 3.6
 */
export const SHIPPED_MARKET_TERMS: MarketTerms = {
  perp: {
    initialRatio: at('0.1'),
    maintenanceRatio: at('0.05'),
    sizeFactor: at('0.0005'),
    openInterestLower: at('500000000'),
    openInterestUpper: at('1000000000'),
    orderCharge: at('0.01'),
  },
  option: {
    maxSpotReq: at('0.15'),
    minSpotReq: at('0.1'),
    mmCallSpotReq: at('0.075'),
    mmPutSpotReq: at('0.075'),
    mmPutMtmReq: at('0.075'),
    imOverMmScale: at('1.05'),
    unpairedIMScale: at('1.2'),
    unpairedMMScale: at('1.1'),
  },
  portfolio: {
    scanRange: at('0.18'),
    tailDivisor: at('2'),
    volShock: {
      rangeUp: at('0.6'),
      rangeDown: at('0.3'),
      shortPower: at('0.3'),
      longPower: at('0.13'),
      dteFloorDays: at('1'),
      minVolUp: at('0.3'),
    },
    skew: {
      linearCBase: at('0'),
      linearCap: at('0.12'),
      absCBase: at('0'),
      absCap: at('0.12'),
      minKStar: at('0.01'),
      widthScale: at('4'),
      volStatic: at('0.5'),
      volScale: at('0.1'),
    },
    basis: { spotUp: at('1.05'), spotDown: at('0.95'), add: at('0.25'), mult: at('0.01') },
    lossFactor: { initial: at('1.25'), exit: at('1.1'), maintenance: at('1') },
    shortOption: { initial: at('0.01'), exit: at('0.01'), maintenance: at('0.01') },
    perp: { initial: at('0.005'), exit: at('0.005'), maintenance: at('0.005') },
    calendar: at('0.02'),
    shortMinimum: at('5'),
    staticDiscount: {
      longBase: at('0.95'),
      longRateMult: at('4'),
      longRateAdd: at('0.05'),
      shortBase: at('1.05'),
      shortRateMult: at('4'),
      shortRateAdd: at('0.05'),
    },
  },
  liquidity: { least: at('0.001'), most: at('0.5'), impact: at('1') },
  confidence: { threshold: at('0.55'), margin: at('0.4') },
  peg: { threshold: at('0.98'), factor: at('1.2') },
};
