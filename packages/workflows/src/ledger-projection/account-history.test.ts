import { blockHash, paddedAddress, address, txHash } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { FEE_TO, account, applied, folded, keccak256, listing, lock, lookupOf } from '../testing/ledger-facts.js';
import { type AccountChange, positionAt } from './account-change.js';
import { CollateralState } from './collateral-state.js';
import type { LedgerFact } from './ledger-fact.js';

const PROTOCOL = address(`0x${'0a'.repeat(20)}`);
const TX = txHash(`0x${'7a'.repeat(32)}`);
const placeAt = (height: number) => ({ height: BigInt(height), hash: blockHash(`0x${'bb'.repeat(32)}`), txHash: TX });

/** Folds transactions, each with the block that it is in, and returns what was written down. */
function historyOf(
  entries: Parameters<typeof lookupOf>[0],
  ...transactions: readonly (readonly [height: number, ...facts: LedgerFact[]])[]
): { readonly state: CollateralState; readonly history: readonly AccountChange[] } {
  const state = new CollateralState({ chainId: 99, keccak256 });
  state.apply(listing, lookupOf([]));
  for (const [height, ...facts] of transactions) state.apply(facts, lookupOf(entries), undefined, placeAt(height));
  return { state, history: state.takeChanges().history };
}

const parked = (index: bigint, amount: bigint, fee = 0n): LedgerFact => ({
  kind: 'parked',
  source: 1,
  index,
  account: account(1),
  vaultAsset: 1,
  amount,
  fee,
  reason: 'CAP',
});

describe('the changes of accounts', () => {
  it('name the entry, the fee’s receiver and what is on the line afterwards', () => {
    const entries = [lock(1, 50n, 1, 3n), lock(1, 20n)];
    const { history } = historyOf(entries, [7, applied(entries, 0, 2)]);
    expect(history).toMatchObject([
      { kind: 'locked', account: account(1), assetId: 4, delta: 47n, amount: 47n, source: 1, index: 1n, txHash: TX },
      { kind: 'locked', account: account(1), assetId: 4, delta: 20n, amount: 67n, source: 1, index: 2n },
      { kind: 'fees', account: FEE_TO, assetId: 4, delta: 3n, amount: 3n, source: 1, index: 2n },
    ]);
    expect(history.map(({ position }) => position)).toEqual([0n, 1n, 2n].map((at) => positionAt(7n, at)));
  });

  it('go on numbering within a block, and begin again in the next', () => {
    const entries = [lock(1, 50n), lock(1, 20n), lock(1, 5n)];
    const { history } = historyOf(
      entries,
      [7, applied(entries, 0, 1)],
      [7, applied(entries, 1, 2)],
      [9, applied(entries, 2, 3)],
    );
    expect(history.map(({ position }) => position)).toEqual([
      positionAt(7n, 0n),
      positionAt(7n, 1n),
      positionAt(9n, 0n),
    ]);
  });

  it('tell a seizure from a transfer, to both accounts', () => {
    const entries = [lock(1, 50n)];
    const moved = { kind: 'transferred', from: account(1), to: account(2), assetId: 4 } as const;
    const { history } = historyOf(
      entries,
      [7, applied(entries, 0, 1)],
      [8, { ...moved, amount: 20n, isSeized: false }, { ...moved, amount: 30n, isSeized: true }],
    );
    expect(history.slice(1)).toMatchObject([
      { kind: 'transferred', account: account(1), delta: -20n, amount: 30n, party: account(2) },
      { kind: 'transferred', account: account(2), delta: 20n, amount: 20n, party: account(1) },
      { kind: 'seized', account: account(1), delta: -30n, amount: 0n, party: account(2) },
      { kind: 'seized', account: account(2), delta: 30n, amount: 50n, party: account(1) },
    ]);
  });

  it('follow a parked credit to its line, to its vault or away', () => {
    const entries = [lock(1, 50n, 1, 2n), lock(1, 30n), lock(1, 20n)];
    const unparked = { kind: 'unparked', source: 1, account: account(1), assetId: 4, feeTo: account(5) } as const;
    const { history } = historyOf(
      entries,
      [7, parked(1n, 50n, 2n), parked(2n, 30n), parked(3n, 20n), applied(entries, 0, 3)],
      [8, { ...unparked, index: 1n, amount: 50n, fee: 2n }],
      [9, { kind: 'parked-released', source: 1, index: 2n, account: account(1), amount: 30n }],
    );
    expect(history).toMatchObject([
      { kind: 'parked', units: 50n, delta: 0n, amount: null, assetId: 4, index: 1n, reason: 'CAP' },
      { kind: 'parked', units: 30n },
      { kind: 'parked', units: 20n },
      { kind: 'unparked', account: account(1), delta: 48n, amount: 48n, index: 1n },
      { kind: 'fees', account: account(5), delta: 2n, amount: 2n },
      { kind: 'parked-released', account: account(1), units: 30n, delta: 0n, index: 2n },
    ]);
  });

  it('hold what else happens to an account', () => {
    const opted = { kind: 'opted', account: account(1), protocol: PROTOCOL } as const;
    const { history } = historyOf(
      [],
      [7, { kind: 'enabled', account: account(1), assetId: 4, on: true }, { ...opted, in: true }],
      [8, { ...opted, in: false }, { kind: 'enabled', account: account(1), assetId: 4, on: false }],
    );
    expect(history).toMatchObject([
      { kind: 'enabled', assetId: 4, delta: 0n, amount: 0n },
      { kind: 'opted-in', assetId: null, amount: null, party: paddedAddress(PROTOCOL) },
      { kind: 'opted-out', party: paddedAddress(PROTOCOL) },
      { kind: 'disabled', assetId: 4 },
    ]);
  });

  it('are taken once, and are not written down without a place', () => {
    const entries = [lock(1, 50n)];
    expect(folded(entries, applied(entries, 0, 1)).takeChanges().history).toEqual([]);
    const { state } = historyOf(entries, [7, applied(entries, 0, 1)]);
    expect(state.takeChanges().history).toEqual([]);
  });
});
