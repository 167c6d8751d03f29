import {
  AppError,
  type BlockHash,
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  foldJournal,
  packEntries,
  refundRecord,
  tokenUnits,
} from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noRows, stateHash } from '../ledger-projection/state-hash.js';
import { keccak256 } from '../testing/ledger-facts.js';
import { MemoryCollateralStore } from '../testing/memory-collateral-store.js';
import type { PaymentRow, VaultAppliedFact, VaultFact, VaultTransaction } from './vault-fact.js';
import { VaultState } from './vault-state.js';

const EDGE = bytes32(`0x${'e2'.repeat(32)}`);
const ACCOUNT = bytes32(`0x${'0'.repeat(39)}1${'0'.repeat(24)}`);
const RECIPIENT = address(`0x${'77'.repeat(20)}`);
const PARTY = bytes32(`0x${'0'.repeat(24)}${'77'.repeat(20)}`);
const BLOCK: BlockHash = blockHash(`0x${'bb'.repeat(32)}`);
const REPLICA = {
  chainId: 31,
  edge: EDGE,
  source: 1,
  originChainId: 99,
  vault: address(`0x${'a1'.repeat(20)}`),
  count: 0n,
  head: EDGE,
};

function release(amount: bigint, asset = 1): Entry {
  const units = { amount: tokenUnits(amount), fee: tokenUnits(0n) };
  return { kind: 'RELEASE', asset, account: ACCOUNT, party: PARTY, ...units };
}

function applied(entries: readonly Entry[], from: number, to: number): VaultAppliedFact {
  const position = foldJournal({ count: 0n, head: EDGE }, packEntries(entries.slice(0, to)), keccak256);
  return { kind: 'applied', edge: EDGE, from: BigInt(from), to: position.count, head: position.head };
}

function queued(entries: readonly Entry[], n: number): VaultFact {
  const { amount, asset } = entries[n - 1] ?? release(0n);
  const fields = { vaultAsset: asset, account: ACCOUNT, recipient: RECIPIENT, amount, readyAt: 100n };
  return { kind: 'queued', seq: BigInt(n), ...fields };
}

function at(height: bigint, ...facts: VaultFact[]): VaultTransaction {
  return { block: { chainId: 31, height, hash: BLOCK }, facts };
}

function packedOf(entries: readonly Entry[]) {
  const packed = packEntries(entries);
  return ({ from, to }: VaultAppliedFact): Uint8Array =>
    packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
}

function emptyState(): VaultState {
  return new VaultState({ replica: REPLICA, sums: [], keccak256 });
}

function refusalOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const ENTRIES = [release(70n), release(30n, 2), release(5n)];
const REPLAY = [1, 2, 3].map((n) => queued(ENTRIES, n));

