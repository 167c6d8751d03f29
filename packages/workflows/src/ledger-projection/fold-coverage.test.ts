import {
  type Entry,
  WAD,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  coverageOf,
  packEntries,
  shortfallParty,
  tokenUnits,
} from '@surety/domain';
import { SOURCE_STATES, steadyPrice } from '@surety/margin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weighAccount } from '../health/weigh-account.js';
import {
  BLOCK,
  account,
  amounts,
  applied,
  codeOf,
  folded,
  keccak256,
  lock,
  lookupOf,
} from '../testing/ledger-facts.js';
import type { CoverageFact } from './collateral-rows.js';
import { CollateralState } from './collateral-state.js';
import type { LedgerFact } from './ledger-fact.js';
import type { MarginSnapshot } from './margin-snapshot.js';

/** A SHORTFALL of the first asset. */
function shortfall(missing: bigint, accounted: bigint, answers = 0n): Entry {
  const party = shortfallParty({ accounted, answers });
  return { ...lock(0, 0n), kind: 'SHORTFALL', amount: tokenUnits(missing), account: ZERO_WORD, party };
}

/** The ledger's log of a report; the reported coverage is in force unless the asset is impaired. */
function reported(
  coverageWad: bigint,
  impairedSince: bigint,
  inForceWad = impairedSince === 0n ? coverageWad : WAD,
): LedgerFact {
  return { kind: 'coverage-reported', source: 1, vaultAsset: 1, coverageWad, inForceWad, impairedSince };
}

function settled(lostSeq: bigint, kind: 'loss-settled' | 'loss-reopened' = 'loss-settled'): LedgerFact {
  return { kind, source: 1, vaultAsset: 1, lostSeq };
}

function covered(coverageWad: bigint): LedgerFact {
  return { kind: 'covered', source: 1, vaultAsset: 1, coverageWad };
}

/** The ledger informs its vault of units that were taken back but no longer there. */
function lost(lostSeq: bigint, units: bigint): LedgerFact[] {
  const entryHash = bytes32(bytesToHex(keccak256(packEntries([lock(1, 100n)]))));
  const missing = { kind: 'missing-again', source: 1, seq: 1n, entryHash, vaultAsset: 1, units } as const;
  return [missing, { kind: 'written-off', source: 1, vaultAsset: 1, units, found: false, lostSeq }];
}

const HALF = WAD / 2n;
const KEY = { source: 1, vaultAsset: 1 };
const WHOLE: CoverageFact = {
  ...KEY,
  inForceWad: WAD,
  reportedWad: WAD,
  impairedSince: 0n,
  saidSeq: 0n,
  lostSeq: 0n,
  orphaned: 0n,
  missing: 0n,
  found: 0n,
};

/** Builds a ledger that applied each entry in its own batch, with its logs. */
function ledgerOf(steps: readonly (readonly [entry: Entry, told?: LedgerFact | undefined])[]): {
  state: CollateralState;
  entries: Entry[];
} {
  const entries = steps.map(([entry]) => entry);
  const state = folded(entries);
  steps.forEach(([, fact], at) =>
    state.apply([...(fact === undefined ? [] : [fact]), applied(entries, at, at + 1)], lookupOf(entries)),
  );
  return { state, entries };
}

