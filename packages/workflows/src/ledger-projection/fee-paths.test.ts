import { type Entry, WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEE_TO, account, amounts, applied, folded, lock, lookupOf } from '../testing/ledger-facts.js';
import type { LedgerFact, ParkReason } from './ledger-fact.js';

/**
 * Index under which the fees of a batch are parked, from the index of the last entry that contributed to them.
 * @source PROTOCOL 6.1
 */
const feeNumber = (last: bigint): bigint => (1n << 95n) + last;

/** Builds the log of a parked credit: whole, or less the fee that was paid first. */
function parked(entries: readonly Entry[], number: number, reason: ParkReason, fee: 'first' | 'later'): LedgerFact {
  const entry = entries[number - 1];
  if (entry === undefined) throw new TypeError(`there is no entry ${number}`);
  const own = { source: 1, index: BigInt(number), account: entry.account, vaultAsset: entry.asset };
  const rest =
    fee === 'first' ? { amount: entry.amount - entry.fee, fee: 0n } : { amount: entry.amount, fee: entry.fee };
  return { kind: 'parked', ...own, ...rest, reason };
}

describe('the fee of a credit that is parked', () => {
  const REASONS: readonly ParkReason[] = ['UNCONFIRMED', 'CAP', 'LIMIT', 'SLOTS', 'SEASON'];

  it.each(REASONS)('belongs to the relayer of the batch, also while the rest is parked as %s', (reason) => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 70n, 1, 4n), lock(3, 90n, 2, 5n)];
    const state = folded(entries, parked(entries, 2, reason, 'first'), applied(entries, 0, 3));
    expect(amounts(state)).toEqual({ '1:4': 47n, '3:5': 85n, '99:4': 7n, '99:5': 5n });
    expect(state.parked).toMatchObject([{ index: 2n, account: account(2), amount: 66n, fee: 0n, reason }]);
  });

  it('is paid once: unparking the rest earns nothing', () => {
    const entries = [lock(1, 50n, 1, 3n)];
    const state = folded(entries, parked(entries, 1, 'CAP', 'first'), applied(entries, 0, 1));
    const own = { source: 1, index: 1n, account: account(1), assetId: 4, feeTo: account(7) };
    const unparked = (amount: bigint, fee: bigint): LedgerFact => ({ kind: 'unparked', ...own, amount, fee });
    for (const lie of [unparked(50n, 3n), unparked(47n, 3n), unparked(50n, 0n)])
      expect(() => state.apply([lie], lookupOf([]))).toThrow(expect.objectContaining({ code: 'FACT_GAP' }));
    state.apply([unparked(47n, 0n)], lookupOf([]));
    expect(amounts(state)).toMatchObject({ '1:4': 47n, '99:4': 3n });
    expect(amounts(state)['7:4'] ?? 0n).toBe(0n);
    expect(state.parked).toEqual([]);
  });

  it('stays with a credit that found no room, and goes to its unparker', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 70n, 1, 4n)];
    const facts = [parked(entries, 1, 'CAP', 'later'), parked(entries, 2, 'CAP', 'first')];
    const state = folded(entries, ...facts, applied(entries, 0, 2));
    expect(amounts(state)).toEqual({ '99:4': 4n });
    const own = { source: 1, index: 1n, account: account(1), assetId: 4, feeTo: account(7) };
    state.apply([{ kind: 'unparked', ...own, amount: 50n, fee: 3n }], lookupOf([]));
    expect(amounts(state)).toEqual({ '1:4': 47n, '7:4': 3n, '99:4': 4n });
  });

  it('is parked with its batch’s fees under their own index if it was the last to contribute', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 70n, 1, 4n)];
    const fees = { source: 1, account: FEE_TO, vaultAsset: 1, amount: 7n, fee: 0n, reason: 'FEE' } as const;
    const state = folded(
      entries,
      parked(entries, 2, 'CAP', 'first'),
      { kind: 'parked', ...fees, index: feeNumber(2n) },
      applied(entries, 0, 2),
    );
    expect(amounts(state)).toEqual({ '1:4': 47n });
    expect(state.parked.map(({ index, amount }) => [index, amount])).toEqual([
      [2n, 66n],
      [feeNumber(2n), 7n],
    ]);
    const own = { source: 1, assetId: 4, fee: 0n, feeTo: account(7) };
    state.apply([{ kind: 'unparked', ...own, index: feeNumber(2n), account: FEE_TO, amount: 7n }], lookupOf([]));
    expect(amounts(state)).toMatchObject({ '1:4': 47n, '99:4': 7n });
  });

  describe('parked with those of its batch', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 70n, 1, 4n)];
    const told = { source: 1, account: FEE_TO, vaultAsset: 1, amount: 7n, fee: 0n, reason: 'FEE' } as const;
    const parkedAs = (lie: object): LedgerFact => ({ kind: 'parked', ...told, index: feeNumber(2n), ...lie });

    it.each([
      ['another owner than the relayer of the batch', { account: account(5) }],
      ['another number', { index: 2n }],
      ['the number of another generation', { index: feeNumber(2n) + (1n << 64n) }],
      ['other units', { amount: 6n }],
      ['a fee of its own', { fee: 1n }],
    ])('is refused under %s, before it is stored', (_, lie) => {
      expect(() => folded(entries, parkedAs(lie), applied(entries, 0, 2))).toThrow(
        expect.objectContaining({ code: 'FACT_GAP', message: expect.stringMatching(/expected 7 for 0x.* next$/u) }),
      );
      expect(folded(entries, parkedAs({}), applied(entries, 0, 2)).parked).toMatchObject([told]);
    });

    it('goes to whom its unparking names, though a provider named another owner in both logs of the batch', () => {
      const batch = { ...applied(entries, 0, 2), feeTo: account(5) } as LedgerFact;
      const state = folded(entries, parkedAs({ account: account(5) }), batch);
      const own = { source: 1, index: feeNumber(2n), account: FEE_TO, assetId: 4, fee: 0n, feeTo: account(7) };
      expect(() => state.apply([{ kind: 'unparked', ...own, amount: 6n }], lookupOf([]))).toThrow(
        expect.objectContaining({ code: 'FACT_GAP' }),
      );
      state.apply([{ kind: 'unparked', ...own, amount: 7n }], lookupOf([]));
      expect(amounts(state)).toEqual({ '1:4': 47n, '2:4': 66n, '99:4': 7n });
      expect(state.parked).toEqual([]);
    });
  });

  it('is not refunded: the vault pays the owner the remainder', () => {
    const entries = [lock(1, 50n, 1, 3n)];
    const state = folded(entries, parked(entries, 1, 'UNCONFIRMED', 'first'), applied(entries, 0, 1));
    const told = { kind: 'parked-released', source: 1, index: 1n, account: account(1) } as const;
    expect(() => state.apply([{ ...told, amount: 50n }], lookupOf([]))).toThrow(
      expect.objectContaining({ code: 'FACT_GAP' }),
    );
    state.apply([{ ...told, amount: 47n }], lookupOf([]));
    expect(amounts(state)).toEqual({ '99:4': 3n });
    expect(state.parked).toEqual([]);
  });

  it('leaves lines and parked credits equal to what was locked, whichever way each fee takes', () => {
    const anyLock = fc.record({
      owner: fc.integer({ min: 1, max: 4 }),
      amount: fc.bigInt(10n, WAD),
      asset: fc.integer({ min: 1, max: 2 }),
      fee: fc.bigInt(0n, 9n),
      way: fc.constantFrom('credited', 'first', 'later'),
    });
    fc.assert(
      fc.property(fc.array(anyLock, { minLength: 1, maxLength: 20 }), (locks) => {
        const entries = locks.map(({ owner, amount, asset, fee }) => lock(owner, amount, asset, fee));
        const facts = locks.flatMap(({ way }, at) => (way === 'credited' ? [] : [parked(entries, at + 1, 'CAP', way)]));
        const state = folded(entries, ...facts, applied(entries, 0, entries.length));
        const sum = (amountsOf: readonly bigint[]): bigint => amountsOf.reduce((all, one) => all + one, 0n);
        const held = sum(state.lines.map(({ amount }) => amount)) + sum(state.parked.map(({ amount }) => amount));
        expect(held).toBe(sum(entries.map(({ amount }) => amount)));
        const paid = locks.filter(({ way }) => way !== 'later').map(({ fee }) => fee);
        const feeLines = state.lines.filter((line) => line.account === FEE_TO).map(({ amount }) => amount);
        expect(sum(feeLines)).toBe(sum(paid));
      }),
    );
  });
});
