import { keccak256 } from '@surety/contracts';
import { edgeId } from '@surety/domain';
import type { KnownEdge, LedgerFact, VaultFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testEdge } from '../testing/test-attesters.js';
import { TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});
afterEach(() => test.close());

/** Gives the next generation of an edge, after a head of it. */
function nextOf(known: KnownEdge, previousHead: KnownEdge['edgeId']): KnownEdge {
  const edge = { ...known.edge, generation: 1, previousHead };
  return { ...known, edge, edgeId: edgeId(edge, keccak256) };
}

/** Gives what an end says of the way of an edge to its next generation, with nothing past the point but some facts. */
function changeOf<Fact>(
  known: KnownEdge,
  next: KnownEdge,
  at: { count: bigint; head: KnownEdge['edgeId'] },
  ...undone: Fact[]
) {
  const { edgeId: edge } = known;
  return {
    begun: [
      { kind: 'edge-closing', edge, next: next.edgeId, ...at },
      ...undone,
      { kind: 'edge-undone', edge, count: at.count },
    ],
    opened: { kind: 'edge-opened', edge: next.edgeId, previous: edge, generation: 1 },
  } as const;
}

describe('following a vault into its next generation', () => {
  /** Two releases of which the second lies past the point, and what the vault says when its edge goes on. */
  async function parted(): Promise<{ next: KnownEdge; begun: VaultFact[]; opened: VaultFact }> {
    await ledger.credit();
    await test.vault.open();
    ledger.release(300_000_000n, 7n);
    ledger.release(200_000_000n);
    await test.follower.advance();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    const { known } = test.releases;
    const point = test.releases.position(1);
    const next = nextOf(known, point.head);
    const voided: VaultFact = { kind: 'voided', seq: 2n, due: 200_000_000n };
    const { begun, opened } = changeOf(known, next, point, voided);
    return { next, begun: [...begun], opened };
  }

  it('refuses an opening that one provider leaves out, by the proof of the next edge', async () => {
    const { next, begun, opened } = await parted();
    test.vaultReader.generations = [test.releases.known, next];
    test.vaultReader.add(...begun, opened);
    test.vaultReader.hide = (fact) => fact.kind === 'edge-opened';
    await test.vault.advance();
    expect(test.vault.replica).toMatchObject({ edge: next.edgeId, generation: 1, count: 0n });
  });

  it('refuses an opening that no proof shows, configured or not', async () => {
    const { next, opened, begun } = await parted();
    test.vaultReader.invent = [...begun.filter(({ kind }) => kind !== 'voided'), opened];
    test.vaultReader.tip += 1n;
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    test.vaultReader.generations = [test.releases.known, next];
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.vault.replica.edge).toBe(test.releases.known.edgeId);
  });

  it('keeps both generations, voids what lay past the point, and goes on from what is stored', async () => {
    const { next, begun, opened } = await parted();
    const { edgeId: before } = test.releases.known;
    test.vaultReader.generations = [test.releases.known, next];
    test.vaultReader.add(...begun, opened);
    await test.vault.advance();
    await test.vault.open();
    expect(test.vault.replica).toMatchObject({ edge: next.edgeId, generation: 1, count: 0n });
    expect(test.vault.replicaOf(before)).toMatchObject({ count: 2n, condition: { state: 'CLOSED' } });
    expect(test.vault.sums.get(1)).toMatchObject({ edge: next.edgeId, owed: 300_000_000n });
    const rows = await test.store.payments.loadPayments(before, [1n, 2n]);
    expect(rows.map(({ seq, state }) => [seq, state])).toEqual([
      [1n, 'QUEUED'],
      [2n, 'VOID'],
    ]);
    const { json } = await test.app.inject({ method: 'GET', url: `/v1/entries/${before}:2` });
    expect(json()).toMatchObject({ stage: 'refused', reason: expect.stringContaining('is void') as string });
    // A payment of before the point is paid as ever, under the name of its own edge.
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ owed: 0n, paid: 300_000_000n });
  });
});

describe('following the ledger into a next generation', () => {
  it('refuses an opening that no proof shows, and takes one that it does', async () => {
    await ledger.credit();
    await test.follower.advance();
    const { known } = test.journal;
    const point = test.journal.position();
    const next = nextOf(known, point.head);
    const { begun, opened } = changeOf<LedgerFact>(known, next, point);
    test.reader.unproven = true;
    test.reader.add(...begun, opened);
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.follower.state.replicas.map(({ edge }) => edge)).toEqual([known.edgeId]);
  });

  it('asks another provider when one leaves an opening out that the proof of a configured edge shows', async () => {
    await test.close();
    const known = testEdge();
    const next = nextOf(known, known.edgeId);
    test = await startTestApp({ edges: [known, next] });
    new TestLedger(test).list();
    const { begun, opened } = changeOf<LedgerFact>(known, next, { count: 0n, head: known.edgeId });
    test.reader.add(...begun, opened);
    test.reader.omit = ({ kind }) => kind === 'edge-opened';
    await test.follower.advance();
    expect(test.follower.state.replicas).toMatchObject([{ edge: known.edgeId }, { edge: next.edgeId, generation: 1 }]);
  });

  it('keeps both generations over a restart', async () => {
    await ledger.credit();
    await test.follower.advance();
    const { known } = test.journal;
    const point = test.journal.position();
    const next = nextOf(known, point.head);
    const { begun, opened } = changeOf<LedgerFact>(known, next, point);
    test.reader.add(...begun);
    await test.follower.advance();
    await test.follower.open();
    test.reader.add(opened);
    await test.follower.advance();
    await test.follower.open();
    expect(
      test.follower.state.replicas.toSorted((left, right) => (left.generation ?? 0) - (right.generation ?? 0)),
    ).toMatchObject([
      { edge: known.edgeId, count: point.count, crossing: { next: next.edgeId, undone: point.count } },
      { edge: next.edgeId, count: 0n, generation: 1 },
    ]);
  });
});
