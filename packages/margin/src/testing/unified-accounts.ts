import fc from 'fast-check';
import { type HeldLine, type HeldOption, type UnifiedAccount } from '../unified/account.js';
import { at, perpOf } from './unified-world.js';

/** Amounts with six decimals, at most as many whole units. */
const sized = (most: number) =>
  fc.integer({ min: -most * 1_000, max: most * 1_000 }).map((n) => BigInt(n) * 10n ** 15n);
const amountOf = (most: number, decimals: number) =>
  fc.integer({ min: 1, max: most * 1_000 }).map((n) => (BigInt(n) * 10n ** BigInt(decimals)) / 1_000n);

/** One line of {@link WORLD}. */
export const anyLine: fc.Arbitrary<HeldLine> = fc.oneof(
  fc.record({ asset: fc.constantFrom('usd.near', 'usd.far'), amount: amountOf(200_000, 6) }),
  fc.record({ asset: fc.constantFrom('eth.near', 'eth.far'), amount: amountOf(50, 18) }),
  fc.record({ asset: fc.constant('btc.near'), amount: amountOf(3, 8) }),
);

/** One option of {@link WORLD}, near its spot. */
export const anyOption: fc.Arbitrary<HeldOption> = fc
  .record({
    underlying: fc.constantFrom('BTC' as const, 'ETH' as const),
    expiry: fc.constantFrom('7d', '30d', '90d'),
    step: fc.integer({ min: 6, max: 14 }),
    type: fc.constantFrom('call' as const, 'put' as const),
    quantity: sized(3),
  })
  .map(({ step, ...option }) => ({
    ...option,
    strike: (option.underlying === 'BTC' ? at('6000') : at('300')) * BigInt(step),
  }));

const anyPerp = (underlying: 'BTC' | 'ETH') =>
  fc
    .record({
      size: sized(underlying === 'BTC' ? 3 : 60),
      moved: fc.integer({ min: -100, max: 100 }),
      orders: fc.array(fc.tuple(sized(2), fc.integer({ min: -50, max: 50 })), { maxLength: 2 }),
    })
    .map(({ size, moved, orders }) => {
      const base = perpOf(underlying, size);
      const around = (promille: number) => (base.entryPrice * BigInt(1_000 + promille)) / 1_000n;
      const resting = orders
        .filter(([units]) => units !== 0n)
        .map(([units, off]) => ({ size: units, price: around(off) }));
      return { ...base, entryPrice: around(moved), orders: resting };
    });

/** An account of {@link WORLD} in a mode, with everything an account may have. */
export function anyAccount(mode?: UnifiedAccount['mode']): fc.Arbitrary<UnifiedAccount> {
  return fc
    .record({
      mode: mode === undefined ? fc.constantFrom('standard' as const, 'portfolio' as const) : fc.constant(mode),
      lines: fc.array(anyLine, { maxLength: 5 }),
      debts: fc.array(
        fc.record({ asset: fc.constantFrom('usd.near', 'eth.near'), amount: sized(50).map((n) => (n < 0n ? -n : n)) }),
        { maxLength: 2 },
      ),
      btc: fc.option(anyPerp('BTC'), { nil: undefined }),
      eth: fc.option(anyPerp('ETH'), { nil: undefined }),
      options: fc.array(anyOption, { maxLength: 4 }),
      feesAccrued: fc.integer({ min: 0, max: 1_000 }).map((n) => BigInt(n) * 10n ** 15n),
      cash: fc.integer({ min: 0, max: 1_000 }).map((n) => BigInt(n) * 10n ** 15n),
    })
    .map(({ btc, eth, ...account }) => ({
      ...account,
      perps: [btc, eth].flatMap((perp) => (perp === undefined ? [] : [perp])),
    }));
}