describe('a SHORTFALL', () => {
  it('below the coverage in force impairs the asset; a different figure changes the index, not the date', () => {
    const { state } = ledgerOf([
      [lock(1, 100n)],
      [shortfall(50n, 100n), reported(HALF, 7n)],
      [shortfall(60n, 100n), reported((WAD * 4n) / 10n, 7n)],
      [shortfall(20n, 100n), reported((WAD * 8n) / 10n, 7n)],
    ]);
    const impaired = { inForceWad: WAD, reportedWad: (WAD * 8n) / 10n, impairedSince: 7n, saidSeq: 4n };
    expect(state.coverageOf(KEY)).toEqual({ ...WHOLE, ...impaired });
    expect(state.coveragesInForce.size).toBe(0);
    expect(amounts(state)).toEqual({ '1:4': 100n });
  });

  it('at or above the coverage in force takes effect at once and ends the impairment', () => {
    const { state, entries } = ledgerOf([[shortfall(50n, 100n), reported(HALF, 7n)]]);
    state.apply([covered(HALF)], lookupOf([]));
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: HALF, impairedSince: 0n });
    expect([...state.coveragesInForce]).toEqual([[4, HALF]]);
    entries.push(shortfall(30n, 100n), shortfall(0n, 100n));
    const better = [reported((WAD * 7n) / 10n, 0n), applied(entries, 1, 2)];
    state.apply(better, lookupOf(entries));
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: (WAD * 7n) / 10n, impairedSince: 0n });
    state.apply([reported(WAD, 0n), applied(entries, 2, 3)], lookupOf(entries));
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: WAD, reportedWad: WAD });
    expect(state.coveragesInForce.size).toBe(0);
  });

  it('at or above it waits until it is put in force, if witnesses are required', () => {
    const { state, entries } = ledgerOf([[shortfall(50n, 100n), reported(HALF, 7n)]]);
    state.apply([covered(HALF)], lookupOf([]));
    entries.push(shortfall(0n, 100n), shortfall(0n, 100n));
    state.apply([reported(WAD, 0n, HALF), applied(entries, 1, 2)], lookupOf(entries));
    const waiting = { inForceWad: HALF, reportedWad: WAD, impairedSince: 0n, saidSeq: 2n };
    expect(state.coverageOf(KEY)).toMatchObject(waiting);
    // The same figure again keeps its index.
    state.apply([reported(WAD, 0n, HALF), applied(entries, 2, 3)], lookupOf(entries));
    expect(state.coverageOf(KEY)).toMatchObject(waiting);
    state.apply([covered(WAD)], lookupOf([]));
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: WAD, saidSeq: 2n });
    expect(state.coveragesInForce.size).toBe(0);
  });

  it('at or above it leaves an impaired asset impaired until it is put in force', () => {
    const { state } = ledgerOf([
      [shortfall(50n, 100n), reported(HALF, 7n)],
      [shortfall(0n, 100n), reported(WAD, 7n, WAD)],
    ]);
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: WAD, reportedWad: WAD, impairedSince: 7n });
    state.apply([covered(WAD)], lookupOf([]));
    expect(state.coverageOf(KEY)).toMatchObject({ impairedSince: 0n });
  });

  it('is stored for an asset that is not listed yet, but not without a log', () => {
    const foreign = { ...shortfall(5n, 100n), asset: 9 };
    const told = { ...reported((WAD * 95n) / 100n, 7n), vaultAsset: 9 } as LedgerFact;
    const { state } = ledgerOf([[foreign, told]]);
    expect(state.coverageOf({ source: 1, vaultAsset: 9 })).toMatchObject({ impairedSince: 7n, saidSeq: 1n });
    expect(state.takeChanges().coverages).toHaveLength(1);
    expect(codeOf(() => ledgerOf([[foreign, reported((WAD * 95n) / 100n, 7n)]]))).toBe('FACT_GAP');
  });

  it('is a gap if its log is missing, invented, or has another coverage or time', () => {
    const entry = shortfall(50n, 100n);
    for (const lie of [undefined, reported(HALF - 1n, 7n), reported(HALF, 0n), reported(HALF, 7n, HALF)])
      expect([codeOf(() => ledgerOf([[entry, lie]])), lie]).toEqual(['FACT_GAP', lie]);
    const first = [entry, reported(HALF, 7n)] as const;
    expect(codeOf(() => ledgerOf([first, [shortfall(60n, 100n), reported((WAD * 4n) / 10n, 8n)]]))).toBe('FACT_GAP');
    expect(codeOf(() => ledgerOf([first, [shortfall(0n, 100n), reported(WAD, 8n)]]))).toBe('FACT_GAP');
    expect(codeOf(() => ledgerOf([[lock(1, 5n), reported(HALF, 7n)]]))).toBe('FACT_GAP');
  });

  it('that no honest vault journals must be refused, and then changes nothing', () => {
    const entry = { ...shortfall(0n, 99n), amount: tokenUnits(100n) };
    expect(codeOf(() => ledgerOf([[entry, reported(0n, 7n)]]))).toBe('FACT_GAP');
    const { state } = ledgerOf([[entry, { kind: 'refused', source: 1, index: 1n }]]);
    expect(state.coverages).toEqual([]);
  });

  it('occurs twice in one batch, each with its own log', () => {
    const entries = [shortfall(60n, 100n), shortfall(50n, 100n)];
    const logs = [reported((WAD * 4n) / 10n, 7n), reported(HALF, 7n)];
    expect(folded(entries, ...logs, applied(entries, 0, 2)).coverageOf(KEY)).toMatchObject({ reportedWad: HALF });
    expect(codeOf(() => folded(entries, ...logs.toReversed(), applied(entries, 0, 2)))).toBe('FACT_GAP');
  });
});

