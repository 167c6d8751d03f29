import { STATEMENTS_PER_COUNT_MAX } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { openDatabase } from './open-database.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { EDGE, word, member, statement } from './testing/store-facts.js';

onEachDatabase('statements', (opened) => {
  it('stores a signature once, however often it is posted', async () => {
    const first = await opened.store.intake.saveStatements({
      statements: [statement(3, 1), statement(3, 1)],
      contradictions: [],
    });
    expect(first).toEqual({ fresh: [true, false], completed: [] });
    expect(
      (await opened.store.intake.saveStatements({ statements: [statement(3, 1)], contradictions: [] })).fresh,
    ).toEqual([false]);
  });

  it('reports a complete statement once', async () => {
    await opened.store.intake.saveStatements({ statements: [statement(3, 1), statement(3, 2)], contradictions: [] });
    const third = await opened.store.intake.saveStatements({ statements: [statement(3, 3)], contradictions: [] });
    expect(third.completed).toMatchObject([{ count: 3n, head: word(3) }]);
    expect(
      (await opened.store.intake.saveStatements({ statements: [statement(3, 4)], contradictions: [] })).completed,
    ).toEqual([]);
    expect(await opened.store.intake.loadEdge(EDGE)).toMatchObject({
      attestedCount: 3n,
      goals: [{ count: 3n, head: word(3) }],
    });
  });

  it('reports gaps of more than one cut between complete statements', async () => {
    for (const count of [64, 128, 300, 364, 500])
      await opened.store.intake.saveStatements({
        statements: [1, 2, 3].map((signer) => statement(count, signer)),
        contradictions: [],
      });
    await opened.store.intake.saveStatements({ statements: [statement(192, 1)], contradictions: [] });
    const { attestedGaps } = await opened.store.intake.loadEdge(EDGE);
    expect(attestedGaps).toEqual([
      { from: 128n, to: 300n },
      { from: 364n, to: 500n },
    ]);
  });

  it('keeps the first head of each member, and evidence once', async () => {
    const first = statement(3, 1);
    const second = { ...statement(3, 1, { head: word(9) }), digest: word(77) };
    await opened.store.intake.saveStatements({ statements: [first], contradictions: [] });
    const [held, none] = await opened.store.intake.loadSignedHeads([
      { edge: EDGE, count: 3n, signer: member(1) },
      { edge: EDGE, count: 3n, signer: member(2) },
    ]);
    expect(held?.signed.statement).toEqual(first.statement);
    expect(none).toBeUndefined();
    for (let times = 0; times < 2; times++)
      await opened.store.intake.saveStatements({ statements: [], contradictions: [{ first, second }] });
    expect(await opened.store.views.countRows()).toMatchObject({ contradictions: 1 });
  });

  it('keeps one contradiction per member and edge, however many there are', async () => {
    const first = statement(3, 1);
    const contradictions = [9, 10, 11].map((n) => ({
      first,
      second: { ...statement(n, 1, { head: word(n) }), digest: word(n) },
    }));
    await opened.store.intake.saveStatements({ statements: [], contradictions });
    const other = { first: statement(3, 2), second: statement(3, 2, { head: word(9) }) };
    await opened.store.intake.saveStatements({ statements: [], contradictions: [other] });
    expect(await opened.store.views.countRows()).toMatchObject({ contradictions: 2 });
  });

  describe('of a member that wait for others', () => {
    const trim = (signer: number, keep: number) =>
      opened.store.intake.trimOpenStatements({ edge: EDGE, signer: member(signer), keep, forgetAbove: 3n });
    const held = async () => {
      const all = await opened.store.views.loadStatements({ edge: EDGE, after: 0n, limit: 100, attested: false });
      return all.map(({ statement: { count, asOf }, signatures }) => [Number(count), Number(asOf), signatures.length]);
    };

    it('are counted', async () => {
      const statements = [1, 2, 3].flatMap((n) => [statement(n, 1), statement(n, 2)]);
      await opened.store.intake.saveStatements({ statements, contradictions: [] });
      await opened.store.intake.saveStatements({ statements: [statement(2, 3)], contradictions: [] });
      expect([await trim(1, 2), await trim(3, 2), await trim(4, 2)]).toEqual([2, 0, 0]);
      expect(await held()).toHaveLength(3);
    });

    it('go without those of others and complete ones: the oldest, and of one time the highest', async () => {
      const complete = [1, 2, 3].map((who) => statement(1, who, { asOf: 1n }));
      const others = [statement(2, 2), statement(3, 2, { asOf: 1n })];
      const own = [statement(2, 1), statement(3, 1), statement(4, 1, { asOf: 90n }), statement(5, 1)];
      await opened.store.intake.saveStatements({ statements: [...complete, ...others, ...own], contradictions: [] });
      expect(await trim(1, 2)).toBe(2);
      expect(await held()).toEqual([
        [1, 1, 3],
        [2, 100, 2],
        [3, 100, 1],
        [3, 1, 1],
      ]);
    });

    it('take with them their first heads far above the entries, except that of the highest count', async () => {
      const counts = [2, 3, 4, 9, 5];
      const statements = counts.map((n, at) => statement(n, 1, { asOf: BigInt(100 + at) }));
      await opened.store.intake.saveStatements({ statements, contradictions: [] });
      expect(await trim(1, 1)).toBe(1);
      const keys = counts.map((n) => ({ edge: EDGE, count: BigInt(n), signer: member(1) }));
      const heads = await opened.store.intake.loadSignedHeads(keys);
      expect(heads.map((one) => one?.signed.statement.count)).toEqual([2n, 3n, undefined, 9n, 5n]);
    });
  });

  it('finds incomplete ones through an index that complete ones are not in', async () => {
    const database = await openDatabase(opened.database.url);
    const runner = database.createQueryRunner();
    const table = await runner.getTable('statements');
    await runner.release();
    await database.destroy();
    const index = table?.indices.find(({ name }) => name === 'open_statements');
    expect([index?.columnNames.sort(), index?.where]).toEqual([
      ['asOf', 'count', 'edge'],
      expect.stringMatching(/^\(?"?complete"? = 0\)?$/u),
    ]);
  });

  it('deletes a suspended member’s signatures under an epoch; only statements with k others stay complete', async () => {
    const signers = { 1: [1, 2, 3], 2: [1, 2, 3, 4], 4: [2, 3, 4] };
    const statements = Object.entries(signers).flatMap(([n, who]) => who.map((one) => statement(Number(n), one)));
    const later = [1, 2, 3].map((one) => statement(3, one, { epoch: 2 }));
    await opened.store.intake.saveStatements({ statements: [...statements, ...later], contradictions: [] });
    const suspension = { edge: EDGE, epoch: 1, signers: [member(1)] };
    expect(await opened.store.intake.dropSignatures({ ...suspension, edge: word(5) })).toBe(0);
    expect(await opened.store.intake.dropSignatures(suspension)).toBe(2);
    expect(await opened.store.intake.dropSignatures(suspension)).toBe(0);
    const all = await opened.store.views.loadStatements({ edge: EDGE, after: 0n, limit: 100, attested: false });
    expect(all.map(({ complete, signatures }) => [complete, signatures.length])).toEqual([
      [false, 2],
      [true, 3],
      [true, 3],
      [true, 3],
    ]);
    const [first] = await opened.store.intake.loadSignedHeads([{ edge: EDGE, count: 1n, signer: member(1) }]);
    expect(first?.signed.signer).toBe(member(1));
    const again = await opened.store.intake.saveStatements({ statements: [statement(1, 4)], contradictions: [] });
    expect(again.completed).toMatchObject([{ count: 1n }]);
  });

  it('keeps only the newest complete heartbeats of a count', async () => {
    for (let at = 0; at < STATEMENTS_PER_COUNT_MAX + 4; at++) {
      const statements = [1, 2, 3].map((signer) => statement(3, signer, { asOf: BigInt(100 + at) }));
      await opened.store.intake.saveStatements({ statements, contradictions: [] });
    }
    const all = await opened.store.views.loadStatements({ edge: EDGE, after: 0n, limit: 100, attested: false });
    expect(all).toHaveLength(STATEMENTS_PER_COUNT_MAX);
    expect(all[0]).toMatchObject({ complete: true, statement: { asOf: BigInt(100 + STATEMENTS_PER_COUNT_MAX + 3) } });
  });

  it('pages statements by count without splitting one', async () => {
    for (const n of [1, 2, 3]) {
      const statements = [1, 2, 3].flatMap((signer) => [statement(n, signer), statement(n, signer, { asOf: 200n })]);
      await opened.store.intake.saveStatements({ statements, contradictions: [] });
    }
    const page = await opened.store.views.loadStatements({ edge: EDGE, after: 0n, limit: 3, attested: false });
    expect(page.map((one) => one.statement.count)).toEqual([1n, 1n]);
    const attested = await opened.store.views.loadStatements({
      edge: EDGE,
      after: 1n,
      limit: 3,
      attested: { applied: 0n, endedThrough: 0 },
    });
    expect(attested.map(({ statement: { count, asOf }, signatures }) => [count, asOf, signatures.length])).toEqual([
      [2n, 200n, 3],
      [3n, 200n, 3],
    ]);
    const ended = { edge: EDGE, after: 0n, limit: 3, attested: { applied: 2n, endedThrough: 1 } };
    const history = await opened.store.views.loadStatements(ended);
    expect(history.map((one) => one.statement.count)).toEqual([1n, 2n]);
  });
});
