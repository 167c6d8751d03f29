import { WAD } from '@surety/domain';
import type { Asset, CachedPrice, Source } from '@surety/margin';
import fc from 'fast-check';

/** A block's time in seconds, at which prices and sources are drawn. */
export const START = 1_700_000_000n;

/** Everything that determines an asset's rate; most books rarely change most of it. */
const price: fc.Arbitrary<CachedPrice> = fc.record({
  price1e12: fc.oneof(
    fc.bigInt({ min: 9n * 10n ** 11n, max: 11n * 10n ** 11n }),
    fc.bigInt({ min: 0n, max: 10n ** 17n }),
  ),
  observedAt: fc.oneof({ weight: 9, arbitrary: fc.constant(START) }, { weight: 1, arbitrary: fc.constant(0n) }),
  maxAgeS: fc.constant(3_600),
  slow1e12: fc.constant(10n ** 12n),
  confPpm: fc.constantFrom(0, 20_001),
  failing: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const ramp = fc.record({
  fromBps: fc.integer({ min: 9_000, max: 10_000 }),
  toBps: fc.integer({ min: 5_000, max: 9_000 }),
  start: fc.bigInt({ min: START - 1_000n, max: START + 1_000n }),
  end: fc.bigInt({ min: START + 2_000n, max: START + 500_000n }),
});
const source = fc.record(
  {
    state: fc.constantFrom<Source['state']>('LIVE', 'LIVE', 'CONTESTED', 'QUARANTINED', 'HALTED'),
    stateUntil: fc.bigInt({ min: START, max: START + 600_000n }),
    asOf: fc.bigInt({ min: START - 400_000n, max: START }),
    weightInitialBps: fc.constant(9_000),
    weightMaintenanceBps: fc.integer({ min: 8_000, max: 10_000 }),
    maintenanceRamp: ramp,
    staleAfterMinutes: fc.constant(90),
    darkAfterMinutes: fc.constant(360),
    floorAfterMinutes: fc.constantFrom(360, 4_320),
    frozenMaintenanceBps: fc.constantFrom(7_000, 10_000),
    thawedAt: fc.constantFrom(0n, START - 1_000n),
  },
  { requiredKeys: ['state', 'stateUntil', 'asOf', 'weightInitialBps', 'weightMaintenanceBps', 'staleAfterMinutes'] },
);
const asset: fc.Arbitrary<Asset> = fc.record(
  {
    decimals: fc.constantFrom(0, 6, 8, 18),
    baseInitialBps: fc.constant(8_000),
    baseMaintenanceBps: fc.integer({ min: 0, max: 10_000 }),
    maintenanceRamp: ramp,
  },
  { requiredKeys: ['decimals', 'baseInitialBps', 'baseMaintenanceBps'] },
);
/** Terms of an asset, as the settlement chain has them. */
export const anyTerms = fc.record({
  asset,
  source: source.map((one): Source => ({
    darkAfterMinutes: 360,
    floorAfterMinutes: 4_320,
    frozenMaintenanceBps: 10_000,
    thawedAt: 0n,
    ...one,
  })),
  prices: fc.array(price, { minLength: 1, maxLength: 2 }),
});

/** A coverage, most often of everything. */
export const anyCoverage = fc.oneof(fc.constant(WAD), fc.bigInt({ min: 0n, max: WAD }));