describe('a coverage', () => {
  it('is put in force as reported, once for each report', () => {
    const { state, entries } = ledgerOf([[shortfall(50n, 100n), reported(HALF, 7n)]]);
    const cover = (coverageWad: bigint) => state.apply([covered(coverageWad)], lookupOf([]));
    expect(codeOf(() => cover(HALF - 1n))).toBe('FACT_GAP');
    cover(HALF);
    // The ledger refuses to cover while nothing is pending, so such a log proves that a report is missing here.
    expect(codeOf(() => cover(HALF))).toBe('FACT_GAP');
    // A report equal to the coverage in force is not pending, unless it ends an impairment.
    const report = (missing: bigint, fact: LedgerFact): void => {
      entries.push(shortfall(missing, 100n));
      state.apply([fact, applied(entries, entries.length - 1, entries.length)], lookupOf(entries));
    };
    report(50n, reported(HALF, 0n));
    expect(codeOf(() => cover(HALF))).toBe('FACT_GAP');
    report(60n, reported((WAD * 4n) / 10n, 9n, HALF));
    report(50n, reported(HALF, 9n, HALF));
    cover(HALF);
    expect(state.coverageOf(KEY)).toMatchObject({ inForceWad: HALF, reportedWad: HALF, impairedSince: 0n });
  });

  it('already in force is logged with the loss settled before it in the same call, and with no other', () => {
    const entryAt = (): Uint8Array => packEntries([lock(1, 100n)]);
    const applyCalls = (...calls: readonly (readonly LedgerFact[])[]): void => {
      const { state } = ledgerOf([[lock(1, 100n)]]);
      state.apply(lost(1n, 25n), lookupOf([]), { entryAt, atS: 0n });
      for (const call of calls) state.apply(call, lookupOf([]));
    };
    expect(() => applyCalls([settled(1n), covered(WAD)])).not.toThrow();
    const ofAnother = { ...covered(WAD), vaultAsset: 2 } as LedgerFact;
    for (const calls of [
      [[covered(WAD), settled(1n)]],
      [[settled(1n), covered(WAD), covered(WAD)]],
      [[settled(1n)], [covered(WAD)]],
      [[settled(1n), settled(1n, 'loss-reopened'), covered(WAD)]],
      [[settled(1n), ofAnother]],
    ])
      expect([codeOf(() => applyCalls(...calls)), calls]).toEqual(['FACT_GAP', calls]);
    // What a batch settles is logged with its report.
    const entries = [shortfall(0n, 125n, 1n)];
    const state = folded(entries);
    state.apply(lost(1n, 25n), lookupOf([]), { entryAt, atS: 0n });
    const answer = [settled(1n), reported(WAD, 0n), applied(entries, 0, 1)];
    expect(codeOf(() => state.apply([...answer, covered(WAD)], lookupOf(entries)))).toBe('FACT_GAP');
  });

  it('continues from the stored state', () => {
    const { state, entries } = ledgerOf([[shortfall(50n, 100n), reported(HALF, 7n)], [lock(1, 9n)]]);
    const { coverages, replicas, assets, journals, sums } = state.takeChanges();
    const again = new CollateralState({ chainId: 99, keccak256, coverages, replicas, assets, journals, sums });
    for (const one of [state, again]) one.apply([covered(HALF)], lookupOf(entries));
    expect(again.coverages).toEqual(state.coverages);
  });
});

