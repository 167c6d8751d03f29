import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENTRY_BYTES,
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  bytes32,
  bytesToHex,
  packEntries,
  packEntry,
  tokenUnits,
  unpackEntries,
  unpackEntry,
} from './index.js';

const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes32(bytesToHex(bytes)));

/** Any entry the codec accepts. */
const anyEntry: fc.Arbitrary<Entry> = fc.record({
  kind: fc.constantFrom(...(Object.keys(ENTRY_KINDS) as EntryKind[])),
  asset: fc.integer({ min: 0, max: 65_535 }),
  amount: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(tokenUnits),
  account: word,
  party: word,
  fee: fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }).map(tokenUnits),
});

const sample: Entry = {
  kind: 'LOCK',
  asset: 1,
  amount: tokenUnits(5n),
  account: bytes32(`0x${'ab'.repeat(32)}`),
  party: bytes32(`0x${'00'.repeat(32)}`),
  fee: tokenUnits(0n),
};

describe('packed entries', () => {
  it('refuse an amount above 128 bits, a fee above 96 bits and an asset above 16 bits', () => {
    expect(() => packEntry({ ...sample, amount: (2n ** 128n) as Entry['amount'] })).toThrow(/does not fit 16 bytes/);
    expect(() => packEntry({ ...sample, fee: (2n ** 96n) as Entry['fee'] })).toThrow(/does not fit 12 bytes/);
    expect(() => packEntry({ ...sample, asset: 65_536 })).toThrow(/does not fit 2 bytes/);
  });

  it('refuse an unknown kind on the way in and on the way out', () => {
    expect(() => packEntry({ ...sample, kind: 'MINT' as EntryKind })).toThrowErrorMatchingInlineSnapshot(
      `[AppError: "MINT" is no kind of entry; expected LOCK, REFUND, SHORTFALL, APPOINT, RELEASE, LOST]`,
    );
    const packed = packEntry(sample);
    packed[0] = 5;
    expect(() => unpackEntry(packed)).toThrow(expect.objectContaining({ code: 'UNKNOWN_KIND' }));
  });

  it('refuse bytes that are not whole entries', () => {
    expect(() => unpackEntry(new Uint8Array(94))).toThrow(expect.objectContaining({ code: 'BAD_LENGTH' }));
    expect(() => unpackEntries(new Uint8Array(96))).toThrow(expect.objectContaining({ code: 'BAD_LENGTH' }));
  });

  it('come back as they went in, 95 bytes each', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 8 }), (entries) => {
        const packed = packEntries(entries);
        expect(packed.length).toBe(ENTRY_BYTES * entries.length);
        expect(unpackEntries(packed)).toEqual(entries);
      }),
    );
  });
});
