import { WAD } from '@surety/domain';
import { expect, it } from 'vitest';
import { FACTOR_BITS, discountOf } from '../portfolio/vol-shock.js';
import { WORLD, accountOf, assetOn, at, feedAt, perpOf, withUnderlying } from '../testing/unified-world.js';
import type { HeldOption } from './account.js';
import { marketPositionsOf } from './market-position.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { SHIPPED_MARKET_TERMS } from './shipped-terms.js';
import { unifiedMarginOf } from './unified-margin.js';
import { JudgedPrices } from './unified-collateral.js';
import type { PortfolioTerms } from './unified-terms.js';

const NO_HEDGE = { initial: 0n, exit: 0n, maintenance: 0n };
const optionOf = (of: Partial<HeldOption>): HeldOption => ({
  underlying: 'BTC',
  expiry: '90d',
  strike: at('60000'),
  type: 'call',
  quantity: WAD,
  ...of,
});

function revalued(options: readonly HeldOption[], terms: Partial<PortfolioTerms> = {}): RevaluedMarket {
  const [position] = marketPositionsOf(accountOf({ options }), WORLD, new JudgedPrices(WORLD));
  if (position === undefined) throw new TypeError('the account has no position');
  const portfolio = { ...SHIPPED_MARKET_TERMS.portfolio, ...terms };
  return new RevaluedMarket({
    ...position,
    market: { ...position.market, terms: { ...SHIPPED_MARKET_TERMS, portfolio } },
  });
}

it('what is owned counts after a shock at a discount that is rounded down', () => {
  // So many units that one of the 96 bits of the discount is seen in the value.
  const market = revalued([optionOf({ quantity: 10n ** 12n * WAD })]);
  const { longBase, longRateMult, longRateAdd } = SHIPPED_MARKET_TERMS.portfolio.staticDiscount;
  const rate = (at('0.04') * longRateMult) / WAD + longRateAdd;
  const long = longBase * discountOf(90n * 86_400n, rate);
  expect(long % WAD > 0n).toBe(true);
  const [mark = 0n] = market.marks;
  expect(market.optionGains[0]).toBe(((mark * (long / WAD)) >> BigInt(FACTOR_BITS)) - mark);
});

it('a skew that is the worst of all is charged as it is, without a unit more or less', () => {
  const { volShock, basis, staticDiscount } = SHIPPED_MARKET_TERMS.portfolio;
  const market = revalued([optionOf({ strike: at('75000') })], {
    scanRange: 0n,
    volShock: { ...volShock, rangeUp: 0n, rangeDown: 0n },
    basis: { ...basis, spotUp: WAD, spotDown: WAD },
    staticDiscount: { ...staticDiscount, longBase: WAD, longRateMult: 0n, longRateAdd: 0n },
  });
  const worst = market.optionGains.reduce((least, gain) => (gain < least ? gain : least), 0n);
  expect(worst < 0n && market.optionGains.slice(-2).includes(worst)).toBe(true);
  expect(market.scan(0n)).toBe(-worst);
});

it('directional risk bears the side of what is held', () => {
  const sideOf = (quantity: bigint) => revalued([optionOf({ quantity })]).requirement(NO_HEDGE).directional.maintenance;
  expect(sideOf(WAD) > 0n).toBe(true);
  expect(sideOf(-WAD) < 0n).toBe(true);
});

it('a hedge of one unit counts', () => {
  // A coin at 1 with 18 decimals: one unit of it is worth a unit as a hedge, by its chain alone, and none as collateral at 0.85.
  const cheap = withUnderlying(WORLD, 'ETH', (one) => ({ ...one, feed: feedAt(WAD) }));
  const world = { ...cheap, assets: new Map([...cheap.assets, ['eth.near', assetOn('ETH', 'near', { price: WAD })]]) };
  const margin = unifiedMarginOf(
    accountOf({ mode: 'portfolio', lines: [{ asset: 'eth.near', amount: 1n }], perps: [perpOf('ETH', -WAD)] }),
    world,
  );
  expect(margin.collateral.values.maintenance).toBe(0n);
  expect(margin.grades.maintenance.assets).toBe(1n);
});
