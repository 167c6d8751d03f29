import { WAD } from '@surety/domain';
import fc from 'fast-check';
import type { LineAuction, LineBidTerms } from '../auction/line-auction.js';
import type { SaleLine } from '../auction/sale-line.js';

/** An account in auction with a bid on it. */
export interface DrawnBid {
  readonly auction: LineAuction;
  readonly terms: Required<LineBidTerms>;
}

const anyLine: fc.Arbitrary<SaleLine> = fc
  .tuple(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.integer({ min: 12, max: 21 }),
    fc.constantFrom(30n, 50n, 80n, 95n, 100n),
    fc.constantFrom(0n, 1n, 1n, 1n, 2n, 3n),
    fc.integer({ min: 0, max: 31 }),
  )
  .map(([digits, zeros, percent, place, chance]) => {
    const grossWad = chance === 0 ? 0n : BigInt(digits) * 10n ** BigInt(zeros) + BigInt(chance);
    return { class: place, grossWad, exitWad: (grossWad * percent) / 100n };
  });

/** A protocol's weight among others, its requirement for a burden of 10,000, and its reserve for a requirement of 10,000. */
const anyProtocol = fc.tuple(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 10_300, max: 12_500 }),
  fc.integer({ min: 8_000, max: 13_000 }),
);

const anyClock = fc.oneof(
  fc.constantFrom(0n, 10n, 30n, 60n, 119n, 120n, 121n, 600n, 1_799n, 1_800n, 5_000n, 21_599n, 30_000n),
  fc.bigInt({ min: 0n, max: 7_200n }),
);

/** Accounts below their exit grade, a few of them above it, with a bid on one protocol: by itself, of some size at most, or with dust. */
export const anyBid: fc.Arbitrary<DrawnBid> = fc
  .tuple(
    fc.array(anyLine, { minLength: 1, maxLength: 6 }),
    fc.array(anyProtocol, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 9_900, max: 16_000 }),
    fc.integer({ min: 0, max: 30 }),
    anyClock,
    fc.nat(3),
    fc.bigInt({ min: 1n, max: WAD }),
    fc.constantFrom(0n, 1n, 500n * WAD, 10n ** 25n),
  )
  .map(([lines, drawn, requiredBps, waiting, clockS, chosen, shareMaxWad, dustWad]) => {
    const exitWad = lines.reduce((sum, line) => sum + line.exitWad, 0n);
    // Two sales of three are final; behind the others lines wait that count up to half as much.
    const isFinal = waiting <= 20;
    const otherExitWad = isFinal ? 0n : (exitWad * BigInt(waiting - 20)) / 20n;
    const required = ((exitWad + otherExitWad) * BigInt(requiredBps)) / 10_000n;
    const weights = drawn.reduce((sum, [weight]) => sum + weight, 0);
    const protocols = drawn.map(([weight, perBurden, reserve]) => {
      const requirementWad = (required * BigInt(weight)) / BigInt(weights) + 1n;
      return {
        requirementWad,
        burdenWad: (requirementWad * 10_000n) / BigInt(perBurden),
        reservedWad: (requirementWad * BigInt(reserve)) / 10_000n,
      };
    });
    return {
      auction: { lines, otherExitWad, protocols, isFinal },
      terms: { protocol: chosen % protocols.length, clockS, shareMaxWad, dustWad },
    };
  });
