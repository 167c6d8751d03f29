import {
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  WAD,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  foldJournal,
  packEntries,
  shortfallParty,
  tokenUnits,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import {
  EDGE,
  FEE_TO,
  account,
  amounts,
  applied,
  codeOf,
  folded,
  keccak256,
  lock,
  refusalOf,
} from '../testing/ledger-facts.js';
import type { UnwindLookup } from './collateral-changes.js';
import type { CollateralState } from './collateral-state.js';
import type { LedgerFact, OrphanFact } from './ledger-fact.js';

const word = (digits: string): Bytes32 => bytes32(`0x${digits.repeat(32)}`);
const NEXT = word('e5');
const [ALICE, BOB] = [account(1), account(2)];
/** Block time of the unwinding. */
const AT = 5_000n;

/** What the replica held: an entry at the point, an honest lock, a forged one. */
const before: readonly [Entry, Entry, Entry] = [lock(1, 100n), lock(2, 50n, 1, 5n), lock(1, 30n)];
/** What the journal holds above the point: the honest lock again, behind another one. */
const after: readonly [Entry, Entry, Entry] = [lock(1, 100n), lock(2, 40n), lock(2, 50n, 1, 5n)];

const hashOf = (entry: Entry): Bytes32 => bytesToHex(keccak256(packEntries([entry]))) as Bytes32;
const headOf = (entries: readonly Entry[]): Bytes32 =>
  foldJournal({ count: 0n, head: EDGE }, packEntries(entries), keccak256).head;

/** Returns the bytes of batches under both names. */
function entriesOf(name: Bytes32, from: bigint, to: bigint): Uint8Array {
  const packed = packEntries(name === NEXT ? after : before);
  return packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
}
const unwoundFrom = (entries: readonly Entry[]): UnwindLookup => ({
  entryAt: (_, seq) => packEntries(entries.slice(Number(seq) - 1, Number(seq))),
  atS: AT,
});

const rewinding: LedgerFact = {
  kind: 'rewinding',
  source: 1,
  edge: EDGE,
  next: NEXT,
  count: 1n,
  head: headOf(before.slice(0, 1)),
};
const unwound = (count: bigint): LedgerFact => ({ kind: 'unwound', source: 1, count });
const opened: LedgerFact = { kind: 'edge-opened', source: 1, edge: NEXT, previous: EDGE, generation: 1 };
const note = (kind: OrphanFact['kind'], seq: bigint, entry: Entry, units: bigint = entry.amount): LedgerFact => {
  return { kind, source: 1, seq, entryHash: hashOf(entry), vaultAsset: entry.asset, units };
};
const orphaned = (seq: bigint): LedgerFact => note('orphaned', seq, before[Number(seq) - 1] ?? before[0]);
const takenBack = (entry: Entry, taken: bigint, missing: bigint): LedgerFact => {
  return {
    kind: 'taken-back',
    source: 1,
    entryHash: hashOf(entry),
    account: entry.account,
    vaultAsset: 1,
    taken,
    missing,
  };
};
const writtenOff = (units: bigint, found: boolean, lostSeq: bigint): LedgerFact => {
  return { kind: 'written-off', source: 1, vaultAsset: 1, units, found, lostSeq };
};
const rewind = [rewinding, orphaned(3n), unwound(2n), orphaned(2n), unwound(1n), opened];
/** The batch of the journal's entries above the point, under the next name. */
const again = (from: number, to: number): LedgerFact => {
  return { ...applied(after, from, to), edge: NEXT } as LedgerFact;
};

/** A ledger that applied its replica's entries, after which bob transferred 5 of his 45. */
function start(): CollateralState {
  const moved: LedgerFact = { kind: 'transferred', from: BOB, to: ALICE, assetId: 4, amount: 5n, isSeized: false };
  return folded(before, applied(before, 0, 3), moved);
}

/** The same ledger after further facts. */
function stateAfter(...facts: readonly LedgerFact[]): CollateralState {
  const state = start();
  state.apply(facts, entriesOf, unwoundFrom(before));
  return state;
}

const coverageOf = (state: CollateralState) => state.coverageOf({ source: 1, vaultAsset: 1 });

describe('the steps of a rewind', () => {
  it('are refused unless they follow each other', () => {
    const refused: readonly (readonly LedgerFact[])[] = [
      [orphaned(3n)],
      [unwound(2n)],
      [opened],
      [{ ...rewinding, count: 4n }],
      [{ ...rewinding, count: 3n }],
      [{ ...rewinding, count: 0n }],
      [{ ...rewinding, edge: NEXT }],
      [rewinding, rewinding],
      [rewinding, unwound(0n)],
      [rewinding, unwound(4n)],
      [rewinding, orphaned(2n), orphaned(3n)],
      [rewinding, orphaned(3n), orphaned(3n)],
      [rewinding, orphaned(1n)],
      [rewinding, unwound(2n), orphaned(3n)],
      [rewinding, unwound(2n), opened],
      [rewinding, unwound(1n), { ...opened, edge: word('e9') }],
      [rewinding, unwound(1n), { ...opened, previous: NEXT }],
      [rewinding, unwound(1n), { ...opened, generation: 2 }],
      [rewinding, applied(before, 3, 3)],
      [...rewind, rewinding],
    ];
    for (const facts of refused) expect([codeOf(() => stateAfter(...facts)), facts]).toEqual(['FACT_GAP', facts]);
    const foreign = { ...rewinding, source: 9 } as LedgerFact;
    expect(codeOf(() => stateAfter(foreign))).toBe('UNKNOWN_EDGE');
    expect(codeOf(() => stateAfter(...rewind, applied(before, 1, 3)))).toBe('UNKNOWN_EDGE');
  });

  it('change no line, and end with the replica at its point under the next name', () => {
    const state = stateAfter(rewinding, orphaned(3n));
    expect(state.replicas).toMatchObject([{ count: 3n, rewind: { next: NEXT, point: { count: 1n }, count: 2n } }]);
    state.apply([unwound(2n), orphaned(2n), unwound(1n), opened], entriesOf, unwoundFrom(before));
    expect(state.replicas).toMatchObject([
      { edge: EDGE, name: NEXT, generation: 1, count: 1n, head: headOf(before.slice(0, 1)) },
    ]);
    expect(state.replicas[0]).not.toHaveProperty('rewind');
    expect(amounts(state)).toEqual({ '1:4': 135n, '2:4': 40n, '99:4': 5n });
    expect(coverageOf(state)).toMatchObject({ orphaned: 80n, missing: 0n, found: 0n });
    expect(state.takeChanges().orphans).toMatchObject([
      { entryHash: hashOf(before[2]), count: 1, spent: 0n },
      { entryHash: hashOf(before[1]), count: 1, spent: 0n },
    ]);
  });

  it('may lead to the beginning, and start again under the next name', () => {
    const all = stateAfter(
      { ...rewinding, count: 0n, head: EDGE },
      orphaned(3n),
      orphaned(2n),
      orphaned(1n),
      unwound(0n),
      opened,
    );
    expect(all.replicas).toMatchObject([{ name: NEXT, count: 0n, head: EDGE }]);
    const twice: LedgerFact = { kind: 'rewinding', source: 1, edge: NEXT, next: word('e6'), count: 0n, head: EDGE };
    all.apply([twice, unwound(0n), { ...opened, edge: word('e6'), previous: NEXT, generation: 2 }], entriesOf);
    expect(all.replicas).toMatchObject([{ name: word('e6'), generation: 2 }]);
  });

  it('require the entries that they unwind', () => {
    const facts = [rewinding, orphaned(3n)];
    expect(codeOf(() => start().apply(facts, entriesOf))).toBe('ENTRIES_MISSING');
    expect(codeOf(() => start().apply(facts, entriesOf, unwoundFrom(after)))).toBe('ENTRIES_MISSING');
  });

  it('delete credits parked above the point, with the units found of them', () => {
    const state = start();
    const parked: LedgerFact = {
      kind: 'parked',
      source: 1,
      index: 4n,
      account: ALICE,
      vaultAsset: 1,
      amount: 7n,
      fee: 0n,
      reason: 'CAP',
    };
    const late = lock(1, 9n);
    const held = [...before, late];
    const bytes = (_: Bytes32, from: bigint, to: bigint): Uint8Array =>
      packEntries(held.slice(Number(from), Number(to)));
    // Two of its nine units had been spent when it was taken back once.
    const spent: LedgerFact = note('missing-again', 4n, late, 2n);
    state.apply([spent], bytes, unwoundFrom(held));
    state.apply([parked, note('found', 4n, late, 2n), applied(held, 3, 4)], bytes);
    expect([coverageOf(state).missing, state.sums.get(4)?.parked]).toEqual([0n, 7n]);
    const voided: LedgerFact = { kind: 'parked-voided', source: 1, index: 4n, account: ALICE, amount: 7n };
    state.apply([rewinding, voided, spent, unwound(3n)], bytes, unwoundFrom(held));
    expect([state.parked, state.sums.get(4)?.parked, coverageOf(state).missing]).toEqual([[], 0n, 2n]);
    expect(codeOf(() => stateAfter(rewinding, voided))).toBe('FACT_GAP');
  });
});

describe('an entry that comes again', () => {
  const seen = [...rewind, note('came-again', 3n, after[2]), again(1, 3)];

  it('has no other effect, and no fee', () => {
    const state = stateAfter(...seen);
    expect(amounts(state)).toEqual({ '1:4': 135n, '2:4': 80n, '99:4': 5n });
    expect(coverageOf(state)).toMatchObject({ orphaned: 30n });
    expect(state.replicas).toMatchObject([{ name: NEXT, count: 3n, head: headOf(after) }]);
    expect(state.sums.get(4)).toMatchObject({ lines: 220n });
  });

  it('is refused unless its log is about that very entry, with an orphan left', () => {
    const lies: readonly LedgerFact[] = [
      note('came-again', 2n, after[2]),
      note('came-again', 3n, after[2], 49n),
      note('came-again', 3n, after[1]),
      { ...note('came-again', 3n, after[2]), vaultAsset: 2 } as LedgerFact,
    ];
    for (const lie of lies)
      expect([codeOf(() => stateAfter(...rewind, lie, again(1, 3))), lie]).toEqual(['FACT_GAP', lie]);
    const none = [rewinding, orphaned(3n), unwound(1n), opened, note('came-again', 3n, after[2]), again(1, 3)];
    expect(refusalOf(() => stateAfter(...none))).toMatchObject({
      code: 'FACT_GAP',
      message: expect.stringContaining('no orphan of it is left') as string,
    });
  });

  it('under another name than before the rewind is logged in one transaction with it', () => {
    const state = start();
    state.apply([rewinding, unwound(3n)], entriesOf, unwoundFrom(before));
    state.apply(
      [orphaned(3n), orphaned(2n), unwound(1n), opened, note('came-again', 3n, after[2]), again(1, 3)],
      entriesOf,
      unwoundFrom(before),
    );
    expect(coverageOf(state)).toMatchObject({ orphaned: 30n });
  });
});

describe('an orphan that is left', () => {
  const forged = before[2];

  it('is taken back as far as possible, and the rest is missing until the vault is informed', () => {
    const state = stateAfter(...rewind, takenBack(forged, 20n, 10n));
    expect(amounts(state)).toEqual({ '1:4': 115n, '2:4': 40n, '99:4': 5n });
    expect(coverageOf(state)).toMatchObject({ orphaned: 50n, missing: 10n });
    expect(state.takeChanges().orphans).toContainEqual(
      expect.objectContaining({ entryHash: hashOf(forged), count: 0, spent: 10n }),
    );
    expect(codeOf(() => stateAfter(...rewind, takenBack(forged, 30n, 0n), takenBack(forged, 0n, 30n)))).toBe(
      'FACT_GAP',
    );
    expect(codeOf(() => stateAfter(...rewind, takenBack(lock(1, 31n), 31n, 0n)))).toBe('FACT_GAP');
    expect(codeOf(() => stateAfter(...rewind, takenBack(forged, 136n, 0n)))).toBe('FACT_GAP');
  });

  it('whose units were spent is found when its entry comes after all, less its fee', () => {
    const honest = before[1];
    const [missing, spent] = [takenBack(honest, 0n, 50n), takenBack(forged, 30n, 0n)];
    const state = stateAfter(...rewind, missing, spent, note('found', 3n, honest, 50n), again(1, 3));
    expect(coverageOf(state)).toMatchObject({ orphaned: 0n, missing: 0n, found: 0n });
    expect(amounts(state)).toEqual({ '1:4': 105n, '2:4': 80n, '99:4': 5n });
    const part = stateAfter(
      ...rewind,
      takenBack(honest, 47n - 7n, 10n),
      spent,
      note('found', 3n, honest, 10n),
      again(1, 3),
    );
    // 40 of bob's line were taken back; 50 come, less the 10 that were spent, of which 5 were the fee.
    expect(amounts(part)).toEqual({ '1:4': 105n, '2:4': 80n, '99:4': 5n });
    const tooMuch = [...rewind, takenBack(honest, 40n, 10n), note('found', 3n, honest, 11n), again(1, 3)];
    expect(codeOf(() => stateAfter(...tooMuch))).toBe('FACT_GAP');
  });

  it('is reported to the vault once, and reported as found if it comes afterwards', () => {
    const lost = [...rewind, takenBack(forged, 0n, 30n), writtenOff(30n, false, 1n)];
    expect(coverageOf(stateAfter(...lost))).toMatchObject({ missing: 0n, lostSeq: 1n });
    const honest = before[1];
    const told = [...rewind, takenBack(honest, 0n, 50n), writtenOff(50n, false, 1n)];
    const found = stateAfter(...told, note('found', 3n, honest, 50n), again(1, 3));
    expect(coverageOf(found)).toMatchObject({ missing: 0n, found: 50n, lostSeq: 1n });
    const settled: LedgerFact = { kind: 'loss-settled', source: 1, vaultAsset: 1, lostSeq: 1n };
    found.apply([settled, writtenOff(50n, true, 2n)], entriesOf);
    expect(coverageOf(found)).toMatchObject({ found: 0n, lostSeq: 2n });
    for (const lie of [writtenOff(29n, false, 1n), writtenOff(30n, true, 1n)])
      expect(codeOf(() => stateAfter(...rewind, takenBack(forged, 0n, 30n), lie))).toBe('FACT_GAP');
    expect(codeOf(() => stateAfter(...lost, writtenOff(0n, false, 2n)))).toBe('FACT_GAP');
  });
});

describe('a report that is unwound', () => {
  const shortfall = (missing: bigint, answers = 0n): Entry => {
    const party = shortfallParty({ accounted: 100n, answers });
    return { kind: 'SHORTFALL', asset: 1, amount: tokenUnits(missing), account: ZERO_WORD, party, fee: tokenUnits(0n) };
  };
  const reported = (coverageWad: bigint, inForceWad: bigint, impairedSince: bigint): LedgerFact => {
    return { kind: 'coverage-reported', source: 1, vaultAsset: 1, coverageWad, inForceWad, impairedSince };
  };
  const unwoundReport: LedgerFact = { kind: 'report-unwound', source: 1, vaultAsset: 1 };
  const toPoint: LedgerFact = { ...rewinding, head: headOf([shortfall(0n)]) };
  const bytesOf =
    (entries: readonly Entry[]) =>
    (_: Bytes32, from: bigint, to: bigint): Uint8Array =>
      packEntries(entries.slice(Number(from), Number(to)));

  it('leaves the coverage in force, impairs the asset from then on, and the next report restarts the clock', () => {
    const held = [shortfall(0n), shortfall(50n)];
    const state = folded(
      held,
      reported(WAD, WAD, 0n),
      applied(held, 0, 1),
      reported(WAD / 2n, WAD, 900n),
      applied(held, 1, 2),
    );
    state.apply([toPoint, unwoundReport, unwound(1n), opened], bytesOf(held), unwoundFrom(held));
    expect(coverageOf(state)).toMatchObject({ inForceWad: WAD, reportedWad: WAD, impairedSince: 900n, saidSeq: 0n });
    const covered: LedgerFact = { kind: 'covered', source: 1, vaultAsset: 1, coverageWad: WAD / 2n };
    const whole = folded(
      held,
      reported(WAD, WAD, 0n),
      applied(held, 0, 1),
      reported(WAD / 2n, WAD, 900n),
      applied(held, 1, 2),
      covered,
    );
    whole.apply([toPoint, unwoundReport, unwound(1n), opened], bytesOf(held), unwoundFrom(held));
    expect(coverageOf(whole)).toMatchObject({ inForceWad: WAD / 2n, impairedSince: AT });
    const next = [shortfall(0n), shortfall(75n)];
    whole.apply(
      [reported(WAD / 4n, WAD / 2n, AT + 60n), { ...applied(next, 1, 2), edge: NEXT } as LedgerFact],
      bytesOf(next),
    );
    expect(coverageOf(whole)).toMatchObject({ reportedWad: WAD / 4n, impairedSince: AT + 60n, saidSeq: 2n });
  });

  it('reopens the loss that it answered', () => {
    const lost = [...rewind, takenBack(before[2], 0n, 30n), writtenOff(30n, false, 1n)];
    const settled: LedgerFact = { kind: 'loss-settled', source: 1, vaultAsset: 1, lostSeq: 1n };
    const reopened: LedgerFact = { kind: 'loss-reopened', source: 1, vaultAsset: 1, lostSeq: 1n };
    expect(coverageOf(stateAfter(...lost, settled)).lostSeq).toBe(0n);
    expect(coverageOf(stateAfter(...lost, settled, reopened)).lostSeq).toBe(1n);
    // A loss that was answered and not settled yet is still open.
    expect(coverageOf(stateAfter(...lost, reopened)).lostSeq).toBe(1n);
    expect(codeOf(() => stateAfter(...lost, { ...reopened, lostSeq: 0n }))).toBe('FACT_GAP');
    expect(codeOf(() => stateAfter(...lost, { ...settled, lostSeq: 2n }))).toBe('FACT_GAP');
  });
});

describe('a refund', () => {
  const refund = (seq: bigint, amount: bigint): Entry => {
    const party = bytes32(`0x${seq.toString(16).padStart(64, '0')}`);
    return { kind: 'REFUND', asset: 1, amount: tokenUnits(amount), account: ALICE, party, fee: tokenUnits(0n) };
  };
  const held: readonly [Entry, Entry] = [lock(1, 100n), refund(7n, 60n)];
  const refunded: LedgerFact = { kind: 'refunded', source: 1, seq: 7n, account: ALICE, assetId: 4, amount: 60n };
  const undone: LedgerFact = { kind: 'refund-undone', source: 1, seq: 7n };
  const bytes = (_: Bytes32, from: bigint, to: bigint): Uint8Array => packEntries(held.slice(Number(from), Number(to)));
  const back = (): CollateralState => folded(held, applied(held, 0, 1), refunded, applied(held, 1, 2));

  it('that is undone disappears, also from the asset’s sum, and can be credited again', () => {
    const state = back();
    const step = [rewinding, note('orphaned', 2n, held[1]), unwound(1n), opened];
    state.apply(step, bytes, unwoundFrom(held));
    expect(state.takeChanges().refunds).toEqual([{ source: 1, seq: 7n, vaultAsset: 1, amount: 60n }]);
    state.apply([undone, takenBack(held[1], 60n, 0n)], bytes);
    expect([amounts(state), state.sums.get(4)?.refunded]).toEqual([{ '1:4': 100n }, 0n]);
    expect(state.takeChanges().undone).toEqual([{ source: 1, seq: 7n }]);
    state.apply([refunded, { ...applied(held, 1, 2), edge: NEXT } as LedgerFact], bytes);
    expect([amounts(state), state.sums.get(4)?.refunded]).toEqual([{ '1:4': 160n }, 60n]);
    expect(codeOf(() => folded(held).apply([undone], bytes))).toBe('FACT_GAP');
  });

  it('credits the units that its account does not have yet', () => {
    const state = back();
    const lost = takenBack(held[1], 35n, 25n);
    state.apply(
      [rewinding, note('orphaned', 2n, held[1]), unwound(1n), opened, undone, lost],
      bytes,
      unwoundFrom(held),
    );
    const found = note('found', 2n, held[1], 25n);
    state.apply([found, refunded, { ...applied(held, 1, 2), edge: NEXT } as LedgerFact], bytes);
    expect(amounts(state)).toEqual({ '1:4': 160n });
    expect(state.sums.get(4)).toMatchObject({ lines: 160n, refunded: 60n });
  });
});

it('keys include what a rewind touches, so that it is loaded first', () => {
  const facts = [...rewind, again(1, 3)];
  expect(start().keysOf(facts, entriesOf)).toEqual(
    [ALICE, BOB, FEE_TO].slice(1).map((one) => ({ account: one, assetId: 4 })),
  );
  expect(start().keysOf([takenBack(before[2], 1n, 0n)], entriesOf)).toEqual([{ account: ALICE, assetId: 4 }]);
});
