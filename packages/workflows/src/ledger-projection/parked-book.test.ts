import { bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { AssetBook } from './asset-book.js';
import { AssetSums } from './asset-sums.js';
import { ParkedBook } from './parked-book.js';

const ALICE = bytes32(`0x${'a1'.repeat(32)}`);
const [NUMBER, REASON] = [{ source: 1, index: 4n, account: ALICE }, 'CAP'] as const;
const parked = (amount: bigint) =>
  ({ kind: 'parked', ...NUMBER, vaultAsset: 1, amount, fee: 0n, reason: REASON }) as const;

describe('an index that a rewind freed', () => {
  it('is not removed when the same step parks under it again', () => {
    const book = new ParkedBook(new AssetBook([]), new AssetSums([]));
    book.park(parked(7n));
    expect(book.takeChanges()).toMatchObject({ parked: [{ amount: 7n }], unparked: [] });
    book.take({ ...NUMBER, amount: 7n });
    book.park(parked(5n));
    expect(book.takeChanges()).toMatchObject({ parked: [{ index: 4n, amount: 5n }], unparked: [] });
  });

  it('is removed when nothing is parked under it at the end of the step', () => {
    const book = new ParkedBook(new AssetBook([]), new AssetSums([]));
    book.park(parked(7n));
    book.take({ ...NUMBER, amount: 7n });
    book.park(parked(5n));
    book.take({ ...NUMBER, amount: 5n });
    expect(book.takeChanges()).toEqual({ parked: [], unparked: [{ source: 1, index: 4n }] });
    expect(book.takeChanges()).toEqual({ parked: [], unparked: [] });
  });
});
