import {
  type Bytes32,
  type Entry,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  foldJournal,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ReplicaFact } from '../following/replica-fact.js';
import { codeOf, keccak256 } from '../testing/ledger-facts.js';
import type { VaultFact } from './vault-fact.js';
import { VaultState } from './vault-state.js';

const word = (digits: string): Bytes32 => bytes32(`0x${digits.repeat(32)}`);
const [EDGE, NEXT] = [word('e1'), word('e3')];
const ALICE = bytes32(`0x${'aa'.repeat(20)}${'0'.repeat(24)}`);
const RECIPIENT = address(`0x${'77'.repeat(20)}`);
const BLOCK = { chainId: 31, height: 7n, hash: blockHash(word('bb')) };
const replica: ReplicaFact = {
  chainId: 31,
  edge: EDGE,
  source: 1,
  originChainId: 99,
  vault: address(`0x${'a1'.repeat(20)}`),
  count: 0n,
  head: EDGE,
};

function entry(kind: Entry['kind'], amount: bigint, party: Bytes32, account = ALICE): Entry {
  return { kind, asset: 1, amount: tokenUnits(amount), account, party, fee: tokenUnits(0n) };
}
const release = (amount: bigint): Entry => entry('RELEASE', amount, bytes32(`0x${'0'.repeat(24)}${'77'.repeat(20)}`));
const loss = entry('LOST', 33n, ZERO_WORD, ZERO_WORD);

/** What the replica held: two releases up to the point, then a loss, a paid release, an open one and a stopped one. */
const before = [release(80n), release(40n), loss, release(60n), release(20n), release(9n)];
/** What the journal holds above the point. */
const after = [...before.slice(0, 2), release(60n), release(11n)];

function packedOf({ edge, from, to }: { edge: Bytes32; from: bigint; to: bigint }): Uint8Array {
  return packEntries((edge === NEXT ? after : before).slice(Number(from), Number(to)));
}
/** A batch of entries under a name, as logged. */
function batch(name: Bytes32, from: number, to: number): VaultFact {
  const entries = (name === NEXT ? after : before).slice(0, to);
  const { head } = foldJournal({ count: 0n, head: EDGE }, packEntries(entries), keccak256);
  return { kind: 'applied', edge: name, from: BigInt(from), to: BigInt(to), head };
}
const queued = (seq: bigint, { amount, account }: Entry): VaultFact => {
  return { kind: 'queued', seq, vaultAsset: 1, account, recipient: RECIPIENT, amount, readyAt: 100n };
};
const pointHead = foldJournal({ count: 0n, head: EDGE }, packEntries(before.slice(0, 2)), keccak256).head;
const rewinding: VaultFact = { kind: 'rewinding', edge: EDGE, next: NEXT, count: 2n, head: pointHead };
const voided = (seq: bigint, due: bigint): VaultFact => ({ kind: 'voided', seq, due });
const paidPastPoint: VaultFact = { kind: 'paid-past-point', seq: 4n, amount: 60n };
const unwound: VaultFact = { kind: 'unwound', count: 2n };
const opened: VaultFact = { kind: 'edge-opened', edge: NEXT, previous: EDGE, generation: 1 };
const live: VaultFact = { kind: 'edge-state', state: 'LIVE', until: 0n, cause: 'rewound' };
const rewind = [rewinding, voided(6n, 0n), voided(5n, 20n), paidPastPoint, voided(3n, 0n), unwound, opened, live];
const at = (...facts: VaultFact[]): { block: typeof BLOCK; facts: VaultFact[] } => ({ block: BLOCK, facts });

/** Builds a vault that replayed all, paid the fourth, stopped the sixth and took the loss, with further facts. */
function vaultAfter(...facts: VaultFact[]): VaultState {
  const state = new VaultState({ replica, sums: [], keccak256 });
  const releases = before.flatMap((one, n) => (one.kind === 'RELEASE' ? [queued(BigInt(n + 1), one)] : []));
  const waits: VaultFact = { kind: 'loss-queued', seq: 3n, vaultAsset: 1, amount: 33n, found: false, readyAt: 100n };
  state.apply(at(...releases, waits, batch(EDGE, 0, 6)), packedOf);
  const taken: VaultFact = { kind: 'loss-taken', seq: 3n, vaultAsset: 1, units: 33n, found: false };
  state.apply(at({ kind: 'paid', seq: 4n }, taken, { kind: 'stopped', seq: 6n, reason: word('05') }), packedOf);
  state.apply(at(...facts), packedOf);
  return state;
}
const statesOf = (state: VaultState): Record<string, string> =>
  Object.fromEntries(state.takeChanges().payments.map(({ seq, state: stands }) => [String(seq), stands]));

