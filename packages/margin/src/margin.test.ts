import { mulDivDown, tokenUnits, wad } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HEALTH_FACTOR_MAX,
  type Line,
  MARGIN_STATUS,
  SOURCE_STATES,
  type Source,
  type SourceState,
  REQUIREMENT_INFINITE,
  accountMarginOf,
  freeMargin,
  freshnessOf,
  healthFactorOf,
  isLiquidatable,
  knownMarginOf,
  lineMarginOf,
  lineStatusOf,
  linePriceOf,
  lineRatesOf,
  steadyPrice,
  mayTakeRisk,
  rampedWeightOf,
  utilisationPpmOf,
} from './index.js';

const NOW = 1_800_000_000n;
const HOUR = 3_600n;
const source: Source = {
  state: 'LIVE',
  stateUntil: 0n,
  asOf: NOW,
  weightInitialBps: 9_500,
  weightMaintenanceBps: 10_000,
  staleAfterMinutes: 90,
  darkAfterMinutes: 360,
  floorAfterMinutes: 4_320,
  frozenMaintenanceBps: 10_000,
  thawedAt: 0n,
};
const price = steadyPrice({ price1e12: 10n ** 12n, observedAt: NOW, maxAgeS: 3_600 });
const usdc: Line = {
  amount: tokenUnits(1_000n * 10n ** 6n),
  unseasoned: tokenUnits(0n),
  seasonEnd: 0n,
  asset: { decimals: 6, baseInitialBps: 9_500, baseMaintenanceBps: 9_800 },
  source,
  prices: [price],
};

const min = (left: bigint, right: bigint): bigint => (left < right ? left : right);
const bps = fc.integer({ min: 0, max: 10_000 });
const anyLine: fc.Arbitrary<Line> = fc
  .record({
    amount: fc.bigInt({ min: 0n, max: 2n ** 104n - 1n }),
    unseasonedPpm: fc.bigInt({ min: 0n, max: 1_000_000n }),
    seasonEnd: fc.bigInt({ min: NOW - 100n, max: NOW + 100n }),
    decimals: fc.integer({ min: 0, max: 24 }),
    base: fc.tuple(bps, bps),
    weights: fc.tuple(bps, bps),
    state: fc.constantFrom(...(Object.keys(SOURCE_STATES) as SourceState[])),
    age: fc.bigInt({ min: -120n, max: 40n * 24n * HOUR }),
    price1e12: fc.bigInt({ min: 0n, max: 2n ** 80n - 1n }),
    priceAge: fc.bigInt({ min: -100n, max: 10_000n }),
    failing: fc.constantFrom(false, false, false, true),
    slowPpm: fc.bigInt({ min: 700_000n, max: 1_400_000n }),
    confPpm: fc.integer({ min: 0, max: 25_000 }),
  })
  .map((one) => ({
    amount: tokenUnits(one.amount),
    unseasoned: tokenUnits(mulDivDown(one.amount, one.unseasonedPpm, 1_000_000n)),
    seasonEnd: one.seasonEnd,
    asset: {
      decimals: one.decimals,
      baseInitialBps: Math.min(...one.base),
      baseMaintenanceBps: Math.max(...one.base),
    },
    source: {
      ...source,
      state: one.state,
      asOf: NOW - one.age,
      weightInitialBps: Math.min(...one.weights),
      weightMaintenanceBps: Math.max(...one.weights),
    },
    prices: [
      {
        price1e12: one.price1e12,
        slow1e12: mulDivDown(one.price1e12, one.slowPpm, 1_000_000n),
        confPpm: one.confPpm,
        observedAt: NOW - one.priceAge,
        maxAgeS: 3_600,
        failing: one.failing,
      },
    ],
  }));

