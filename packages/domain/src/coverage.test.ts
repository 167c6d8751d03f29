import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Entry,
  WAD,
  bytes32,
  bytesToHex,
  coverageOf,
  coveredLine,
  readShortfall,
  shortfallParty,
  tokenUnits,
  uintToBytes,
} from './index.js';

const units = fc.bigInt({ min: 0n, max: 2n ** 104n - 1n });

function shortfall(amount: bigint, party: bigint, asset = 1): Pick<Entry, 'asset' | 'amount' | 'party'> {
  return { asset, amount: tokenUnits(amount), party: bytes32(bytesToHex(uintToBytes(party, 32))) };
}

describe('a SHORTFALL', () => {
  it('comes back from its party as it was packed', () => {
    fc.assert(
      fc.property(units, fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }), (accounted, answers) => {
        const party = shortfallParty({ accounted, answers });
        expect(readShortfall({ asset: 1, amount: tokenUnits(0n), party })).toEqual({ missing: 0n, accounted, answers });
      }),
    );
  });

  it.each([
    ['asset 0', shortfall(0n, 5n, 0)],
    ['2^104 units accounted', shortfall(0n, 2n ** 104n)],
    ['more missing than accounted', shortfall(6n, 5n)],
    ['a bit above the answered number', shortfall(0n, 2n ** 224n)],
  ])('with %s is none that an honest vault journals', (_, entry) => {
    expect(readShortfall(entry)).toBeUndefined();
  });

  it('is taken with all units missing, the most accounted, and the highest answered number', () => {
    const most = 2n ** 104n - 1n;
    expect(readShortfall(shortfall(most, most | ((2n ** 96n - 1n) << 128n)))).toEqual({
      missing: most,
      accounted: most,
      answers: 2n ** 96n - 1n,
    });
  });
});

describe('coverage', () => {
  it('is rounded down, is 0 when all is missing, and is all where nothing is', () => {
    expect(coverageOf({ missing: 1n, accounted: 3n })).toBe(666_666_666_666_666_666n);
    expect(coverageOf({ missing: 3n, accounted: 3n })).toBe(0n);
    expect(coverageOf({ missing: 0n, accounted: 3n })).toBe(WAD);
    expect(coverageOf({ missing: 0n, accounted: 0n })).toBe(WAD);
  });

  it('counts units rounded down, and what is unseasoned rounded up, at most the amount', () => {
    const third = WAD / 3n;
    expect(coveredLine({ amount: 100n, unseasoned: 10n }, third)).toEqual({ amount: 33n, unseasoned: 4n });
    expect(coveredLine({ amount: 100n, unseasoned: 100n }, third)).toEqual({ amount: 33n, unseasoned: 33n });
    expect(coveredLine({ amount: 100n, unseasoned: 200n }, third)).toEqual({ amount: 33n, unseasoned: 33n });
    expect(coveredLine({ amount: 100n, unseasoned: 1n }, 0n)).toEqual({ amount: 0n, unseasoned: 0n });
  });

  it('never counts more than the tokens behind the units, nor more unseasoned than counted', () => {
    const line = fc.record({ amount: units, unseasoned: units });
    fc.assert(
      fc.property(line, units, units, (held, left, right) => {
        const [accounted, missing] = left > right ? [left, right] : [right, left];
        const coverage = coverageOf({ missing, accounted });
        const counted = coveredLine(held, coverage);
        expect(counted.unseasoned).toBeLessThanOrEqual(missing === 0n ? held.unseasoned : counted.amount);
        expect(counted.amount * WAD).toBeLessThanOrEqual(held.amount * coverage);
        const all = coveredLine({ amount: accounted, unseasoned: 0n }, coverage);
        expect(all.amount).toBeLessThanOrEqual(accounted - missing);
      }),
    );
  });
});
