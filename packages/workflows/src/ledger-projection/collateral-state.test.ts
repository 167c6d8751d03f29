import { AppError, type Bytes32, type Entry, WAD, bytes32 } from '@surety/domain';
import fc from 'fast-check';
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
  listing,
  lock,
  lookupOf,
} from '../testing/ledger-facts.js';
import { MemoryCollateralStore } from '../testing/memory-collateral-store.js';
import { NO_CHANGES } from './collateral-changes.js';
import type { LineFact } from './collateral-rows.js';
import { CollateralState } from './collateral-state.js';
import type { LedgerFact } from './ledger-fact.js';
import { noRows, stateHash } from './state-hash.js';

describe('CollateralState', () => {
  it('folds a transaction that lists a source and applies to it at once', () => {
    const entries = [lock(1, 5n)];
    const facts = [...listing, applied(entries, 0, 1)];
    const state = new CollateralState({ chainId: 99, keccak256 });
    expect(state.keysOf(facts, lookupOf(entries))).toEqual([{ account: account(1), assetId: 4 }]);
    state.apply(facts, lookupOf(entries));
    expect(amounts(state)).toEqual({ '1:4': 5n });
    expect(state.takeChanges().replicas).toMatchObject([{ edge: EDGE, count: 1n }]);
  });

  it('refuses a batch that does not start at the replica’s count', () => {
    const entries = [lock(1, 5n), lock(1, 6n)];
    expect(() => folded(entries, applied(entries, 1, 2))).toThrowError(expect.objectContaining({ code: 'FACT_GAP' }));
  });

  it('refuses a batch whose entries are missing, retryable', () => {
    const entries = [lock(1, 5n), lock(1, 6n)];
    const state = folded([]);
    const attempt = (): void => state.apply([applied(entries, 0, 2)], lookupOf(entries.slice(0, 1)));
    expect(attempt).toThrowError(expect.objectContaining({ code: 'ENTRIES_MISSING', retryable: true }));
  });

  it('refuses a batch of an edge that no log lists', () => {
    const state = new CollateralState({ chainId: 99, keccak256 });
    expect(() => state.apply([applied([lock(1, 5n)], 0, 1)], lookupOf([lock(1, 5n)]))).toThrowError(AppError);
  });

  it('refuses a plain credit of an asset that no log lists', () => {
    const entries = [lock(1, 5n, 9)];
    expect(() => folded(entries, applied(entries, 0, 1))).toThrowError(expect.objectContaining({ code: 'FACT_GAP' }));
  });

  it('credits amount less fee, and the fees of a batch per asset once', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 70n, 2, 4n), lock(1, 20n, 1, 2n), lock(3, 9n)];
    expect(amounts(folded(entries, applied(entries, 0, 4)))).toEqual({
      '1:4': 65n,
      '2:5': 66n,
      '3:4': 9n,
      '99:4': 5n,
      '99:5': 4n,
    });
  });

  it('omits credits that were parked, refused or empty', () => {
    const entries = [lock(1, 50n), lock(2, 70n, 7), lock(3, 0n), lock(4, 8n)];
    const parked: LedgerFact = {
      kind: 'parked',
      source: 1,
      index: 2n,
      account: account(2),
      vaultAsset: 7,
      amount: 70n,
      fee: 0n,
      reason: 'UNLISTED',
    };
    const refused: LedgerFact = { kind: 'refused', source: 1, index: 4n };
    const state = folded(entries, parked, refused, applied(entries, 0, 4));
    expect(amounts(state)).toEqual({ '1:4': 50n });
    expect(state.parked).toMatchObject([{ index: 2n, amount: 70n, reason: 'UNLISTED' }]);
  });

  it('credits no fees that were parked FEE, and credits them when they are unparked', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(2, 60n, 2, 4n)];
    const index = (1n << 95n) + 1n;
    const parked: LedgerFact = {
      kind: 'parked',
      source: 1,
      index,
      account: FEE_TO,
      vaultAsset: 1,
      amount: 3n,
      fee: 0n,
      reason: 'FEE',
    };
    const state = folded(entries, parked, applied(entries, 0, 2));
    expect(amounts(state)).toEqual({ '1:4': 47n, '2:5': 56n, '99:5': 4n });
    state.apply(
      [{ kind: 'unparked', source: 1, index, account: FEE_TO, assetId: 4, amount: 3n, fee: 0n, feeTo: account(7) }],
      lookupOf([]),
    );
    expect(amounts(state)).toMatchObject({ '99:4': 3n });
    expect(state.parked).toEqual([]);
  });

  it('credits the fee of a parked credit that was paid first, and accepts no other remainder', () => {
    const entries = [lock(1, 50n, 1, 3n)];
    const parked = (amount: bigint): LedgerFact => ({
      kind: 'parked',
      source: 1,
      index: 1n,
      account: account(1),
      vaultAsset: 1,
      amount,
      fee: 0n,
      reason: 'CAP',
    });
    const state = folded(entries, parked(47n), applied(entries, 0, 1));
    expect(amounts(state)).toMatchObject({ '99:4': 3n });
    expect(state.parked).toMatchObject([{ amount: 47n, fee: 0n }]);
    for (const lie of [46n, 48n, 50n])
      expect(() => folded(entries, parked(lie), applied(entries, 0, 1))).toThrow('is parked with');
  });

  it('pays the fee of an unparked credit to its unparker', () => {
    const entries = [lock(1, 50n, 1, 3n)];
    const parked: LedgerFact = {
      kind: 'parked',
      source: 1,
      index: 1n,
      account: account(1),
      vaultAsset: 1,
      amount: 50n,
      fee: 3n,
      reason: 'CAP',
    };
    const state = folded(entries, parked, applied(entries, 0, 1));
    state.apply(
      [
        {
          kind: 'unparked',
          source: 1,
          index: 1n,
          account: account(1),
          assetId: 4,
          amount: 50n,
          fee: 3n,
          feeTo: account(7),
        },
      ],
      lookupOf([]),
    );
    expect(amounts(state)).toEqual({ '1:4': 47n, '7:4': 3n });
    expect(state.takeChanges().unparked).toEqual([{ source: 1, index: 1n }]);
  });

  it('keeps a postponed credit with its new reason, and refuses to postpone one that is not parked', () => {
    const entries = [lock(1, 50n)];
    const parked = { kind: 'parked', source: 1, index: 1n, account: account(1), vaultAsset: 1, fee: 0n } as const;
    const state = folded(entries, { ...parked, amount: 50n, reason: 'CAP' }, applied(entries, 0, 1));
    state.apply([{ kind: 'postponed', source: 1, index: 1n, reason: 'SEASON' }], lookupOf([]));
    expect(state.parked).toMatchObject([{ index: 1n, amount: 50n, reason: 'SEASON', isSummed: true }]);
    const lost: LedgerFact = { kind: 'postponed', source: 1, index: 2n, reason: 'SEASON' };
    expect(() => state.apply([lost], lookupOf([]))).toThrow(expect.objectContaining({ code: 'FACT_GAP' }));
  });

  it('follows the ledger’s events about which lines have effect', () => {
    const state = folded([], { kind: 'enabled', account: account(1), assetId: 4, on: true });
    expect(state.lines).toMatchObject([{ assetId: 4, enabled: true, amount: 0n }]);
  });

  it('returns each change once', () => {
    const entries = [lock(1, 50n)];
    const state = folded(entries, applied(entries, 0, 1));
    expect(state.takeChanges()).toMatchObject({
      lines: [{ amount: 50n }],
      replicas: [{ count: 1n }],
      assets: [{}, {}],
    });
    expect(state.takeChanges()).toEqual(NO_CHANGES);
  });
});

