import {
  type Bytes32,
  ENTRY_BYTES,
  ENTRY_KINDS,
  type Entry,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  foldJournal,
  packEntries,
  sequenceNumber,
  tokenUnits,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { codeOf, keccak256 } from '../testing/ledger-facts.js';
import { CollateralState } from './collateral-state.js';
import type { ReplicaFact } from './collateral-rows.js';
import type { LedgerFact } from './ledger-fact.js';
import type { VaultFact } from './vault-fact.js';
import { VaultState } from './vault-state.js';

const word = (digits: string): Bytes32 => bytes32(`0x${digits.repeat(32)}`);
const [EDGE, NEXT, OUTBOUND, OUTBOUND_NEXT] = [word('e1'), word('e3'), word('e2'), word('e4')];
const VAULT = address(`0x${'a1'.repeat(20)}`);
const accountOf = (digits: string): Bytes32 => bytes32(`0x${digits.repeat(20)}${'0'.repeat(24)}`);
const [ALICE, BOB, FEE_TO] = [accountOf('aa'), accountOf('bb'), accountOf('fe')];
const BLOCK = { chainId: 31, height: 7n, hash: blockHash(word('bb')) };

function entry(kind: Entry['kind'], amount: bigint, account = ALICE, fee = 0n, party = ZERO_WORD): Entry {
  return { kind, asset: 1, amount: tokenUnits(amount), account, party, fee: tokenUnits(fee) };
}

/** The batch of a journal's entries between two counts, and the lookup of that journal's bytes. */
function batchOf(edge: Bytes32, entries: readonly Entry[], from = 0, to = entries.length) {
  const { head } = foldJournal({ count: 0n, head: edge }, packEntries(entries.slice(0, to)), keccak256);
  return { kind: 'applied' as const, edge, from: BigInt(from), to: BigInt(to), head };
}

function headOf(edge: Bytes32, entries: readonly Entry[]): Bytes32 {
  return foldJournal({ count: 0n, head: edge }, packEntries(entries), keccak256).head;
}

describe('the ledger’s fold of a change of generation', () => {
  const before = [entry('LOCK', 100n), entry('LOCK', 50n, BOB, 5n), entry('LOCK', 30n)];
  const after = [entry('LOCK', 70n, BOB, 5n), entry('LOCK', 40n)];
  const journals = new Map([
    [EDGE, packEntries(before)],
    [NEXT, packEntries(after)],
  ]);
  const lookup = (edge: Bytes32, from: bigint, to: bigint): Uint8Array =>
    (journals.get(edge) ?? new Uint8Array()).subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
  const closing: LedgerFact = {
    kind: 'edge-closing',
    edge: EDGE,
    next: NEXT,
    count: 1n,
    head: headOf(EDGE, before.slice(0, 1)),
  };
  const takenBack = (n: bigint, account: Bytes32, taken: bigint): LedgerFact => {
    return { kind: 'taken-back', source: 1, index: n, account, assetId: 4, taken };
  };
  const undone = (count: bigint): LedgerFact => ({ kind: 'edge-undone', edge: EDGE, count });
  const opened: LedgerFact = { kind: 'edge-opened', edge: NEXT, previous: EDGE, generation: 1 };
  const change = [closing, takenBack(3n, ALICE, 30n), undone(2n), takenBack(2n, BOB, 40n), undone(1n), opened];

  /** A ledger that applied all three locks, after which bob moved 5 of his 45 on. */
  function folded(): CollateralState {
    const state = new CollateralState({ chainId: 99, keccak256 });
    const listing: LedgerFact[] = [
      { kind: 'source-listed', source: 1, edge: EDGE, outboundEdge: OUTBOUND, originChainId: 31, vault: VAULT },
      { kind: 'asset-listed', assetId: 4, source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
    ];
    state.apply(listing, lookup);
    state.apply([{ ...batchOf(EDGE, before), feeTo: FEE_TO }], lookup);
    state.apply([{ kind: 'transferred', from: BOB, to: ALICE, assetId: 4, amount: 5n }], lookup);
    return state;
  }
  const amountsOf = (state: CollateralState): unknown =>
    Object.fromEntries([...state.lines].map(({ account, amount }) => [account.slice(2, 4), amount]));

  it('refuses steps that do not follow each other', () => {
    const refused: readonly (readonly LedgerFact[])[] = [
      [takenBack(3n, ALICE, 30n)],
      [undone(2n)],
      [opened],
      [{ ...closing, count: 4n }],
      [{ ...closing, count: 3n }],
      [{ ...closing, count: 0n }],
      [closing, closing],
      [closing, undone(0n)],
      [closing, undone(4n)],
      [closing, takenBack(2n, BOB, 40n), takenBack(3n, ALICE, 30n)],
      [closing, takenBack(3n, ALICE, 30n), takenBack(3n, ALICE, 30n)],
      [closing, takenBack(1n, ALICE, 1n)],
      [closing, undone(2n), takenBack(3n, ALICE, 30n)],
      [closing, takenBack(sequenceNumber(1, 3n), ALICE, 30n)],
      [closing, undone(2n), opened],
      [closing, undone(1n), { ...opened, edge: word('e9') }],
      [closing, undone(1n), { ...opened, generation: 2 }],
      [closing, { ...batchOf(EDGE, before, 3, 3), feeTo: FEE_TO }],
      [...change, closing],
    ];
    for (const facts of refused)
      expect([codeOf(() => folded().apply(facts, lookup)), facts]).toEqual(['FACT_GAP', facts]);
    const foreign = takenBack(3n, ALICE, 30n);
    expect(codeOf(() => folded().apply([{ ...foreign, source: 9 } as LedgerFact], lookup))).toBe('UNKNOWN_EDGE');
  });

  it('takes back what its events say, and goes on with the next generation beside the one that was closed', () => {
    const state = folded();
    expect(amountsOf(state)).toEqual({ aa: 135n, bb: 40n, fe: 5n });
    state.apply(change, lookup);
    expect(amountsOf(state)).toEqual({ aa: 105n, bb: 0n, fe: 5n });
    expect(state.sums.get(4)).toMatchObject({ lines: 110n });
    expect(state.replicas).toMatchObject([
      { edge: EDGE, count: 3n, crossing: { next: NEXT, point: 1n, undone: 1n }, condition: { state: 'CLOSED' } },
      { edge: NEXT, count: 0n, head: NEXT, generation: 1, source: 1 },
    ]);
  });

  it('lets credits of the next generation repay first what their accounts and fees owe', () => {
    const repaid = (account: Bytes32, units: bigint): LedgerFact => ({ kind: 'repaid', account, assetId: 4, units });
    const state = folded();
    const batch: LedgerFact = { ...batchOf(NEXT, after), feeTo: FEE_TO };
    const facts = [...change, repaid(BOB, 5n), repaid(ZERO_WORD, 4n), batch];
    expect(state.keysOf(facts, lookup).map(({ account }) => account.slice(2, 4))).toEqual(['aa', 'bb', 'fe']);
    state.apply(facts, lookup);
    expect(amountsOf(state)).toEqual({ aa: 145n, bb: 60n, fe: 6n });
    expect(state.sums.get(4)).toMatchObject({ lines: 211n });
    expect(codeOf(() => folded().apply([...change, repaid(BOB, 66n), batch], lookup))).toBe('FACT_GAP');
    expect(codeOf(() => folded().apply([repaid(BOB, 1n)], lookup))).toBe('FACT_GAP');
  });

  it('numbers what the next generation parks by it, and deletes what was parked past the point', () => {
    const state = folded();
    const parked = (index: bigint, { account, amount, fee }: Entry): LedgerFact => {
      return { kind: 'parked', source: 1, index, account, vaultAsset: 1, amount, fee, reason: 'CAP' };
    };
    const [first = entry('LOCK', 0n)] = after;
    const late = entry('LOCK', 9n);
    journals.set(EDGE, packEntries([...before, late]));
    state.apply([parked(4n, late), { ...batchOf(EDGE, [...before, late], 3, 4), feeTo: FEE_TO }], lookup);
    const voided: LedgerFact = { kind: 'parked-voided', source: 1, index: 4n, account: ALICE, amount: 9n };
    const facts = [closing, voided, takenBack(3n, ALICE, 30n), takenBack(2n, BOB, 40n), undone(1n), opened];
    state.apply(facts, lookup);
    expect([state.parked, state.sums.get(4)?.parked, state.sums.get(4)?.lines]).toEqual([[], 0n, 110n]);
    const seq = sequenceNumber(1, 1n);
    state.apply([parked(seq, first), { ...batchOf(NEXT, after, 0, 1), feeTo: FEE_TO }], lookup);
    expect(state.parked).toMatchObject([{ index: seq, amount: 70n }]);
    const twice = [closing, voided, takenBack(4n, ALICE, 2n)];
    expect(codeOf(() => folded().apply(twice, lookup))).toBe('FACT_GAP');
    journals.set(EDGE, packEntries(before));
  });

  it('grows the next generation of its own journal by what is appended again, with its fee', () => {
    const again = entry('RELEASE', 12n, ALICE, 2n, word('07'));
    const place = { index: 1n, blockHeight: 5n, blockHash: BLOCK.hash, txHash: BLOCK.hash, logIndex: 0 };
    const { asset: vaultAsset, amount, account, party, fee } = again;
    const appended = {
      kind: 'journaled',
      edge: OUTBOUND_NEXT,
      entryKind: ENTRY_KINDS.RELEASE,
      vaultAsset,
      amount,
      account,
      party,
      fee,
    };
    const grown = { ...appended, location: place } as unknown as LedgerFact;
    const open = { kind: 'generation-opened', source: 1, edge: OUTBOUND_NEXT, previous: OUTBOUND, count: 0n } as const;
    const state = folded();
    state.apply([open, grown], lookup);
    expect(state.journalOf(1)).toMatchObject({ count: 1n, generation: 1, head: headOf(OUTBOUND_NEXT, [again]) });
    expect(codeOf(() => folded().apply([grown], lookup))).toBe('FACT_GAP');
    for (const lie of [{ count: 1n }, { previous: OUTBOUND_NEXT }, { source: 2 }])
      expect(codeOf(() => folded().apply([{ ...open, ...lie }], lookup))).toBe('FACT_GAP');
  });

  it('forgets a refund that is undone', () => {
    const state = folded();
    state.apply([{ kind: 'refund-undone', source: 1, seq: 6n }], lookup);
    expect(state.takeChanges().undone).toEqual([{ source: 1, seq: 6n }]);
  });
});

describe('a vault’s fold of a change of generation', () => {
  const replica: ReplicaFact = {
    chainId: 31,
    edge: EDGE,
    source: 1,
    originChainId: 99,
    vault: VAULT,
    count: 0n,
    head: EDGE,
  };
  const party = bytes32(`0x${'0'.repeat(24)}${'77'.repeat(20)}`);
  const release = (amount: bigint): Entry => entry('RELEASE', amount, ALICE, 0n, party);
  const lost = (): Entry => entry('LOST', 33n, ZERO_WORD, 0n, ZERO_WORD);
  const before = [release(80n), release(40n), lost(), release(60n), release(20n)];
  const after = [release(60n), release(11n)];
  const journals = new Map([
    [EDGE, before],
    [NEXT, after],
  ]);
  const packedOf = ({ edge, from, to }: { edge: Bytes32; from: bigint; to: bigint }): Uint8Array =>
    packEntries((journals.get(edge) ?? []).slice(Number(from), Number(to)));
  const queued = (seq: bigint, { amount, account }: Entry): VaultFact => {
    const recipient = address(`0x${'77'.repeat(20)}`);
    return { kind: 'queued', seq, vaultAsset: 1, account, recipient, amount, readyAt: 100n };
  };
  const closing: VaultFact = {
    kind: 'edge-closing',
    edge: EDGE,
    next: NEXT,
    count: 2n,
    head: headOf(EDGE, before.slice(0, 2)),
  };
  const undone: VaultFact = { kind: 'edge-undone', edge: EDGE, count: 2n };
  const opened: VaultFact = { kind: 'edge-opened', edge: NEXT, previous: EDGE, generation: 1 };
  const change: VaultFact[] = [
    closing,
    { kind: 'voided', seq: 5n, due: 20n },
    { kind: 'paid-past-point', seq: 4n, amount: 60n },
    { kind: 'voided', seq: 3n, due: 0n },
    undone,
    { kind: 'edge-state', state: 'LIVE', until: 0n, cause: 'generation' },
    opened,
  ];
  const at = (...facts: VaultFact[]): { block: typeof BLOCK; facts: VaultFact[] } => ({ block: BLOCK, facts });

  /** A vault that replayed all five entries, paid the fourth, and took over the loss. */
  function folded(): VaultState {
    const state = new VaultState({ replica, sums: [], keccak256 });
    const releases = before.flatMap((one, n) => (one.kind === 'RELEASE' ? [queued(BigInt(n + 1), one)] : []));
    const loss: VaultFact = { kind: 'loss-queued', seq: 3n, vaultAsset: 1, amount: 33n, readyAt: 100n };
    state.apply(at(...releases, loss, batchOf(EDGE, before)), packedOf);
    state.apply(at({ kind: 'paid', seq: 4n }, { kind: 'loss-taken', seq: 3n, vaultAsset: 1, units: 33n }), packedOf);
    return state;
  }

  it('refuses steps that do not follow each other, and payments that stand otherwise', () => {
    const refused: readonly (readonly VaultFact[])[] = [
      [{ kind: 'voided', seq: 5n, due: 20n }],
      [undone],
      [opened],
      [closing, closing],
      [closing, { kind: 'voided', seq: 4n, due: 60n }],
      [closing, { kind: 'paid-past-point', seq: 5n, amount: 20n }],
      [closing, { kind: 'paid-past-point', seq: 3n, amount: 33n }],
      [closing, { kind: 'voided', seq: 2n, due: 20n }],
      [closing, undone, { kind: 'voided', seq: 5n, due: 20n }],
      [closing, opened],
      [closing, batchOf(EDGE, before, 5, 5)],
      [...change, batchOf(EDGE, before, 5, 5)],
    ];
    for (const facts of refused)
      expect([codeOf(() => folded().apply(at(...facts), packedOf)), facts]).toEqual(['FACT_GAP', facts]);
  });

  it('voids what was open and the loss that was taken over, and accounts again what was paid', () => {
    const state = folded();
    expect(state.sums.get(1)).toMatchObject({ edge: EDGE, owed: 140n, paid: 60n });
    state.apply(at(...change), packedOf);
    expect(state.sums.get(1)).toMatchObject({ edge: NEXT, owed: 120n, paid: 0n });
    expect(state.replica).toMatchObject({ edge: NEXT, generation: 1, count: 0n, condition: { state: 'LIVE' } });
    const changes = state.takeChanges();
    expect(changes.earlier).toMatchObject([{ edge: EDGE, count: 5n, condition: { state: 'CLOSED' } }]);
    const stands = changes.payments.map(({ seq, state: is }) => [seq, is]);
    expect(stands).toEqual(expect.arrayContaining([3n, 5n].map((seq) => [seq, 'VOID'])));
    state.apply(at({ kind: 'paid', seq: 1n }, { kind: 'paid', seq: 2n }), packedOf);
    expect(state.sums.get(1)).toMatchObject({ owed: 0n, paid: 120n });
  });

  it('stops at 0 where a settled release was booked for less than what is accounted again, as the vault does', () => {
    const sums = [{ edge: EDGE, vaultAsset: 1, owed: 0n, paid: 0n, coverageWad: 0n, shortSince: 0n, reportedAt: 0n }];
    const state = new VaultState({ replica, sums, keccak256 });
    const settled: VaultFact = { kind: 'settled', seq: 1n, amount: 20n };
    state.apply(at(settled, batchOf(EDGE, [release(80n)])), () => packEntries([release(80n)]));
    const back: VaultFact = { ...closing, count: 0n, head: EDGE };
    state.apply(at(back, { kind: 'paid-past-point', seq: 1n, amount: 80n }), packedOf);
    expect(state.sums.get(1)).toMatchObject({ owed: 0n, paid: 0n });
  });

  it('takes a release that was paid past a point as paid, and owes nothing for it', () => {
    const state = folded();
    state.apply(at(...change), packedOf);
    const [first, second] = [1n, 2n].map((n) => sequenceNumber(1, n)) as [bigint, bigint];
    const settled: VaultFact = { kind: 'settled', seq: first, amount: 60n };
    state.apply(at(settled, queued(second, release(11n)), batchOf(NEXT, after)), packedOf);
    expect(state.sums.get(1)).toMatchObject({ owed: 131n, paid: 60n });
    expect(state.takeChanges().payments.find(({ seq }) => seq === first)).toMatchObject({
      edge: NEXT,
      state: 'PAID',
      amount: 60n,
    });
  });
});
