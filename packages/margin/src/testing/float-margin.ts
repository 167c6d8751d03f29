import type { Grade } from '../line-margin.js';
import type { UnifiedAccount } from '../unified/account.js';
import type { DerivativeMarket, MarketSnapshot } from '../unified/market-snapshot.js';

/*
 * A third opinion: the unified margin once more in floating point, written from the formulas and not from the engine. It
 * knows sound feeds only (no faults, no bands), no tiers, no offsets but BTC against ETH, and flat volatilities.
 */

const n = (wad: bigint): number => Number(wad) / 1e18;
const pos = (x: number): number => Math.max(x, 0);

/** Φ by its continued fraction and series, to 1e-15. */
function cumulative(x: number): number {
  if (Math.abs(x) > 38) return x > 0 ? 1 : 0;
  if (Math.abs(x) < 5) {
    let [sum, term] = [x, x];
    for (let k = 1; k < 200; k += 1) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  }
  let tail = 0;
  for (let k = 100; k > 0; k -= 1) tail = k / (Math.abs(x) + tail);
  const upper = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / (Math.abs(x) + tail);
  return x > 0 ? 1 - upper : upper;
}

function black(type: 'call' | 'put', [forward, strike, total]: readonly [number, number, number]): number {
  const sign = type === 'call' ? 1 : -1;
  if (total === 0 || forward === 0 || strike === 0) return pos(sign * (forward - strike));
  const d1 = Math.log(forward / strike) / total + total / 2;
  return sign * (forward * cumulative(sign * d1) - strike * cumulative(sign * (d1 - total)));
}

interface Option {
  readonly strike: number;
  readonly type: 'call' | 'put';
  readonly q: number;
}

interface Expiry {
  readonly t: number;
  readonly forward: number;
  readonly vol: number;
  readonly options: readonly Option[];
}

function expiriesOf(account: UnifiedAccount, underlying: string, market: DerivativeMarket): readonly Expiry[] {
  return [...market.expiries.entries()].flatMap(([name, expiry]) => {
    const options = account.options
      .filter((each) => each.underlying === underlying && each.expiry === name)
      .map(({ strike, type, quantity }) => ({ strike: n(strike), type, q: n(quantity) }));
    const t = Number(expiry.secondsToExpiry) / (365 * 86_400);
    return options.length === 0 ? [] : [{ t, forward: n(expiry.forward), vol: n(expiry.vol), options }];
  });
}

/** A perpetual, its worst size, its pnl and the loss of its orders. */
function perpOf(account: UnifiedAccount, underlying: string, mark: number) {
  const perp = account.perps.find((each) => each.underlying === underlying);
  if (perp === undefined) return { size: 0, worst: 0, pnl: 0, orders: 0, count: 0 };
  const size = n(perp.size);
  const sideOf = (sign: number) => perp.orders.filter((order) => Math.sign(n(order.size)) === sign);
  const units = (sign: number) => sideOf(sign).reduce((sum, order) => sum + n(order.size), 0);
  const lossOf = (sign: number) =>
    sideOf(sign).reduce((sum, { size: s, price }) => sum + pos(n(s) * (n(price) - mark)), 0);
  return {
    size,
    worst: Math.max(Math.abs(size), Math.abs(size + units(1)), Math.abs(size + units(-1))),
    pnl: size * (mark - n(perp.entryPrice)) + n(perp.funding),
    orders: Math.max(lossOf(1), lossOf(-1)),
    count: perp.orders.length,
  };
}

function ratio(market: DerivativeMarket, size: number, grade: Grade): number {
  const { perp } = market.terms;
  const base = n(grade === 'maintenance' ? perp.maintenanceRatio : perp.initialRatio);
  return Math.max(base, 0.8 * base + n(perp.sizeFactor) * Math.sqrt(size));
}

function liquidity(market: DerivativeMarket, net: number, price: number): number {
  const { least, most, impact } = market.terms.liquidity;
  const grown = n(least) + n(impact) * n(market.dailyVol) * Math.sqrt(Math.abs(net) / n(market.dailyVolume));
  return net === 0 ? 0 : Math.abs(net) * price * Math.min(n(most), grown);
}

