import { WAD } from '@surety/domain';
import {
  type ExpiryMarket,
  type JudgedPrice,
  type MarketPosition,
  type OptionPosition,
  RevaluedMarket,
  SHIPPED_MARKET_TERMS,
  portfolioScenarios,
} from '@surety/margin';
import { alternate } from '../alternate.js';
import type { Measurement } from '../row.js';

const OPTIONS = 40;
/** Accounts of one round: one alone takes less time than the clock of a busy machine takes to settle. */
const ACCOUNTS = 20;
const EXPIRIES = [7n, 30n, 60n, 90n];
const SPOT = 60_000n * WAD;

/** One portfolio account of 40 options in 31 scenarios, against every option revalued by itself. */
export const marginPortfolioRow: Measurement = {
  ids: ['margin.portfolio'],
  measure: async (say) => {
    const options = Array.from({ length: OPTIONS }, (_, at) => optionAt(at));
    const scenarios = portfolioScenarios(SHIPPED_MARKET_TERMS.portfolio).length;
    const row = await alternate({
      id: 'margin.portfolio',
      unit: 'accounts/s',
      against: '40 options one by one',
      subject: { items: ACCOUNTS, run: () => repeated(() => regularGains([positionOf(options)])) },
      reference: {
        items: ACCOUNTS,
        run: () => repeated(() => regularGains(options.map((option) => positionOf([option])))),
      },
      rounds: 15,
      // Each expiry is rounded once for all its options, each option alone by itself.
      agrees: (left, right) =>
        (left as bigint[]).every((gain, at) => {
          const off = gain - ((right as bigint[])[at] ?? 0n);
          return off <= 4n * BigInt(OPTIONS) && off >= -4n * BigInt(OPTIONS);
        }),
    });
    say(
      `margin.portfolio: ${(1_000 / row.subject).toFixed(2)} ms, ${cpuOf(() => repeated(() => regularGains([positionOf(options)])))} ms of CPU, for 40 options in ${scenarios} scenarios; expected 5 ms at most`,
    );
    return [row];
  },
};

/** Milliseconds of CPU for each account: what else runs on the machine makes it wait, and does not count here. */
function cpuOf(run: () => void): string {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / (1_000 * ACCOUNTS)).toFixed(2);
}

function repeated(run: () => bigint[]): bigint[] {
  let result: bigint[] = [];
  for (let account = 0; account < ACCOUNTS; account += 1) result = run();
  return result;
}

/** Gains of all scenarios but the skews, whose sums are not additive. */
function regularGains(positions: readonly MarketPosition[]): bigint[] {
  const all = positions.map((position) => new RevaluedMarket(position).optionGains);
  return (all[0] ?? []).slice(0, -2).map((_, at) => all.reduce((sum, gains) => sum + (gains[at] ?? 0n), 0n));
}

function optionAt(at: number): { readonly days: bigint; readonly option: OptionPosition } {
  return {
    days: EXPIRIES[at % EXPIRIES.length] ?? 7n,
    option: {
      strike: SPOT - 20_000n * WAD + BigInt(at) * 1_000n * WAD,
      type: at % 3 === 0 ? 'put' : 'call',
      quantity: BigInt((at % 7) - 3 || 1) * WAD,
      vol: 6n * 10n ** 17n + BigInt(at) * 10n ** 15n,
    },
  };
}

function positionOf(options: readonly ReturnType<typeof optionAt>[]): MarketPosition {
  const expiryOf = (days: bigint): ExpiryMarket => ({
    secondsToExpiry: days * 86_400n,
    forward: SPOT + (SPOT * days) / 5_000n,
    confidence: WAD,
    vol: 6n * 10n ** 17n,
  });
  const price: JudgedPrice = { faults: [], mark: SPOT, assetInitial: SPOT, debtInitial: SPOT, paused: false };
  // Without a discount by the sign of an expiry's value, gains of options add up.
  const { portfolio } = SHIPPED_MARKET_TERMS;
  const staticDiscount = {
    longBase: WAD,
    longRateMult: 0n,
    longRateAdd: 0n,
    shortBase: WAD,
    shortRateMult: 0n,
    shortRateAdd: 0n,
  };
  return {
    underlying: 'BTC',
    market: {
      perpPrice: SPOT,
      settlement: 'USD',
      openInterest: 0n,
      dailyVolume: 10n ** 23n,
      dailyVol: 35n * 10n ** 15n,
      rate: 4n * 10n ** 16n,
      expiries: new Map(),
      terms: { ...SHIPPED_MARKET_TERMS, portfolio: { ...portfolio, staticDiscount } },
    },
    price,
    confidence: WAD,
    settlementPrice: WAD,
    perp: { size: 0n, worstSize: 0n, orderLoss: 0n, orderCount: 0n, pnl: 0n },
    expiries: EXPIRIES.flatMap((days) => {
      const held = options.filter((one) => one.days === days).map(({ option }) => option);
      return held.length === 0 ? [] : [{ market: expiryOf(days), options: held }];
    }),
  };
}