describe('a vault’s payments', () => {
  it('are refused without a log for each replayed release, or with a log of another amount', () => {
    const batch = applied(ENTRIES, 0, 3);
    const missing = refusalOf(() => emptyState().apply(at(1n, ...REPLAY.slice(0, 2), batch), packedOf(ENTRIES)));
    expect([missing.code, missing.retryable]).toEqual(['FACT_GAP', false]);
    const lied = [queued([release(71n), ...ENTRIES.slice(1)], 1), ...REPLAY.slice(1)];
    expect(refusalOf(() => emptyState().apply(at(1n, ...lied, batch), packedOf(ENTRIES))).code).toBe('FACT_GAP');
  });

  it('wait for entries that the ledger’s fold has not supplied yet', () => {
    const error = refusalOf(() =>
      emptyState().apply(at(1n, ...REPLAY, applied(ENTRIES, 0, 3)), () => new Uint8Array()),
    );
    expect([error.code, error.retryable]).toEqual(['ENTRIES_MISSING', true]);
  });

  it('are paid once, and only if they were queued', () => {
    const state = emptyState();
    state.apply(at(1n, ...REPLAY, applied(ENTRIES, 0, 3)), packedOf(ENTRIES));
    state.apply(at(2n, { kind: 'paid', seq: 1n }), packedOf(ENTRIES));
    for (const seq of [1n, 9n])
      expect(refusalOf(() => state.apply(at(3n, { kind: 'paid', seq }), packedOf(ENTRIES))).code).toBe('FACT_GAP');
  });

  it('go from queued through claimable to paid, and sum to what is owed and paid of each asset (I4)', () => {
    const state = emptyState();
    state.apply(at(1n, ...REPLAY, applied(ENTRIES, 0, 3)), packedOf(ENTRIES));
    expect([...state.sums.values()].map(({ owed, paid }) => [owed, paid])).toEqual([
      [75n, 0n],
      [30n, 0n],
    ]);
    state.apply(at(2n, { kind: 'claimable', seq: 1n, reason: 2 }, { kind: 'paid', seq: 2n }), packedOf(ENTRIES));
    expect(state.takeChanges().payments.map(({ seq, state: stands, reason }) => [seq, stands, reason])).toEqual([
      [1n, 'CLAIMABLE', 2],
      [2n, 'PAID', 0],
      [3n, 'QUEUED', 0],
    ]);
    state.apply(at(3n, { kind: 'paid', seq: 1n }), packedOf(ENTRIES));
    expect([...state.sums.values()].map(({ owed, paid }) => [owed, paid])).toEqual([
      [5n, 70n],
      [0n, 30n],
    ]);
  });

  it('may be stopped while open, are then no longer owed, and never paid (I4)', () => {
    const state = emptyState();
    const reason = bytes32(`0x${'ab'.repeat(32)}`);
    state.apply(at(1n, ...REPLAY, applied(ENTRIES, 0, 3)), packedOf(ENTRIES));
    state.apply(at(2n, { kind: 'stopped', seq: 1n, reason }), packedOf(ENTRIES));
    expect([...state.sums.values()].map(({ owed, paid }) => [owed, paid])).toEqual([
      [5n, 0n],
      [30n, 0n],
    ]);
    const [stopped] = state.takeChanges().payments;
    expect(stopped).toMatchObject({ seq: 1n, state: 'STOPPED', stopReason: reason });
    // As stored by the vault: what a refund must name.
    const [first = release(0n)] = ENTRIES;
    expect(stopped?.entryHash).toEqual(refundRecord(first, keccak256).slice(0, 25));
    for (const kind of ['paid', 'stopped'] as const)
      expect(refusalOf(() => state.apply(at(3n, { kind, seq: 1n, reason }), packedOf(ENTRIES))).code).toBe('FACT_GAP');
    state.apply(at(3n, { kind: 'paid', seq: 2n }), packedOf(ENTRIES));
    const late = refusalOf(() => state.apply(at(4n, { kind: 'stopped', seq: 2n, reason }), packedOf(ENTRIES)));
    expect(late.code).toBe('FACT_GAP');
  });

  it('may be stopped by the replay itself, queued before or not', () => {
    const reason = bytes32(`0x${'ab'.repeat(32)}`);
    const stop: VaultFact = { kind: 'stopped', seq: 1n, reason };
    for (const fates of [
      [stop, ...REPLAY.slice(1)],
      [...REPLAY.slice(0, 1), stop, ...REPLAY.slice(1)],
    ]) {
      const state = emptyState();
      state.apply(at(1n, ...fates, applied(ENTRIES, 0, 3)), packedOf(ENTRIES));
      expect(state.takeChanges().payments).toMatchObject([{ seq: 1n, state: 'STOPPED', amount: 70n }, {}, {}]);
      expect([1, 2].map((asset) => state.sums.get(asset)?.owed)).toEqual([5n, 30n]);
    }
  });

  it('count as paid in units, and record their shortfall at a lower coverage', () => {
    const entries = [release(71n), release(5n)];
    const fates: VaultFact[] = [queued(entries, 1), queued(entries, 2)];
    const state = emptyState();
    state.apply(at(1n, ...fates, applied(entries, 0, 2)), packedOf(entries));
    state.apply(at(2n, { kind: 'loss-borne', seq: 1n, loss: 3n }, { kind: 'paid', seq: 1n }), packedOf(entries));
    expect(state.sums.get(1)).toMatchObject({ owed: 5n, paid: 71n });
    expect(state.takeChanges().payments.map(({ seq, state: is, borne }) => [seq, is, borne])).toEqual([
      [1n, 'PAID', 3n],
      [2n, 'QUEUED', 0n],
    ]);
  });

  it('keep an entry that the vault refused as no payment', () => {
    const packed = packEntries([release(70n)]);
    packed[0] = 99;
    const { head } = foldJournal({ count: 0n, head: EDGE }, packed, keccak256);
    const state = emptyState();
    const batch: VaultFact = { kind: 'applied', edge: EDGE, from: 0n, to: 1n, head };
    state.apply(at(1n, { kind: 'refused', seq: 1n, reason: 1 }, batch), () => packed);
    expect(state.takeChanges()).toMatchObject({ payments: [{ seq: 1n, state: 'NONE', reason: 1 }], sums: [] });
  });
});

