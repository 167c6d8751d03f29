import {
  type BlockHeight,
  ENTRY_BYTES,
  type Hex,
  type TxHash,
  address,
  bytes32,
  concatBytes,
  foldJournal,
  packEntries,
  unpackEntry,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import {
  BLOCK,
  EDGE,
  FEE_TO,
  OUTBOUND,
  account,
  amounts,
  applied,
  folded,
  keccak256,
  lock,
  refusalOf,
} from '../testing/ledger-facts.js';
import { judgeReleased } from './judge-released.js';
import type { JournaledFact, LedgerFact, ReleasedFact } from './ledger-fact.js';
import { packAppended, packRelease } from './pack-appended.js';

function released(n: number, amount: bigint): ReleasedFact {
  return {
    kind: 'released',
    edge: OUTBOUND,
    account: account(1),
    assetId: 4,
    vaultAsset: 1,
    amount,
    recipient: bytes32(`0x${'0'.repeat(24)}${'77'.repeat(20)}`),
    fee: 1n,
    location: {
      index: BigInt(n),
      blockHeight: 5n as BlockHeight,
      blockHash: BLOCK,
      txHash: BLOCK as Hex as TxHash,
      logIndex: n,
    },
  };
}

describe('the fold of releases and of refused entries', () => {
  it('skips an entry of an unknown kind if the ledger refused it, and misses the log if it did not', () => {
    const packed = packEntries([lock(1, 50n), lock(2, 70n)]);
    packed[0] = 99;
    const { head } = foldJournal({ count: 0n, head: EDGE }, packed, keccak256);
    const batch: LedgerFact = { kind: 'applied', edge: EDGE, from: 0n, to: 2n, head, feeTo: FEE_TO };
    const state = folded([]);
    state.apply([{ kind: 'refused', source: 1, index: 1n }, batch], () => packed);
    expect(amounts(state)).toEqual({ '2:4': 70n });
    const error = refusalOf(() => folded([]).apply([batch], () => packed));
    expect(error.code).toBe('FACT_GAP');
  });

  it('refuses a log that parks another amount than its entry states', () => {
    const entries = [lock(1, 50n), lock(1, 60n)];
    const parked: LedgerFact = {
      kind: 'parked',
      source: 1,
      index: 1n,
      account: account(1),
      vaultAsset: 1,
      amount: 60n,
      fee: 0n,
      reason: 'CAP',
    };
    const error = refusalOf(() => folded(entries, parked, applied(entries, 0, 2)));
    expect(error.code).toBe('FACT_GAP');
    expect(folded(entries, { ...parked, amount: 50n }, applied(entries, 0, 2)).sums.get(4)).toEqual({
      assetId: 4,
      lines: 60n,
      parked: 50n,
      released: 0n,
      refunded: 0n,
    });
  });

  it('debits a release with its fee, extends the journal toward the vault, and keeps the sums', () => {
    const entries = [lock(1, 500n)];
    const state = folded(entries, applied(entries, 0, 1), released(1, 120n), released(2, 30n));
    expect(amounts(state)).toEqual({ '1:4': 350n });
    expect(state.sums.get(4)).toEqual({ assetId: 4, lines: 350n, parked: 0n, released: 150n, refunded: 0n });
    const packed = concatBytes(...[released(1, 120n), released(2, 30n)].map(packRelease));
    expect(state.journals).toEqual([
      { edge: OUTBOUND, source: 1, ...foldJournal({ count: 0n, head: OUTBOUND }, packed, keccak256) },
    ]);
  });

  it('refuses a release that skips an index or exceeds the line', () => {
    const entries = [lock(1, 500n)];
    const skipped = refusalOf(() => folded(entries, applied(entries, 0, 1), released(2, 10n)));
    const tooMuch = refusalOf(() => folded(entries, applied(entries, 0, 1), released(1, 501n)));
    expect([skipped.code, tooMuch.code]).toEqual(['FACT_GAP', 'FACT_GAP']);
  });

  it('extends the journal by entries of other kinds, which debit no line', () => {
    const entries = [lock(1, 500n)];
    const { location } = released(2, 0n);
    const lost: JournaledFact = {
      kind: 'journaled',
      edge: OUTBOUND,
      entryKind: 18,
      vaultAsset: 1,
      amount: 1n,
      account: account(1),
      party: account(2),
      location,
    };
    const state = folded(entries, applied(entries, 0, 1), released(1, 120n), lost, released(3, 30n));
    expect(amounts(state)).toEqual({ '1:4': 350n });
    const packed = concatBytes(...[released(1, 120n), lost, released(3, 30n)].map(packAppended));
    expect(unpackEntry(packed.subarray(ENTRY_BYTES, 2 * ENTRY_BYTES))).toMatchObject({ kind: 'LOST', fee: 0n });
    const position = foldJournal({ count: 0n, head: OUTBOUND }, packed, keccak256);
    expect(state.journals).toEqual([{ edge: OUTBOUND, source: 1, ...position }]);
    const facts = [released(1, 120n), lost, released(3, 30n)];
    const start = [{ edge: OUTBOUND, count: 0n, head: OUTBOUND }];
    expect(judgeReleased(facts, start, [position], keccak256)).toMatchObject([{ entries: { packed } }]);
    expect(judgeReleased([facts[0] ?? lost, released(3, 30n)], start, [position], keccak256)).toMatch(/follows/);
  });

  it('returns opt-ins and opt-outs, only the last change of a step', () => {
    const protocol = address(`0x${'c1'.repeat(20)}`);
    const opted = (owner: number, isIn: boolean): LedgerFact => ({
      kind: 'opted',
      account: account(owner),
      protocol,
      in: isIn,
    });
    const { optIns, optOuts } = folded([], opted(1, true), opted(2, true), opted(1, false)).takeChanges();
    expect([optIns, optOuts]).toEqual([[{ account: account(2), protocol }], [{ account: account(1), protocol }]]);
  });
});
