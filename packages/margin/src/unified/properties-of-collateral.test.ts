import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyAccount, anyLine } from '../testing/unified-accounts.js';
import { LIVE, WORLD, accountOf, assetOn, at, withUnderlying } from '../testing/unified-world.js';
import type { HeldLine } from './account.js';
import type { MarketSnapshot } from './market-snapshot.js';
import { type SizeTier, countedShares, tieredUnitsOf } from './size-tiers.js';
import { JudgedPrices, unifiedCollateralOf } from './unified-collateral.js';
import { freeMargin } from '../account-margin.js';
import { GRADES, unifiedMarginOf } from './unified-margin.js';

const TIERS: readonly SizeTier[] = [
  { upTo: at('10'), ratePpm: 1_000_000n },
  { upTo: at('25'), ratePpm: 700_000n },
  { upTo: at('60'), ratePpm: 300_000n },
];
const TIERED: MarketSnapshot = withUnderlying(WORLD, 'ETH', (one) => ({ ...one, tiers: TIERS }));
const valuesOf = (lines: readonly HeldLine[], world = TIERED) =>
  unifiedCollateralOf(lines, world, { prices: new JudgedPrices(world) }).values;
const eth = (most: number) => fc.integer({ min: 1, max: most * 1_000 }).map((n) => BigInt(n) * 10n ** 15n);