describe('a LOST', () => {
  it('waits until the ledger settles it, and reopens when its answer is undone', () => {
    const { state, entries } = ledgerOf([[lock(1, 100n)]]);
    const entryAt = (): Uint8Array => packEntries([lock(1, 100n)]);
    state.apply(lost(1n, 25n), lookupOf([]), { entryAt, atS: 0n });
    expect(state.coverageOf(KEY)).toEqual({ ...WHOLE, lostSeq: 1n });
    entries.push(shortfall(25n, 125n, 2n), shortfall(25n, 125n, 1n));
    const answer = (at: number): LedgerFact[] => [reported((WAD * 4n) / 5n, 7n), applied(entries, at, at + 1)];
    state.apply(answer(1), lookupOf(entries));
    expect(state.coverageOf(KEY).lostSeq).toBe(1n);
    state.apply(answer(2), lookupOf(entries));
    expect(codeOf(() => state.apply([settled(2n)], lookupOf([])))).toBe('FACT_GAP');
    expect(codeOf(() => state.apply([settled(0n, 'loss-reopened')], lookupOf([])))).toBe('FACT_GAP');
    state.apply([settled(1n)], lookupOf([]));
    expect(state.coverageOf(KEY)).toMatchObject({ lostSeq: 0n, impairedSince: 7n });
    state.apply([settled(1n, 'loss-reopened')], lookupOf([]));
    expect(state.coverageOf(KEY)).toMatchObject({ lostSeq: 1n });
    expect(amounts(state)).toEqual({ '1:4': 100n });
  });
});

describe('margins', () => {
  const asset = { decimals: 6, baseInitialBps: 8_000, baseMaintenanceBps: 9_000 };
  const fresh = { asOf: 1_000n, state: 'LIVE' as keyof typeof SOURCE_STATES, stateUntil: 0n, thawedAt: 0n };
  const weights = { weightInitialBps: 10_000, weightMaintenanceBps: 10_000, frozenMaintenanceBps: 10_000 };
  const ages = { staleAfterMinutes: 60, darkAfterMinutes: 120, floorAfterMinutes: 180 };
  const prices = [steadyPrice({ price1e12: 10n ** 12n, observedAt: 1_000n, maxAgeS: 3_600 })];
  const terms = { assetId: 4, sourceIndex: 1, asset, source: { ...fresh, ...weights, ...ages }, prices };
  const snapshotAt = (coverage: bigint): MarginSnapshot => ({
    block: { chainId: 99, height: 1n, hash: BLOCK, parentHash: BLOCK, timestamp: 1_000n } as MarginSnapshot['block'],
    terms: new Map([[4, terms as never]]),
    coverages: new Map(coverage === WAD ? [] : [[4, coverage]]),
  });
  const lineOf = (amount: bigint, unseasoned: bigint) => {
    return { account: account(1), assetId: 4, amount, unseasoned, seasonEnd: 2_000n, enabled: true };
  };

  it('use the units of a line at the coverage in force, rounded down, and show the line in units', () => {
    const line = lineOf(100n, 10n);
    const { lines, margin } = weighAccount([line], snapshotAt(WAD / 3n));
    expect(lines).toEqual([line]);
    expect(margin.lines).toMatchObject([{ units: 33n, unitsInitial: 29n }]);
    expect(weighAccount([line], snapshotAt(WAD)).margin.lines).toMatchObject([{ units: 100n, unitsInitial: 90n }]);
  });

  it('of all holders together never exceed what the vault holds', () => {
    const units = fc.bigInt({ min: 0n, max: 2n ** 90n });
    fc.assert(
      fc.property(fc.array(units, { maxLength: 6 }), units, (held, missing) => {
        const accounted = held.reduce((sum, one) => sum + one, missing);
        const snapshot = snapshotAt(coverageOf({ missing, accounted }));
        const counted = held.map(
          (one): bigint => weighAccount([lineOf(one, one)], snapshot).margin.lines[0]?.units ?? 0n,
        );
        expect(counted.reduce((sum, one) => sum + one, 0n)).toBeLessThanOrEqual(accounted - missing);
      }),
    );
  });
});