describe('a loss reported by the ledger', () => {
  const lost: Entry = { ...release(40n), kind: 'LOST', account: ZERO_WORD, party: ZERO_WORD };
  const entries = [release(71n), lost];
  const waits = { kind: 'loss-queued', seq: 2n, vaultAsset: 1, amount: 40n, found: false, readyAt: 86_400n } as const;
  const batch = applied(entries, 0, 2);
  const taken = { kind: 'loss-taken', seq: 2n, vaultAsset: 1, units: 40n, found: false } as const;

  function waiting(): VaultState {
    const state = emptyState();
    state.apply(at(1n, queued(entries, 1), waits, batch), packedOf(entries));
    return state;
  }

  it('waits as a payment to no one, and nothing is owed or paid when it is taken', () => {
    const state = waiting();
    const row = { seq: 2n, isLoss: true, account: ZERO_WORD, vaultAsset: 1, amount: 40n, readyAt: 86_400n };
    expect(state.takeChanges().payments[1]).toMatchObject({ ...row, state: 'QUEUED' });
    expect(state.lackingFor([taken])).toEqual([]);
    state.apply(at(2n, taken), packedOf(entries));
    expect(state.takeChanges().payments).toMatchObject([{ ...row, state: 'PAID' }]);
    expect(state.sums.get(1)).toMatchObject({ owed: 71n, paid: 0n });
  });

  it('may be stopped without a refund', () => {
    const state = waiting();
    state.apply(at(2n, { kind: 'stopped', seq: 2n, reason: ZERO_WORD }), packedOf(entries));
    expect(state.takeChanges().payments[1]).toMatchObject({ seq: 2n, state: 'STOPPED' });
    expect(state.sums.get(1)).toMatchObject({ owed: 71n, paid: 0n });
    expect(refusalOf(() => state.apply(at(3n, taken), packedOf(entries))).code).toBe('FACT_GAP');
  });

  it('is neither paid nor claimable, and a release is never taken', () => {
    const lies: VaultFact[] = [
      { kind: 'paid', seq: 2n },
      { kind: 'claimable', seq: 2n, reason: 2 },
      { ...taken, seq: 1n },
    ];
    for (const lie of lies)
      expect(refusalOf(() => waiting().apply(at(2n, lie), packedOf(entries))).code).toBe('FACT_GAP');
  });

  it('is a gap if its log names another amount, another asset or a release', () => {
    const lies: VaultFact[] = [
      { ...waits, amount: 41n },
      { ...waits, vaultAsset: 2 },
    ];
    for (const lie of lies) {
      const facts = at(1n, queued(entries, 1), lie, batch);
      expect(refusalOf(() => emptyState().apply(facts, packedOf(entries))).code).toBe('FACT_GAP');
    }
    const swapped = at(1n, { ...waits, seq: 1n, amount: 71n }, waits, batch);
    expect(refusalOf(() => emptyState().apply(swapped, packedOf(entries))).code).toBe('FACT_GAP');
  });
});