describe('properties of collateral', () => {
  test('7. a larger position needs at least as much more, and a larger holding weighs no more', () => {
    fc.assert(
      fc.property(anyAccount(), fc.bigInt({ min: 1n, max: 40n }), (account, factor) => {
        const positions = {
          ...account,
          lines: [],
          debts: [],
          perps: account.perps.map((perp) => ({ ...perp, orders: [] })),
        };
        const scaled = {
          ...positions,
          perps: positions.perps.map((perp) => ({ ...perp, size: perp.size * factor })),
          options: positions.options.map((option) => ({ ...option, quantity: option.quantity * factor })),
        };
        const [one, many] = [unifiedMarginOf(positions, WORLD), unifiedMarginOf(scaled, WORLD)];
        for (const [index, { required }] of one.markets.entries()) {
          for (const grade of GRADES) {
            expect((many.markets[index]?.required[grade] ?? 0n) + 1_000n * factor >= factor * required[grade]).toBe(
              true,
            );
          }
        }
      }),
      { numRuns: 250 },
    );
    fc.assert(
      fc.property(eth(100), eth(100), (amount, more) => {
        const [small, large] = [amount, amount + more].map(
          (each) => valuesOf([{ asset: 'eth.near', amount: each }]).initial,
        );
        expect((large ?? 0n) * amount <= (small ?? 0n) * (amount + more) + (amount + more)).toBe(true);
      }),
    );
  });

  test('8. tiers value an amount without a jump, without a fall, and ever less for more of it', () => {
    fc.assert(
      fc.property(eth(100), eth(100), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const [below, middle, above] = [low, (low + high) / 2n, high].map((each) => tieredUnitsOf(each, TIERS));
        if (below === undefined || middle === undefined || above === undefined) throw new Error('three amounts');
        expect(below <= above && above - below <= (high - low) * 1_000_000n).toBe(true);
        expect(2n * middle + 1_000_000n >= below + above).toBe(true);
      }),
    );
  });

  test('9. dividing among equal chains changes nothing, and a worse chain never counts more', () => {
    const twin = {
      ...TIERED,
      sources: new Map([...TIERED.sources, ['twin', { source: LIVE }] as const]),
      assets: new Map([...TIERED.assets, ['eth.twin', assetOn('ETH', 'twin', { price: at('3000') })] as const]),
    };
    fc.assert(
      fc.property(eth(100), fc.integer({ min: 0, max: 1_000 }), anyLine, (amount, promille, other) => {
        const moved = (amount * BigInt(promille)) / 1_000n;
        const split = (to: string) => [
          { asset: 'eth.near', amount: amount - moved },
          { asset: to, amount: moved },
          other,
        ];
        const [whole, equal, worse] = [
          valuesOf([{ asset: 'eth.near', amount }, other], twin),
          valuesOf(split('eth.twin'), twin),
          valuesOf(split('eth.far'), twin),
        ];
        for (const grade of GRADES) {
          const off = whole[grade] - equal[grade];
          expect(off >= -4n && off <= 4n, `${off}`).toBe(true);
          expect(worse[grade] <= whole[grade] + 4n).toBe(true);
        }
      }),
    );
  });

  test('10. counts at least what the base weights on the worst chain would', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 6 }), (lines) => {
        const { maintenance } = valuesOf(lines, WORLD);
        let least = 0n;
        for (const { asset: name, amount } of lines) {
          const asset = WORLD.assets.get(name);
          if (asset === undefined) throw new Error(name);
          const value = (amount * asset.feed.price) / 10n ** BigInt(asset.asset.decimals);
          least += (value * BigInt(asset.asset.baseMaintenanceBps) * 95n) / 1_000_000n;
        }
        expect(maintenance + 10n >= least).toBe(true);
      }),
    );
  });

  test('19. no order of sending, failing, retrying and replaying counts a token twice', () => {
    type Step = 'send' | 'prove' | 'fail' | 'replay';
    const steps = fc.array(fc.tuple(fc.constantFrom<Step>('send', 'prove', 'fail', 'replay'), eth(5)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(eth(30), steps, (amount, walk) => {
        let [near, far] = [amount, 0n];
        const flying: bigint[] = [];
        const before = valuesOf([{ asset: 'eth.near', amount }]);
        for (const [step, units] of walk) {
          const sent = units < near ? units : near;
          // What is sent leaves its line first; a proof or a proven failure takes the message away, so that none acts twice.
          if (step === 'send') {
            near -= sent;
            flying.push(sent);
          } else if (step === 'prove') far += flying.shift() ?? 0n;
          else if (step === 'fail') near += flying.pop() ?? 0n;
          const now = valuesOf([
            { asset: 'eth.near', amount: near },
            { asset: 'eth.far', amount: far },
          ]);
          for (const grade of GRADES) expect(now[grade] <= before[grade] + 2n).toBe(true);
        }
      }),
    );
  });

  test('an amount on a worse chain takes nothing from a better one', () => {
    const lines = [{ asset: 'eth.near', amount: at('10') }];
    const dead = {
      ...TIERED,
      sources: new Map([...TIERED.sources, ['far', { source: { ...LIVE, weightInitialBps: 1 } }] as const]),
    };
    const more = valuesOf([...lines, { asset: 'eth.far', amount: at('10') }], dead).initial;
    expect(more >= valuesOf(lines, dead).initial).toBe(true);
    // Laid on all parts alike the average of 20 tokens would have been 0.85.
    expect(more > (valuesOf(lines, dead).initial * 99n) / 100n).toBe(true);
    const shares = countedShares(
      [
        { amount: 10n, unitValue: 1n },
        { amount: 10n, unitValue: 9n },
      ],
      [{ upTo: 10n, ratePpm: 1_000_000n }],
    );
    expect(shares.map(({ n }) => n)).toEqual([0n, 10_000_000n]);
  });

  test('no account counts more of a source than its cap, and deposits beyond their start count in proportion', () => {
    const capped = {
      ...WORLD,
      sources: new Map([...WORLD.sources, ['far', { source: LIVE, accountCap: at('5') }] as const]),
    };
    expect(valuesOf([{ asset: 'eth.far', amount: at('1') }], capped).initial).toBe(at('5'));
    const crowded = withUnderlying(WORLD, 'ETH', (one) => ({ ...one, deposits: at('400'), depositsStart: at('100') }));
    expect(valuesOf([{ asset: 'eth.near', amount: at('1') }], crowded).initial).toBe(at('600'));
    expect(valuesOf([{ asset: 'eth.near', amount: at('1') }], crowded).maintenance).toBe(at('2550'));
  });

  test('what has not seasoned stays in the rest of a hedged holding, and a debt in demand weighs more', () => {
    const account = accountOf({ debts: [{ asset: 'eth.near', amount: at('1') }] });
    const wanted = withUnderlying(WORLD, 'ETH', (one) => ({ ...one, borrows: at('300'), borrowsStart: at('100') }));
    const [plain, dear] = [unifiedMarginOf(account, WORLD).grades, unifiedMarginOf(account, wanted).grades];
    expect(dear.initial.requirement).toBe(plain.initial.requirement * 3n);
    expect(freeMargin(dear.maintenance)).toBe(freeMargin(plain.maintenance));
  });
});