describe('a maintenance weight that falls', () => {
  const DAY = 24n * HOUR;
  const ramp = { fromBps: 8_500, toBps: 7_500, start: NOW, end: NOW + 2n * DAY };

  it('keeps its old weight until the start, its target from the end on, and is rounded up between them', () => {
    const weights = [NOW - 1n, NOW, NOW + 1n, NOW + 173n, NOW + DAY, ramp.end - 1n, ramp.end, ramp.end + 99n * DAY];
    expect(weights.map((at) => rampedWeightOf(ramp, at))).toEqual([
      8_500, 8_500, 8_500, 8_499, 8_000, 7_501, 7_500, 7_500,
    ]);
  });

  it('is what the maintenance grade counts at that time, for the asset and for its source', () => {
    const asset = { ...usdc.asset, baseInitialBps: 5_000, maintenanceRamp: ramp };
    const whole = { ...source, asOf: NOW + DAY, weightInitialBps: 5_000 };
    const at = NOW + DAY;
    const valueOf = (line: Line): bigint => lineMarginOf(line, at).value.maintenance;
    expect(valueOf({ ...usdc, asset, source: whole })).toBe(800n * 10n ** 18n);
    expect(valueOf({ ...usdc, asset, source: { ...whole, maintenanceRamp: ramp } })).toBe(640n * 10n ** 18n);
  });
});

describe('the freshness of a source', () => {
  const at = (age: bigint): readonly [bigint, bigint, string] => {
    const { initial, maintenance, condition } = freshnessOf({ ...source, asOf: NOW - age }, NOW);
    return [initial, maintenance, condition];
  };

  it('is full up to the stale age and to the second', () => {
    expect(at(-120n)).toEqual([1_000_000n, 1_000_000n, 'fresh']);
    expect(at(90n * 60n)).toEqual([1_000_000n, 1_000_000n, 'fresh']);
    expect(at(90n * 60n + 1n)).toEqual([999_938n, 1_000_000n, 'stale']);
  });

  it('falls linearly to nothing for initial, and leaves maintenance alone (an outage liquidates nobody)', () => {
    expect(at(225n * 60n)).toEqual([500_000n, 1_000_000n, 'stale']);
    expect(at(360n * 60n - 1n)).toEqual([61n, 1_000_000n, 'stale']);
    expect(at(360n * 60n)).toEqual([0n, 1_000_000n, 'dark']);
    expect(at(72n * HOUR)).toEqual([0n, 1_000_000n, 'dark']);
  });

  it('costs maintenance five points a day past the floor age, down to a half', () => {
    expect(at(72n * HOUR + 1n)).toEqual([0n, 999_999n, 'dark']);
    expect(at(96n * HOUR)).toEqual([0n, 950_000n, 'dark']);
    expect(at(72n * HOUR + 10n * 24n * HOUR)).toEqual([0n, 500_000n, 'dark']);
    expect(at(400n * 24n * HOUR)).toEqual([0n, 500_000n, 'dark']);
  });

  it('is frozen by quarantine until it lapses, and by halt, recovery and closing', () => {
    const frozen = { ...source, frozenMaintenanceBps: 9_000 };
    for (const state of ['HALTED', 'RECOVERY', 'CLOSED'] as const) {
      expect(freshnessOf({ ...frozen, state }, NOW)).toEqual({
        initial: 0n,
        maintenance: 900_000n,
        condition: 'frozen',
      });
    }
    const quarantined = { ...frozen, state: 'QUARANTINED' as const, stateUntil: NOW };
    expect(freshnessOf(quarantined, NOW - 1n).condition).toBe('frozen');
    expect(freshnessOf(quarantined, NOW).condition).toBe('fresh');
    expect(freshnessOf({ ...frozen, state: 'CONTESTED' }, NOW).condition).toBe('fresh');
  });

  it('keeps what it was frozen at and lets it fall by five points a day from the end of the freeze', () => {
    const old = { ...source, asOf: NOW - 400n * 24n * HOUR, frozenMaintenanceBps: 9_000 };
    const maintenanceAt = (thawedAt: bigint): bigint => freshnessOf({ ...old, thawedAt }, NOW).maintenance;
    expect(maintenanceAt(NOW)).toBe(900_000n);
    expect(maintenanceAt(NOW + 5n)).toBe(900_000n);
    expect(maintenanceAt(NOW - 24n * HOUR)).toBe(850_000n);
    expect(maintenanceAt(NOW - 24n * HOUR - 1n)).toBe(849_999n);
    expect(maintenanceAt(NOW - 30n * 24n * HOUR)).toBe(500_000n);
    expect(maintenanceAt(0n)).toBe(500_000n);
    const quarantined = { ...old, state: 'QUARANTINED' as const, stateUntil: NOW - 24n * HOUR, thawedAt: NOW };
    expect(freshnessOf(quarantined, NOW).maintenance).toBe(850_000n);
    // By its age alone it would have more.
    const younger = { ...old, asOf: NOW - 73n * HOUR, thawedAt: NOW };
    expect(freshnessOf(younger, NOW).maintenance).toBe(997_916n);
  });
});