describe('a vault’s report', () => {
  it('changes the coverage of its asset but no amount, and is dated by the vault’s own view', () => {
    const state = emptyState();
    state.apply(at(1n, ...REPLAY, applied(ENTRIES, 0, 3)), packedOf(ENTRIES));
    const reported: VaultFact = { kind: 'shortfall', vaultAsset: 1, missing: 9n, coverageWad: 5n };
    state.apply(at(2n, reported), packedOf(ENTRIES));
    expect([state.sums.get(1), state.changedAssets]).toMatchObject([
      { owed: 75n, paid: 0n, coverageWad: 5n, shortSince: 0n },
      [1, 2],
    ]);
    state.takeChanges();
    state.date({ vaultAsset: 1, shortSince: 7n, reportedAt: 8n });
    expect(state.takeChanges().sums).toMatchObject([
      { vaultAsset: 1, coverageWad: 5n, shortSince: 7n, reportedAt: 8n },
    ]);
    state.date({ vaultAsset: 1, shortSince: 7n, reportedAt: 8n });
    expect(state.takeChanges().sums).toEqual([]);
  });
});

describe('I11, the hash of payments', () => {
  it('is the same however facts are split into steps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ amount: fc.bigInt({ min: 1n, max: 1_000n }), fate: fc.nat({ max: 3 }) }), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
        async (raw, sizes) => {
          const entries = raw.map(({ amount }) => release(amount));
          const transactions = entries.map((_, index) =>
            at(BigInt(index), queued(entries, index + 1), applied(entries, index, index + 1)),
          );
          raw.forEach(({ fate }, index) => {
            const seq = BigInt(index + 1);
            if (fate > 1) transactions.push(at(100n, { kind: 'claimable', seq, reason: 2 }));
            if (fate % 2 === 1) transactions.push(at(101n, { kind: 'paid', seq }));
          });
          const whole = await hashInSteps(transactions, entries, [transactions.length]);
          expect(await hashInSteps(transactions, entries, sizes)).toBe(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('covers exactly the bytes in its description, without refused entries', async () => {
    const row = { edge: EDGE, seq: 2n ** 64n + 3n, entryHash: new Uint8Array(25).fill(9), state: 'CLAIMABLE' as const };
    const refused = { ...row, seq: 1n, state: 'NONE' as const };
    const rows = {
      chainId: 7,
      height: 8n,
      hash: BLOCK,
      lines: noRows(),
      replicas: [],
      coverages: [],
      payments: pages([refused, row]),
    };
    const hex =
      `${'7'.padStart(16, '0')}${'8'.padStart(16, '0')}${BLOCK.slice(2)}` +
      `${EDGE.slice(2)}${'10000000000000003'.padStart(24, '0')}${'09'.repeat(25)}03`;
    expect(await stateHash([rows], keccak256)).toBe(
      `0x${Buffer.from(keccak256(Buffer.from(hex, 'hex'))).toString('hex')}`,
    );
  });
});

async function* pages<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

async function hashInSteps(
  transactions: readonly VaultTransaction[],
  entries: readonly Entry[],
  sizes: readonly number[],
): Promise<Bytes32> {
  const store = new MemoryCollateralStore();
  for (let from = 0, turn = 0; from < transactions.length; turn++) {
    const to = Math.min(transactions.length, from + (sizes[turn % sizes.length] ?? 1));
    const [replica = REPLICA] = await store.loadReplicas(31);
    const sums = await store.loadVaultSums(EDGE);
    const state = new VaultState({ replica, sums, keccak256 });
    for (const transaction of transactions.slice(from, to)) {
      state.hold(await store.loadPayments(EDGE, state.lackingFor(transaction.facts)));
      state.apply(transaction, packedOf(entries));
    }
    const cursor = { chainId: 31, height: 1n, hash: BLOCK, timestamp: 0n, changed: { height: 0n, hash: BLOCK } };
    await store.saveVaultStep({ cursor, replica: state.replica, ...state.takeChanges() });
    from = to;
  }
  const payments: readonly PaymentRow[] = await store.loadPaymentsAfter(EDGE, 0n, 1_000);
  const replicas = await store.loadReplicas(31);
  const rows = {
    chainId: 31,
    height: 0n,
    hash: BLOCK,
    lines: noRows(),
    replicas,
    coverages: [],
    payments: pages(payments),
  };
  return stateHash([rows], keccak256);
}