interface Needed {
  readonly required: number;
  readonly directional: number;
  /** Option marks that count in assets and in the requirement. */
  readonly marks: readonly number[];
}

function standardOf(
  account: UnifiedAccount,
  underlying: string,
  [market, grade]: readonly [DerivativeMarket, Grade],
): Needed {
  const price = n(market.perpPrice);
  const perp = perpOf(account, underlying, price);
  const rules = market.terms.option;
  let [options, shorts] = [0, 0];
  for (const { t, forward, vol, options: held } of expiriesOf(account, underlying, market)) {
    let isolated = 0;
    for (const { strike, type, q } of held) {
      if (q >= 0) continue;
      shorts -= q;
      const mark = q * black(type, [forward, strike, vol * Math.sqrt(t)]);
      const out = pos(type === 'call' ? strike - price : price - strike) / price;
      const im = mark + q * price * Math.max(n(rules.maxSpotReq) - out, n(rules.minSpotReq));
      const mm =
        type === 'call'
          ? mark + q * price * n(rules.mmCallSpotReq)
          : mark + Math.min(q * price * n(rules.mmPutSpotReq), n(rules.mmPutMtmReq) * mark);
      const initial = type === 'call' ? im : Math.min(im, n(rules.imOverMmScale) * mm);
      isolated += grade === 'maintenance' ? mm : initial;
    }
    const payoff = (x: number) =>
      held.reduce((sum, { strike, type, q }) => sum + q * pos(type === 'call' ? x - strike : strike - x), 0);
    const netCalls = held.reduce((sum, { type, q }) => sum + (type === 'call' ? q : 0), 0);
    const scale = n(grade === 'maintenance' ? rules.unpairedMMScale : rules.unpairedIMScale);
    const loss =
      Math.min(0, ...[0, ...held.map(({ strike }) => strike)].map(payoff)) + Math.min(netCalls, 0) * forward * scale;
    options -= Math.max(isolated, loss);
  }
  const charge = n(market.terms.perp.orderCharge) * perp.count;
  const required =
    perp.worst * price * ratio(market, perp.worst, grade) +
    perp.orders +
    charge +
    liquidity(market, perp.worst + shorts, price) +
    options;
  return { required, directional: 0, marks: [] };
}

/** Present value of an expiry after a move of spot and volatility. */
function expiryValue(
  { t, forward, vol, options }: Expiry,
  [m, move, market]: readonly [number, string, DerivativeMarket],
): number {
  const { volShock: shock, skew } = market.terms.portfolio;
  const days = t * 365;
  const power = (30 / Math.max(days, n(shock.dteFloorDays))) ** n(days <= 30 ? shock.shortPower : shock.longPower);
  const width = n(skew.volStatic) + Math.sqrt(t) * n(skew.volScale);
  const kStar = Math.max(n(skew.minKStar), Math.sqrt(t) * n(skew.widthScale) * width);
  const sum = options.reduce((total, { strike, type, q }) => {
    const k = Math.log(strike / forward);
    const cap = n(move === 'skew-linear' ? skew.linearCap : skew.absCap);
    const tilt = Math.max(-cap, Math.min(cap, ((move === 'skew-linear' ? k : Math.abs(k)) * cap) / kStar));
    let moved = vol;
    if (move === 'up') moved = Math.max(vol * (1 + n(shock.rangeUp) * power), n(shock.minVolUp ?? 0n));
    else if (move === 'down') moved = vol * pos(1 - n(shock.rangeDown) * power);
    else if (move !== 'none') moved = vol * pos(1 + tilt);
    return total + q * black(type, [forward * m, strike, moved * Math.sqrt(t)]);
  }, 0);
  return sum * Math.exp(-n(market.rate) * t);
}

const QUARTERS = [0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1, -1];