describe('a line’s value', () => {
  it('is amount × price × five factors, by hand', () => {
    const { value } = lineMarginOf(usdc, NOW);
    expect(value).toEqual({
      initial: 902_500_000_000_000_000_000n,
      exit: 950_000_000_000_000_000_000n,
      maintenance: 980_000_000_000_000_000_000n,
    });
  });

  it('counts an unseasoned part for maintenance at once and for initial when its season has ended', () => {
    const line = { ...usdc, unseasoned: tokenUnits(400n * 10n ** 6n), seasonEnd: NOW + 1n };
    expect(lineMarginOf(line, NOW).value.initial).toBe(541_500_000_000_000_000_000n);
    expect(lineMarginOf(line, NOW).value.maintenance).toBe(980_000_000_000_000_000_000n);
    expect(lineMarginOf(line, NOW + 1n).value.initial).toBe(902_500_000_000_000_000_000n);
  });

  it('is nothing for initial while one of its feeds fails, and holds at the others', () => {
    const failing = { ...price, failing: true };
    for (const prices of [[failing], [price, failing], [failing, price]]) {
      const line = { ...usdc, prices };
      const { value } = lineMarginOf(line, NOW);
      expect([value.initial, value.exit, value.maintenance]).toEqual([
        0n,
        950_000_000_000_000_000_000n,
        980_000_000_000_000_000_000n,
      ]);
      expect(accountMarginOf([line], NOW).status).toBe(MARGIN_STATUS.PRICE_FAILING);
    }
    const uncertain = { ...price, confPpm: 20_001 };
    const diverged = { ...price, slow1e12: 1n };
    const { value } = lineMarginOf({ ...usdc, prices: [uncertain, diverged] }, NOW);
    expect([value.initial, value.maintenance]).toEqual([0n, 980_000_000_000_000_000_000n]);
    expect(accountMarginOf([{ ...usdc, prices: [uncertain, diverged] }], NOW).status).toBe(
      MARGIN_STATUS.PRICE_UNCERTAIN | MARGIN_STATUS.PRICE_DIVERGED,
    );
    const line = lineMarginOf({ ...usdc, prices: [failing] }, NOW);
    expect(lineStatusOf(line)).toBe(MARGIN_STATUS.PRICE_FAILING);
    // Its owner enabled it in advance: nothing of it counts, so nothing is wrong with it.
    expect(lineStatusOf({ ...line, units: tokenUnits(0n) })).toBe(0n);
    const never = { ...failing, observedAt: 0n };
    expect(accountMarginOf([{ ...usdc, prices: [never] }], NOW).status).toBe(MARGIN_STATUS.PRICE_MISSING);
  });

  it('is nothing for initial at a stale price, and holds at the others', () => {
    const { value } = lineMarginOf(usdc, NOW + 3_601n);
    expect([value.initial, value.maintenance]).toEqual([0n, 980_000_000_000_000_000_000n]);
  });

  it('never grows from initial to exit to maintenance the wrong way, and never exceeds its worth (I12)', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const { value } = lineMarginOf(line, NOW);
        const worth = mulDivDown(
          line.amount * (line.prices[0]?.price1e12 ?? 0n),
          10n ** 6n,
          10n ** BigInt(line.asset.decimals),
        );
        expect(0n <= value.initial && value.initial <= value.exit && value.exit <= value.maintenance).toBe(true);
        expect(value.maintenance <= worth).toBe(true);
      }),
    );
  });

  it('has the rates that weigh it, at every grade', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const whole = { ...line, unseasoned: tokenUnits(0n) };
        const { value } = lineMarginOf(whole, NOW);
        const { initial, exit, maintenance } = lineRatesOf(whole, NOW);
        const at = ({ n, d }: typeof initial) => mulDivDown(line.amount, n, d);
        expect([at(maintenance), min(at(exit), at(maintenance))]).toEqual([value.maintenance, value.exit]);
        expect(min(at(initial), value.exit)).toBe(value.initial);
      }),
    );
  });

  it('never grows when a line is split in two (I12)', () => {
    fc.assert(
      fc.property(anyLine, fc.bigInt({ min: 0n, max: 1_000_000n }), (line, share) => {
        const whole = { ...line, unseasoned: tokenUnits(0n) };
        const part = tokenUnits(mulDivDown(line.amount, share, 1_000_000n));
        const rest = tokenUnits(line.amount - part);
        const split = [part, rest].map((amount) => lineMarginOf({ ...whole, amount }, NOW).value.maintenance);
        expect(split.reduce((sum, one) => sum + one, 0n) <= lineMarginOf(whole, NOW).value.maintenance).toBe(true);
      }),
    );
  });
});

