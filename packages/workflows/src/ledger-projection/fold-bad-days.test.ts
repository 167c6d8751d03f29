import {
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  ZERO_WORD,
  address,
  bytes32,
  foldJournal,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { codeOf, keccak256 } from '../testing/ledger-facts.js';
import { CollateralState } from './collateral-state.js';
import type { LedgerFact } from './ledger-fact.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const ALICE = bytes32(`0x${'a1'.repeat(20)}${'0'.repeat(24)}`);
const FEE_TO = bytes32(`0x${'fe'.repeat(20)}${'0'.repeat(24)}`);
const LISTING: LedgerFact[] = [
  {
    kind: 'source-listed',
    source: 1,
    edge: EDGE,
    outboundEdge: bytes32(`0x${'e2'.repeat(32)}`),
    originChainId: 31,
    vault: address(`0x${'a1'.repeat(20)}`),
  },
  { kind: 'asset-listed', assetId: 4, source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
];

function entry(kind: Entry['kind'], amount: bigint, party: Bytes32 = ZERO_WORD): Entry {
  return { kind, asset: 1, amount: tokenUnits(amount), account: ALICE, party, fee: tokenUnits(0n) };
}

function refund(amount: bigint, seq: bigint): Entry {
  return entry('REFUND', amount, bytes32(`0x${seq.toString(16).padStart(64, '0')}`));
}

function refunded(seq: bigint, amount: bigint): LedgerFact {
  return { kind: 'refunded', source: 1, seq, account: ALICE, assetId: 4, amount };
}

function parked(index: bigint, amount: bigint, reason: 'UNCONFIRMED' | 'CAP' | 'UNLISTED'): LedgerFact {
  return { kind: 'parked', source: 1, index, account: ALICE, vaultAsset: 1, amount, fee: 0n, reason };
}

/** Builds a ledger that applied these entries in one batch, with further logs. */
function applied(entries: readonly Entry[], ...facts: readonly LedgerFact[]): CollateralState {
  const state = new CollateralState({ chainId: 99, keccak256 });
  state.apply(LISTING, () => new Uint8Array());
  const packed = packEntries(entries);
  const { head } = foldJournal({ count: 0n, head: EDGE }, packed, keccak256);
  const batch: LedgerFact = { kind: 'applied', edge: EDGE, from: 0n, to: BigInt(entries.length), head, feeTo: FEE_TO };
  state.apply([...facts, batch], (_, from, to) =>
    packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES),
  );
  return state;
}

describe('a refund', () => {
  const entries = [entry('LOCK', 500n), refund(120n, 7n)];

  it('is a gap without its log, or with a log of another account, amount or release', () => {
    expect(codeOf(() => applied(entries))).toBe('FACT_GAP');
    for (const lie of [
      refunded(8n, 120n),
      refunded(7n, 121n),
      refunded(7n, 119n),
      { ...refunded(7n, 1n), account: FEE_TO } as LedgerFact,
    ])
      expect(codeOf(() => applied(entries, lie))).toBe('FACT_GAP');
  });

  it('credits back what its log states, and is stored under the index of its release', () => {
    const state = applied(entries, refunded(7n, 120n));
    expect(state.lines).toMatchObject([{ account: ALICE, amount: 620n }]);
    expect(state.sums.get(4)).toEqual({ assetId: 4, lines: 620n, parked: 0n, released: 0n, refunded: 120n });
    expect(state.takeChanges().refunds).toEqual([{ source: 1, seq: 7n, vaultAsset: 1, amount: 120n }]);
  });

  it('of an unlisted asset waits for its listing, in no sum', () => {
    const foreign = { ...entries[1], asset: 9 } as Entry;
    const back = { ...refunded(7n, 120n), assetId: 0 } as LedgerFact;
    const waits = { ...parked(1n, 120n, 'UNLISTED'), vaultAsset: 9 } as LedgerFact;
    const state = applied([foreign], waits, back);
    expect(state.parked).toMatchObject([{ index: 1n, amount: 120n, isSummed: false }]);
    expect(state.lines).toEqual([]);
    expect([...state.sums.keys()]).toEqual([]);
    expect(state.takeChanges().refunds).toEqual([{ source: 1, seq: 7n, vaultAsset: 9, amount: 120n }]);
    expect(codeOf(() => applied([foreign], back))).toBe('FACT_GAP');
  });

  it('above the fast limit waits as parked, under its own index', () => {
    const state = applied(entries, parked(2n, 120n, 'UNCONFIRMED'), refunded(7n, 120n));
    expect(state.lines).toMatchObject([{ amount: 500n }]);
    expect(state.sums.get(4)).toMatchObject({ lines: 500n, parked: 120n, refunded: 120n });
    expect(codeOf(() => applied(entries, parked(2n, 119n, 'UNCONFIRMED'), refunded(7n, 120n)))).toBe('FACT_GAP');
  });

  it('that matched no release changes nothing, and of several for one release only one is credited', () => {
    const none: LedgerFact = {
      kind: 'refund-unmatched',
      source: 1,
      seq: 7n,
      account: ALICE,
      vaultAsset: 1,
      amount: 120n,
    };
    const [before = entry('LOCK', 500n), back = entry('REFUND', 120n)] = entries;
    const idle = applied(entries, none);
    expect(idle.sums.get(4)).toMatchObject({ lines: 500n, refunded: 0n });
    expect(idle.takeChanges().refunds).toEqual([]);
    const twice = applied([before, back, back], refunded(7n, 120n), none);
    expect(twice.sums.get(4)).toMatchObject({ lines: 620n, refunded: 120n });
    expect(codeOf(() => applied([before, back, back], refunded(7n, 120n)))).toBe('FACT_GAP');
    expect(codeOf(() => applied(entries, { ...none, amount: 119n }))).toBe('FACT_GAP');
    expect(codeOf(() => applied(entries, { ...none, vaultAsset: 2 }))).toBe('FACT_GAP');
  });

  it('that the ledger refused changes nothing', () => {
    const state = applied(entries, { kind: 'refused', source: 1, index: 2n });
    expect(state.sums.get(4)).toMatchObject({ lines: 500n, refunded: 0n });
  });
});

describe('a vault’s entry about operators', () => {
  it('changes no line, and a kind that only a ledger writes is a gap unless it was refused', () => {
    const state = applied([entry('LOCK', 500n), entry('APPOINT', 0n)]);
    expect(state.sums.get(4)).toMatchObject({ lines: 500n, parked: 0n });
    expect(codeOf(() => applied([entry('RELEASE', 5n)]))).toBe('FACT_GAP');
    expect(applied([entry('RELEASE', 5n)], { kind: 'refused', source: 1, index: 1n }).lines).toEqual([]);
  });
});

describe('a transfer', () => {
  it('moves units of one asset and changes no sum; moving more than there is is a gap', () => {
    const state = applied([entry('LOCK', 500n)]);
    const moved = (amount: bigint): LedgerFact => ({
      kind: 'transferred',
      from: ALICE,
      to: FEE_TO,
      assetId: 4,
      amount,
      isSeized: false,
    });
    expect(state.keysOf([moved(1n)], () => new Uint8Array())).toEqual([
      { account: ALICE, assetId: 4 },
      { account: FEE_TO, assetId: 4 },
    ]);
    state.apply([moved(120n)], () => new Uint8Array());
    expect(state.lines.map(({ amount }) => amount)).toEqual([380n, 120n]);
    expect(state.sums.get(4)).toMatchObject({ lines: 500n, released: 0n });
    expect(codeOf(() => state.apply([moved(381n)], () => new Uint8Array()))).toBe('FACT_GAP');
  });
});

describe('a parked credit that is postponed', () => {
  it('is in its asset’s sum once, and reaches its line once', () => {
    const state = applied([entry('LOCK', 500n)], parked(1n, 500n, 'UNCONFIRMED'));
    state.apply([{ kind: 'postponed', source: 1, index: 1n, reason: 'SEASON' }], () => new Uint8Array());
    expect(state.sums.get(4)).toMatchObject({ lines: 0n, parked: 500n });
    expect(state.parked).toMatchObject([{ reason: 'SEASON' }]);
    const unparked = { source: 1, index: 1n, account: ALICE, assetId: 4, amount: 500n, fee: 0n, feeTo: FEE_TO };
    state.apply([{ kind: 'unparked', ...unparked }], () => new Uint8Array());
    expect(state.sums.get(4)).toMatchObject({ lines: 500n, parked: 0n });
  });
});