/** Σ over strikes of what is net short. */
function netShortsOf({ options }: Expiry): number {
  const strikes = new Map<number, number>();
  for (const { strike, q } of options) strikes.set(strike, (strikes.get(strike) ?? 0) + q);
  return [...strikes.values()].reduce((sum, net) => sum + pos(-net), 0);
}

/** The 31 scenarios. */
function scenariosOf(range: number, tailDivisor: number) {
  return [
    ...QUARTERS.flatMap((q) => ['none', 'up', 'down'].map((move) => ({ m: 1 + q * range, move, d: 1 }))),
    { m: pos(1 - 2 * range), move: 'up', d: 1 / (tailDivisor * 2) },
    { m: 1 + 3 * range, move: 'up', d: 1 / (tailDivisor * 3) },
    ...['skew-linear', 'skew-abs'].map((move) => ({ m: 1, move, d: 1 })),
  ];
}

function revaluedOf(
  account: UnifiedAccount,
  underlying: string,
  [market, grade, hedgeOf]: readonly [DerivativeMarket, Grade, (delta: number) => number],
): Needed {
  const { portfolio, perp: perpTerms } = market.terms;
  const [price, rate, range] = [n(market.perpPrice), n(market.rate), n(portfolio.scanRange)];
  const perp = perpOf(account, underlying, price);
  const held = expiriesOf(account, underlying, market);
  const { staticDiscount: cut, basis } = portfolio;
  const valueOf = (expiry: Expiry, m: number, move: string) => expiryValue(expiry, [m, move, market]);
  const counted = (value: number, t: number) =>
    value >= 0
      ? value * n(cut.longBase) * Math.exp(-t * (rate * n(cut.longRateMult) + n(cut.longRateAdd)))
      : (value * n(cut.shortBase)) / Math.exp(-t * (rate * n(cut.shortRateMult) + n(cut.shortRateAdd)));
  const marks = held.map((expiry) => valueOf(expiry, 1, 'none'));
  const deltas = [
    perp.size,
    ...held.map((expiry) => (valueOf(expiry, 1.01, 'none') - valueOf(expiry, 0.99, 'none')) / (0.02 * price)),
  ];
  const delta = deltas.reduce((sum, each) => sum + each, 0);
  const hedge = hedgeOf(delta);
  const scenarios = scenariosOf(range, n(portfolio.tailDivisor));
  let worst = held.reduce((sum, expiry, at) => {
    const now = marks[at] ?? 0;
    const loss = Math.min(
      0,
      valueOf(expiry, n(basis.spotUp), 'none') - now,
      valueOf(expiry, n(basis.spotDown), 'none') - now,
    );
    return sum + loss * (n(basis.add) + n(basis.mult) * expiry.t);
  }, 0);
  for (const { m, move, d } of scenarios) {
    let gain = (perp.size * price + hedge) * (m - 1);
    for (const [at, expiry] of held.entries()) {
      const change = counted(valueOf(expiry, m, move), expiry.t) - (marks[at] ?? 0);
      gain += move.startsWith('skew') ? -Math.abs(change) : change;
    }
    worst = Math.min(worst, gain * d);
  }
  const shorts = held.map(netShortsOf).reduce((sum, each) => sum + each, 0);
  const [long, short] = [
    deltas.reduce((sum, each) => sum + pos(each), 0),
    deltas.reduce((sum, each) => sum + pos(-each), 0),
  ];
  const orders =
    perp.worst * ratio(market, perp.worst, grade) - Math.abs(perp.size) * ratio(market, Math.abs(perp.size), grade);
  const needed =
    -Math.min(worst, 0) * n(portfolio.lossFactor[grade]) +
    shorts * price * n(portfolio.shortOption[grade]) +
    Math.abs(perp.size) * price * n(portfolio.perp[grade]) +
    Math.min(long, short) * price * n(portfolio.calendar) +
    liquidity(market, delta, price) +
    orders * price +
    perp.orders +
    n(perpTerms.orderCharge) * perp.count;
  const floored = Math.max(needed, shorts * n(portfolio.shortMinimum));
  const owned = perp.worst === 0 && held.every(({ options }) => options.every(({ q }) => q >= 0));
  const exposed = delta * price + hedge;
  return {
    required: owned
      ? Math.min(
          floored,
          marks.reduce((sum, each) => sum + each, 0),
        )
      : floored,
    directional: Math.sign(exposed) * Math.min(Math.abs(exposed) * range, -Math.min(worst, 0)),
    marks,
  };
}