describe('the price that counts', () => {
  const own = steadyPrice({ ...price, price1e12: 9n * 10n ** 11n });

  it('is named by its place: the lowest, the first of equals, a missing one before all, none of none', () => {
    const placeOf = (...prices: Line['prices']) => linePriceOf(prices, NOW).place;
    expect(placeOf(price, own)).toBe(1);
    expect(placeOf(own, price)).toBe(0);
    expect(placeOf(price, price)).toBe(0);
    expect(placeOf(own, { ...price, observedAt: 0n })).toBe(1);
    expect(placeOf()).toBe(-1);
    expect(lineMarginOf({ ...usdc, prices: [price, own] }, NOW).price).toMatchObject({
      place: 1,
      price1e12: own.price1e12,
    });
  });
});

describe('what is used of a margin', () => {
  const grade = (assets: bigint, requirement: bigint) => ({ assets: wad(assets), requirement: wad(requirement) });

  it('is what is required of what is owned in parts per million, rounded up', () => {
    expect(utilisationPpmOf(grade(3n, 1n))).toBe(333_334n);
    expect(utilisationPpmOf(grade(4n, 1n))).toBe(250_000n);
    expect(utilisationPpmOf(grade(1n, 5n))).toBe(5_000_000n);
    expect(utilisationPpmOf(grade(2n ** 140n, 1n))).toBe(1n);
  });

  it('is nothing of an empty account, and has no figure where no assets cover', () => {
    expect(utilisationPpmOf(grade(0n, 0n))).toBe(0n);
    expect(utilisationPpmOf(grade(7n, 0n))).toBe(0n);
    expect(utilisationPpmOf(grade(0n, 1n))).toBeUndefined();
    expect(utilisationPpmOf(grade(2n ** 200n, REQUIREMENT_INFINITE))).toBeUndefined();
    // A market that doubts a price, and the same beside another requirement.
    expect(utilisationPpmOf(grade(2n ** 100n, 2n ** 128n - 1n))).toBeUndefined();
    expect(utilisationPpmOf(grade(2n ** 100n, 2n ** 128n + 7n))).toBeUndefined();
    expect(utilisationPpmOf(grade(1n, 2n ** 128n - 2n))).toBe((2n ** 128n - 2n) * 1_000_000n);
  });

  it('leaves the rest free, less than nothing where it falls short', () => {
    expect([freeMargin(grade(3n, 1n)), freeMargin(grade(1n, 3n))]).toEqual([2n, -2n]);
  });
});