const anyEntries = fc.array(
  fc.record({
    owner: fc.integer({ min: 1, max: 5 }),
    amount: fc.bigInt(1n, 2n ** 103n),
    asset: fc.integer({ min: 1, max: 2 }),
    fee: fc.bigInt(0n, 9n),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('I11, the state hash', () => {
  it('is the same however facts without fees are split into batches and stored in steps', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyEntries,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        async (raw, sizes) => {
          const entries = raw.map(({ owner, amount, asset }) => lock(owner, amount, asset));
          const whole = await hashInSteps(entries, [entries.length]);
          expect(await hashInSteps(entries, sizes)).toBe(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('conserves every entry: lines and fees sum to what was locked (I1)', () => {
    fc.assert(
      fc.property(anyEntries, (raw) => {
        const entries = raw.map(({ owner, amount, asset, fee }) => lock(owner, amount + fee, asset, fee));
        const total = folded(entries, applied(entries, 0, entries.length)).lines.reduce(
          (sum, line) => sum + line.amount,
          0n,
        );
        expect(total).toBe(entries.reduce((sum, entry) => sum + entry.amount, 0n));
      }),
    );
  });

  it('removes a parked credit that its owner releases, listed or not, and refuses a log that matches none', () => {
    const parked = { source: 1, account: account(1), amount: 70n, fee: 2n } as const;
    const state = folded([]);
    state.apply(
      [
        { kind: 'parked', ...parked, index: 1n, vaultAsset: 1, reason: 'CAP' },
        { kind: 'parked', ...parked, index: 2n, vaultAsset: 9, reason: 'UNLISTED' },
      ],
      lookupOf([]),
    );
    const released = { kind: 'parked-released', source: 1, index: 1n, account: account(1), amount: 70n } as const;
    const attempt = (): void => state.apply([{ ...released, amount: 68n }], lookupOf([]));
    expect(attempt).toThrowError(expect.objectContaining({ code: 'FACT_GAP' }));
    state.apply([released, { ...released, index: 2n }], lookupOf([]));
    expect(state.parked).toEqual([]);
    expect(state.lines).toEqual([]);
    expect(state.sums.get(4)).toMatchObject({ lines: 0n, parked: 0n, released: 70n });
    expect(state.takeChanges().unparked).toEqual([
      { source: 1, index: 1n },
      { source: 1, index: 2n },
    ]);
  });

  it('keeps a line’s unseasoned part as last logged, whatever is credited or debited', () => {
    const entries = [lock(1, 50n), lock(1, 20n)];
    const season = { kind: 'unseasoned', account: account(1), assetId: 4, unseasoned: 9n, seasonEnd: 77n } as const;
    const state = folded([]);
    expect(state.keysOf([season], lookupOf([]))).toEqual([{ account: account(1), assetId: 4 }]);
    // The ledger logs it before the batch's own event.
    state.apply([season, applied(entries, 0, 1)], lookupOf(entries));
    expect(state.lines).toMatchObject([{ amount: 50n, unseasoned: 9n, seasonEnd: 77n }]);
    state.apply([applied(entries, 1, 2)], lookupOf(entries));
    const moved = {
      kind: 'transferred',
      from: account(1),
      to: account(2),
      assetId: 4,
      amount: 61n,
      isSeized: false,
    } as const;
    state.apply([moved], lookupOf([]));
    expect(state.takeChanges().lines).toMatchObject([
      { account: account(1), amount: 9n, unseasoned: 9n, seasonEnd: 77n },
      { account: account(2), amount: 61n, unseasoned: 0n, seasonEnd: 0n },
    ]);
  });

  it('hashes exactly the bytes in its description', async () => {
    const line: LineFact = {
      account: account(1),
      assetId: 2,
      amount: 3n,
      unseasoned: 4n,
      seasonEnd: 5n,
      enabled: true,
    };
    const empty = { ...line, assetId: 1, amount: 0n };
    const none = { saidSeq: 6n, lostSeq: 0n, orphaned: 0n, missing: 0n, found: 0n };
    const whole = { source: 1, vaultAsset: 1, inForceWad: WAD, reportedWad: WAD, impairedSince: 0n, ...none };
    const open = { saidSeq: 6n, lostSeq: 9n, orphaned: 6n, missing: 7n, found: 8n };
    const short = { source: 1, vaultAsset: 2, inForceWad: 3n, reportedWad: 2n, impairedSince: 1n, ...open };
    const hash = await stateHash(
      [
        {
          chainId: 7,
          height: 8n,
          hash: BLOCK,
          lines: pages([[empty, line]]),
          replicas: [{ edge: OUTBOUND, name: EDGE, generation: 1, count: 9n, head: EDGE }],
          coverages: [whole, short],
          payments: noRows(),
        },
      ],
      keccak256,
    );
    const hex =
      `${'7'.padStart(16, '0')}${'8'.padStart(16, '0')}${BLOCK.slice(2)}` +
      `${line.account.slice(2)}0002${'3'.padStart(28, '0')}${'4'.padStart(26, '0')}${'5'.padStart(8, '0')}` +
      `${EDGE.slice(2)}${'9'.padStart(16, '0')}${EDGE.slice(2)}` +
      `00010002${'3'.padStart(16, '0')}${'2'.padStart(16, '0')}${'1'.padStart(10, '0')}` +
      `${'6'.padStart(26, '0')}${'7'.padStart(26, '0')}${'8'.padStart(26, '0')}${'9'.padStart(24, '0')}`;
    expect(hash).toBe(`0x${Buffer.from(keccak256(Buffer.from(hex, 'hex'))).toString('hex')}`);
  });

  it('does not depend on whether an empty replica is known, since its listing may be missing unnoticed', async () => {
    const rows = (replicas: readonly { edge: Bytes32; count: bigint; head: Bytes32 }[]) => ({
      chainId: 1,
      height: 5n,
      hash: BLOCK,
      lines: noRows(),
      replicas,
      coverages: [],
      payments: noRows(),
    });
    const one = await stateHash([rows([])], keccak256);
    expect(await stateHash([rows([{ edge: EDGE, count: 0n, head: EDGE }])], keccak256)).toBe(one);
    expect(await stateHash([rows([{ edge: EDGE, count: 1n, head: EDGE }])], keccak256)).not.toBe(one);
  });

  it('covers a replica that was rewound to its beginning, by its present name', async () => {
    const rows = (name: Bytes32, generation: number) => ({
      chainId: 1,
      height: 5n,
      hash: BLOCK,
      lines: noRows(),
      replicas: [{ edge: EDGE, name, generation, count: 0n, head: EDGE }],
      coverages: [],
      payments: noRows(),
    });
    const hashes = [await stateHash([rows(EDGE, 0)], keccak256), await stateHash([rows(OUTBOUND, 1)], keccak256)];
    expect(new Set([...hashes, await stateHash([rows(EDGE, 1)], keccak256)]).size).toBe(3);
  });

  it('does not depend on the order of chains and replicas', async () => {
    const replicas = [EDGE, bytes32(`0x${'01'.repeat(32)}`)].map((edge) => ({
      edge,
      source: 1,
      count: 1n,
      head: edge,
    }));
    const rows = (chainId: number, given: typeof replicas) => ({
      chainId,
      height: 1n,
      hash: BLOCK,
      lines: pages([]),
      replicas: given,
      coverages: [],
      payments: noRows(),
    });
    const one = await stateHash([rows(2, replicas), rows(1, [])], keccak256);
    expect(await stateHash([rows(1, []), rows(2, [...replicas].reverse())], keccak256)).toBe(one);
  });
});

async function* pages(all: LineFact[][]): AsyncGenerator<readonly LineFact[]> {
  yield* all;
}

async function hashInSteps(entries: readonly Entry[], sizes: readonly number[]): Promise<Bytes32> {
  const store = new MemoryCollateralStore();
  const lookup = lookupOf(entries);
  const state = new CollateralState({ chainId: 99, keccak256 });
  state.apply(listing, lookup);
  for (let from = 0, turn = 0; from < entries.length; turn++) {
    const to = Math.min(entries.length, from + (sizes[turn % sizes.length] ?? 1));
    const facts = [applied(entries, from, to)];
    state.hold(await store.loadLines(state.keysOf(facts, lookup).filter((key) => !state.has(key))));
    state.apply(facts, lookup);
    const cursor = { chainId: 1, height: BigInt(to), hash: BLOCK, timestamp: 0n, changed: { height: 0n, hash: BLOCK } };
    await store.saveStep({ cursor, ...state.takeChanges() });
    state.release();
    from = to;
  }
  const rows = {
    chainId: 1,
    height: 0n,
    hash: BLOCK,
    lines: pages([store.sorted()]),
    replicas: [...store.replicas.values()],
    coverages: [...store.coverages.values()],
    payments: noRows(),
  };
  return stateHash([rows], keccak256);
}
