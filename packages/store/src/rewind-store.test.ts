import { ZERO_WORD, packEntry, tokenUnits } from '@surety/domain';
import type { CandidateFact, EntryFact, MilestoneFact } from '@surety/workflows';
import { expect, it } from 'vitest';
import { onEachDatabase } from './testing/on-each-database.js';
import { EDGE, member, statement, word } from './testing/store-facts.js';

const NEXT = word(77);
const REWOUND = { generation: 1, name: NEXT, point: { count: 2n, head: word(2) } };

function entry(n: number, branch = 0): EntryFact {
  const [amount, account] = [tokenUnits(BigInt(n + branch)), word(7)];
  const body = { asset: 1, amount, account, party: ZERO_WORD, fee: tokenUnits(0n) };
  return {
    edge: EDGE,
    index: BigInt(n),
    packed: packEntry({ kind: 'LOCK', ...body }),
    head: word(n + branch),
    account,
  };
}
function candidate(n: number): CandidateFact {
  return { edge: EDGE, poster: member(1), index: BigInt(n), packed: entry(n).packed, stage: 'final' };
}
const milestone = (stage: MilestoneFact['stage'], count: bigint): MilestoneFact => ({
  edge: EDGE,
  stage,
  count,
  atMs: 1,
});
const signedUnder = (name: typeof EDGE, n: number, signer: number) => {
  const signed = statement(n, signer, { edge: name, asOf: name === NEXT ? 200n : 100n });
  return { ...signed, edge: EDGE };
};

onEachDatabase('an edge whose replica was rewound', (opened) => {
  /** Stores three entries, one of them above the point, with their signatures and milestones, and rewinds. */
  async function rewind(keepsEntries: boolean): Promise<void> {
    const { intake } = opened.store;
    await intake.saveEntries(EDGE, [entry(1), entry(2), entry(3)]);
    await intake.saveCandidates({ edge: EDGE, poster: member(1), candidates: [candidate(4)] });
    await intake.saveStatements({ statements: [1, 2, 3].map((n) => signedUnder(EDGE, 3, n)), contradictions: [] });
    const stages = ['seen', 'final', 'attested', 'applied'] as const;
    await intake.saveMilestones(stages.flatMap((stage) => [milestone(stage, 2n), milestone(stage, 3n)]));
    for (let times = 0; times < 2; times++) await intake.rewindEdge({ edge: EDGE, rewound: REWOUND, keepsEntries });
  }

  it('keeps the entries up to its point, and the others as the replica’s', async () => {
    await rewind(false);
    const { intake, views } = opened.store;
    expect(await intake.loadEdge(EDGE)).toEqual({
      rewinds: [REWOUND],
      position: { count: 2n, head: word(2) },
      vouchedCount: 0n,
      attestedCount: 0n,
      attestedGaps: [],
      goals: [],
      candidates: [],
      attesters: [],
    });
    const held = { edge: EDGE, generation: 0, from: 0n, to: 9n };
    expect(await intake.loadReplicaEntries(held)).toEqual([entry(3)]);
    expect(await intake.loadReplicaEntries({ ...held, generation: 1 })).toEqual([]);
    expect(await intake.loadReplicaEntries({ ...held, to: 2n })).toEqual([]);
    expect(await views.loadMilestones(EDGE, 3n)).toEqual({});
    expect(Object.keys(await views.loadMilestones(EDGE, 2n))).toEqual(['seen', 'final', 'attested', 'applied']);
    await intake.saveEntries(EDGE, [entry(3, 50)]);
    expect((await intake.loadEdge(EDGE)).position).toEqual({ count: 3n, head: word(53) });
  });

  it('keeps entries that the journal itself proved, and their milestones', async () => {
    await rewind(true);
    const { intake, views } = opened.store;
    expect(await intake.loadEdge(EDGE)).toMatchObject({ position: { count: 3n }, candidates: [], attestedCount: 0n });
    expect(await intake.loadReplicaEntries({ edge: EDGE, generation: 0, from: 0n, to: 9n })).toEqual([]);
    expect(Object.keys(await views.loadMilestones(EDGE, 3n))).toEqual(['seen', 'final']);
  });

  it('counts only signatures under the present name', async () => {
    await rewind(false);
    const { intake, views } = opened.store;
    await intake.saveStatements({ statements: [1, 2, 3].map((n) => signedUnder(NEXT, 70, n)), contradictions: [] });
    expect(await intake.loadEdge(EDGE)).toMatchObject({
      attestedCount: 70n,
      attestedGaps: [{ from: 2n, to: 70n }],
      goals: [{ count: 70n }],
      attesters: [1, 2, 3].map((n) => ({ address: member(n), count: 70n })),
    });
    const asked = { after: 0n, limit: 9, attested: { applied: 0n, endedThrough: 0 } };
    expect(await views.loadStatements({ ...asked, edge: NEXT })).toMatchObject([{ statement: { count: 70n } }]);
    expect(await views.loadStatements({ ...asked, edge: EDGE })).toMatchObject([{ statement: { count: 3n } }]);
    const progress = await views.loadProgress({ edge: EDGE, name: NEXT, applied: 0n, endedThrough: 0 }, 0n);
    expect(progress.signersOf(3n)).toMatchObject({ signers: 3 });
    expect(progress.milestonesOf(2n).applied?.count).toBe(2n);
  });

  it('keeps what a replica took beside the edge’s own entries', async () => {
    const { intake } = opened.store;
    for (let times = 0; times < 2; times++)
      await intake.saveReplicaEntries({ edge: EDGE, generation: 1 }, [entry(3, 50), entry(4, 50)]);
    const range = { edge: EDGE, generation: 1, from: 3n, to: 9n };
    expect(await intake.loadReplicaEntries(range)).toEqual([entry(4, 50)]);
    expect((await intake.loadEdge(EDGE)).position.count).toBe(0n);
  });
});