describe('an account’s margin', () => {
  it('is nothing without lines, with full health and the time itself as its age', () => {
    const margin = accountMarginOf([], NOW);
    expect(margin.grades.initial).toEqual({ assets: 0n, requirement: 0n });
    expect([margin.status, margin.oldestAsOf, isLiquidatable(margin), mayTakeRisk(margin)]).toEqual([
      0n,
      NOW,
      false,
      true,
    ]);
    expect(healthFactorOf(margin.grades.maintenance)).toBe(HEALTH_FACTOR_MAX);
  });

  it('sums its lines in any order and returns the oldest knowledge', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 16 }), (lines) => {
        const forward = accountMarginOf(lines, NOW);
        const backward = accountMarginOf(lines.toReversed(), NOW);
        expect(backward.grades).toEqual(forward.grades);
        expect([backward.status, backward.oldestAsOf]).toEqual([forward.status, forward.oldestAsOf]);
      }),
    );
  });

  it('says in its status why a line counts less, and nothing of empty lines', () => {
    const dark = { ...usdc, source: { ...source, asOf: NOW - 10n * HOUR } };
    const missing = { ...usdc, prices: [{ ...price, observedAt: 0n }] };
    const frozen = { ...usdc, source: { ...source, state: 'HALTED' as const } };
    expect(accountMarginOf([{ ...dark, amount: tokenUnits(0n) }], NOW).status).toBe(0n);
    expect(accountMarginOf([dark], NOW).status).toBe(MARGIN_STATUS.SOURCE_STALE | MARGIN_STATUS.SOURCE_DARK);
    expect(accountMarginOf([missing, frozen], NOW).status).toBe(
      MARGIN_STATUS.PRICE_MISSING | MARGIN_STATUS.SOURCE_FROZEN,
    );
  });

  it('is liquidatable only when the requirement exceeds the assets, decided without a quotient', () => {
    const owing = (requirement: bigint): ReturnType<typeof accountMarginOf> => {
      const margin = accountMarginOf([usdc], NOW);
      const assets = margin.grades.maintenance.assets;
      const grade = { assets, requirement: wad(assets + requirement) };
      return { ...margin, grades: { initial: grade, exit: grade, maintenance: grade } };
    };
    expect([isLiquidatable(owing(0n)), isLiquidatable(owing(1n))]).toEqual([false, true]);
    expect([mayTakeRisk(owing(0n)), mayTakeRisk(owing(1n))]).toEqual([true, false]);
    expect(healthFactorOf(owing(0n).grades.maintenance)).toBe(10n ** 18n);
  });
});

describe('the bits of a status', () => {
  it('are the ledger’s, each from its own cause', () => {
    expect(Object.values(MARGIN_STATUS)).toEqual([1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n, 256n]);
    const later = { ...usdc, source: { ...source, asOf: NOW + 3_601n } };
    expect(accountMarginOf([later], NOW + 3_601n).status).toBe(MARGIN_STATUS.PRICE_STALE);
    const missing = { ...later, prices: [{ ...price, observedAt: 0n }] };
    expect(accountMarginOf([missing], NOW + 3_601n).status).toBe(MARGIN_STATUS.PRICE_MISSING);
    expect(accountMarginOf([{ ...usdc, prices: [{ ...price, maxAgeS: 99_999 }] }], NOW + 5_401n).status).toBe(
      MARGIN_STATUS.SOURCE_STALE,
    );
  });

  it('say that a margin is not known where a price was never accepted, as the ledger does: no assets, nobody liquidatable', () => {
    const missing = { ...usdc, prices: [{ ...price, observedAt: 0n }] };
    const weighed = accountMarginOf([usdc, missing], NOW);
    expect(weighed.grades.maintenance.assets > 0n).toBe(true);
    const known = knownMarginOf(weighed);
    expect(Object.values(known.grades).map(({ assets }) => assets)).toEqual([0n, 0n, 0n]);
    expect(known.status).toBe(MARGIN_STATUS.PRICE_MISSING | MARGIN_STATUS.UNANSWERED);
    expect([known.oldestAsOf, known.lines]).toEqual([weighed.oldestAsOf, weighed.lines]);
    const owing = { ...known.grades.maintenance, requirement: wad(1n) };
    const margin = { ...known, grades: { ...known.grades, maintenance: owing } };
    expect(isLiquidatable(margin)).toBe(false);
    expect(isLiquidatable({ grades: margin.grades })).toBe(true);
    // Nothing is required, and no gate passes all the same.
    expect([mayTakeRisk(known), mayTakeRisk({ grades: known.grades })]).toEqual([false, true]);
    const whole = accountMarginOf([usdc], NOW);
    expect(knownMarginOf(whole)).toBe(whole);
  });

  it('come with the oldest knowledge of lines that hold something', () => {
    const older = { ...usdc, source: { ...source, asOf: NOW - 9n } };
    const empty = { ...usdc, amount: tokenUnits(0n), source: { ...source, asOf: NOW - 99n } };
    expect(accountMarginOf([usdc, older, empty, usdc], NOW).oldestAsOf).toBe(NOW - 9n);
    expect(accountMarginOf([{ ...usdc, source: { ...source, asOf: NOW + 5n } }], NOW).oldestAsOf).toBe(NOW);
  });
});