/** Returns what is free at a grade, in floating point. */
export function floatFreeMargin(account: UnifiedAccount, world: MarketSnapshot, grade: Grade): number {
  const valueOf = (name: string, weighted: boolean): number => {
    const asset = world.assets.get(name);
    const source = world.sources.get(asset?.source ?? '')?.source;
    if (asset === undefined || source === undefined) return 0;
    const base = grade === 'maintenance' ? asset.asset.baseMaintenanceBps : asset.asset.baseInitialBps;
    const chain = grade === 'initial' ? source.weightInitialBps : source.weightMaintenanceBps;
    return (n(asset.feed.price) * chain * (weighted ? base : 10_000)) / 1e8;
  };
  const held = account.lines.map(({ asset, amount }) => ({
    asset,
    units: Number(amount) / 10 ** (world.assets.get(asset)?.asset.decimals ?? 0),
  }));
  const debts = account.debts.reduce((sum, { asset, amount }) => {
    const listed = world.assets.get(asset);
    const weight = grade === 'maintenance' ? listed?.debtMaintenance : listed?.debtInitial;
    return sum + n(amount) * n(listed?.feed.price ?? 0n) * n(weight ?? 0n);
  }, n(account.feesAccrued));
  const freeWith = (hedging: boolean): number => {
    const left = held.map((one) => ({ ...one }));
    let hedged = 0;
    const needs = ['BTC', 'ETH'].flatMap((name): Needed[] => {
      const market = world.underlyings.get(name)?.derivatives;
      if (market === undefined) return [];
      if (account.mode === 'standard') return [standardOf(account, name, [market, grade])];
      const hedgeOf = (delta: number) => {
        let [missing, value] = [hedging ? pos(-delta) : 0, 0];
        const own = left.filter(({ asset }) => world.assets.get(asset)?.underlying === name);
        for (const one of own.sort((a, b) => valueOf(b.asset, false) - valueOf(a.asset, false))) {
          const units = Math.min(missing, one.units);
          one.units -= units;
          missing -= units;
          value += units * valueOf(one.asset, false);
        }
        hedged += value;
        return value;
      };
      return [revaluedOf(account, name, [market, grade, hedgeOf])];
    });
    const collateral = left.reduce((sum, { asset, units }) => sum + units * valueOf(asset, true), hedged);
    const pnls = ['BTC', 'ETH'].map(
      (name) => perpOf(account, name, n(world.underlyings.get(name)?.derivatives?.perpPrice ?? 0n)).pnl,
    );
    const won = pnls.reduce((sum, pnl) => sum + pos(pnl), 0) * n(world.terms.gainWeight[grade]);
    const gains = grade === 'initial' ? Math.min(won, n(world.terms.gainCap)) : won;
    const lost = pnls.reduce((sum, pnl) => sum + pos(-pnl), 0);
    const marks = needs.flatMap((need) => need.marks).reduce((sum, mark) => sum + mark, 0);
    const each = needs.map(({ required }) => required);
    const total = each.reduce((sum, one) => sum + one, 0);
    const [btc = 0, eth = 0] = needs.map(({ directional }) => directional);
    const credit = btc * eth < 0 ? 0.6 * Math.min(Math.abs(btc), Math.abs(eth)) : 0;
    return (
      collateral +
      n(account.cash ?? 0n) +
      gains +
      marks -
      lost -
      debts -
      Math.max(total - credit, 0.4 * total, ...each, 0)
    );
  };
  return account.mode === 'standard' ? freeWith(false) : Math.max(freeWith(false), freeWith(true));
}