describe('a vault that is rewound', () => {
  it('refuses steps that do not follow each other, and payments in another state', () => {
    const refused: readonly (readonly VaultFact[])[] = [
      [voided(6n, 0n)],
      [unwound],
      [opened],
      [rewinding, rewinding],
      [{ ...rewinding, head: EDGE, count: 0n }, unwound, opened],
      [rewinding, voided(4n, 60n)],
      [rewinding, { ...paidPastPoint, seq: 5n }],
      [rewinding, { ...paidPastPoint, seq: 3n, amount: 33n }],
      [rewinding, voided(2n, 40n)],
      [rewinding, voided(5n, 20n), voided(6n, 0n)],
      [rewinding, unwound, voided(5n, 20n)],
      [rewinding, opened],
      [rewinding, batch(EDGE, 6, 6)],
      [...rewind, batch(EDGE, 2, 4)],
      [...rewind, { ...opened, previous: NEXT }],
    ];
    for (const facts of refused) expect([codeOf(() => vaultAfter(...facts)), facts]).toEqual(['FACT_GAP', facts]);
  });

  it('voids what was open, stopped and taken, and accounts again for what was paid', () => {
    expect(vaultAfter().sums.get(1)).toMatchObject({ edge: EDGE, owed: 140n, paid: 60n });
    const state = vaultAfter(...rewind);
    expect(state.sums.get(1)).toMatchObject({ edge: EDGE, owed: 120n, paid: 0n });
    expect(state.replica).toMatchObject({ edge: EDGE, name: NEXT, generation: 1, count: 2n, head: pointHead });
    expect(state.replica).toMatchObject({ condition: { state: 'LIVE', cause: 'rewound' } });
    expect(statesOf(state)).toEqual({ 1: 'QUEUED', 2: 'QUEUED', 3: 'VOID', 4: 'VOID', 5: 'VOID', 6: 'VOID' });
    state.apply(at({ kind: 'paid', seq: 1n }, { kind: 'paid', seq: 2n }), packedOf);
    expect(state.sums.get(1)).toMatchObject({ owed: 0n, paid: 120n });
  });

  it('assigns the indices above its point to other releases, and counts a paid one as paid', () => {
    const settled: VaultFact = { kind: 'settled', seq: 3n, amount: 60n };
    const state = vaultAfter(...rewind, settled, queued(4n, release(11n)), batch(NEXT, 2, 4));
    expect(state.sums.get(1)).toMatchObject({ owed: 131n, paid: 60n });
    const rows = state.takeChanges().payments;
    expect(rows.find(({ seq }) => seq === 3n)).toMatchObject({ edge: EDGE, state: 'PAID', amount: 60n, isLoss: false });
    expect(rows.find(({ seq }) => seq === 4n)).toMatchObject({ state: 'QUEUED', amount: 11n });
    expect(state.replica).toMatchObject({ name: NEXT, count: 4n });
  });

  it('keeps a release stopped without a log if it comes again, and needs its row for that', () => {
    // A REFUND of the sixth is journaled, so it is not voided.
    const kept = rewind.filter((fact) => !(fact.kind === 'voided' && fact.seq === 6n));
    const state = vaultAfter(...kept);
    state.takeChanges();
    state.release();
    const told = at(queued(3n, release(33n)), queued(4n, release(60n)), queued(5n, release(20n)), batch(NEXT, 2, 6));
    expect(state.lackingFor(told.facts)).toEqual([6n]);
    const same = ({ to }: { to: bigint }): Uint8Array =>
      packEntries([release(33n), release(60n), release(20n), release(9n)].slice(0, Number(to) - 2));
    const row = vaultAfter(...kept)
      .takeChanges()
      .payments.find(({ seq }) => seq === 6n);
    state.hold(row === undefined ? [] : [row]);
    state.apply(told, same);
    expect(statesOf(state)).toEqual({ 3: 'QUEUED', 4: 'QUEUED', 5: 'QUEUED' });
    const other = ({ to }: { to: bigint }): Uint8Array =>
      packEntries([release(33n), release(60n), release(20n), release(8n)].slice(0, Number(to) - 2));
    expect(codeOf(() => vaultAfter(...kept).apply(told, other))).toBe('FACT_GAP');
    expect(codeOf(() => vaultAfter(...rewind).apply(told, same))).toBe('FACT_GAP');
  });

  it('may pay and stop again what comes in the transaction that ends the rewind', () => {
    const stop: VaultFact = { kind: 'stopped', seq: 4n, reason: word('06') };
    const state = vaultAfter(...rewind, queued(3n, release(60n)), queued(4n, release(11n)), stop, batch(NEXT, 2, 4));
    expect(state.sums.get(1)).toMatchObject({ owed: 180n, paid: 0n });
    expect(statesOf(state)).toMatchObject({ 3: 'QUEUED', 4: 'STOPPED' });
  });
});
