import { formatWire } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { Intake, type IntakeStore, type PostOutcome } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryViews } from '../entries/entry-views.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { type TestKey, TestJournal, testAccount, testEpoch, testKey, testLock } from '../testing/test-attesters.js';
import { createRecoverSigner } from './recover-signer.js';

const FRESH = [4, 5, 6, 7].map(testKey);
const ACTIVE_FROM = 1_700_000_050n;
const EXPIRES = ACTIVE_FROM + 86_400n;

let test: TestApp;
let forged: TestJournal;
beforeEach(async () => {
  test = await startTestApp();
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n), testLock(testAccount(1), 9n));
  forged = new TestJournal(test.journal.known).append(
    testLock(testAccount(6), 1_000n),
    testLock(testAccount(6), 1_000n),
    testLock(testAccount(6), 1_000n),
  );
});
afterEach(() => test.close());

const position = () => test.intake.books[0]?.position;

/** The sets after a rotation, read at a time of the chain. */
async function rotate(atSeconds: bigint, intake = test.intake): Promise<void> {
  const sets = [{ ...testEpoch(test.keys), expires: EXPIRES }, testEpoch(FRESH, 2, ACTIVE_FROM)];
  await intake.useEpochs(test.journal.known.domain, sets, atSeconds);
}

/** Hands in what three members of an epoch sign. */
async function sign(journal: TestJournal, epoch: 1 | 2, counts: readonly number[]): Promise<readonly PostOutcome[]> {
  const keys: readonly TestKey[] = epoch === 1 ? test.keys : FRESH;
  const asOf = epoch === 1 ? ACTIVE_FROM - 10n : ACTIVE_FROM + 10n;
  const statements = counts.map((count) => journal.statement(count, { epoch, asOf, tip: BigInt(count) }));
  return test.intake.postStatements(
    statements.flatMap((one) => keys.slice(0, 3).map((key) => journal.signed(key, one))),
  );
}

/** A key of an epoch. */
function keyOf(epoch: 1 | 2): TestKey {
  return testKey(epoch === 1 ? 1 : 4);
}

/** An intake on the same store, as a process has it that starts now. */
const newIntake = (store: IntakeStore = test.store.intake): Intake =>
  new Intake({
    store,
    clock: test.clock,
    observer: { observe: (event) => void test.events.push(event) },
    keccak256,
    recoverSigner: createRecoverSigner(),
  });

/** The store with some calls answered by others. */
const storeWith = (calls: Partial<IntakeStore>): IntakeStore =>
  new Proxy<IntakeStore>(test.store.intake, {
    get: (all, name: keyof IntakeStore) => calls[name] ?? all[name].bind(all),
  });

const codes = (outcomes: readonly PostOutcome[]): string[] => [
  ...new Set(outcomes.map((one) => (one.kind === 'refused' ? one.code : one.kind))),
];

describe('a statement of an epoch that has ended', () => {
  it('is refused once a final block has the time of its end, and taken until then, whatever the clock says', async () => {
    test.clock.nowValueMs += 10 * 86_400_000;
    await rotate(EXPIRES - 1n);
    expect(codes(await sign(test.journal, 1, [1]))).toEqual(['stored']);
    await rotate(EXPIRES);
    expect(codes(await sign(test.journal, 1, [2]))).toEqual(['EPOCH_ENDED']);
    expect(codes(await sign(test.journal, 2, [2]))).toEqual(['stored']);
  });

  it('is told as no fault of its signer', async () => {
    await rotate(EXPIRES);
    const payload = formatWire({ statements: [test.journal.signed(keyOf(1))] }) as object;
    const answer = await test.app.inject({ method: 'POST', url: '/v1/statements', payload });
    expect(answer.json()).toMatchObject({ code: 'EPOCH_ENDED' });
    expect(test.events.find(({ name }) => name === 'post-refused')?.level).toBe('info');
  });
});

describe('heads that keys of an ended epoch forged before', () => {
  it('give way to what the next set signs, with the entries that they confirmed', async () => {
    await rotate(ACTIVE_FROM);
    await sign(forged, 1, [1, 2, 3]);
    await test.intake.postEntries(forged.posted(keyOf(1)));
    expect(position()).toEqual(forged.position(3));

    await rotate(EXPIRES - 1n);
    expect(position()?.count).toBe(3n);
    await rotate(EXPIRES);
    expect(test.intake.books[0]).toMatchObject({ position: { count: 0n }, attestedCount: 0n });
    expect(test.events.find(({ name }) => name === 'entries-unvouched')?.fields).toMatchObject({ dropped: 3n });
    expect(codes(await sign(test.journal, 2, [1, 2, 3]))).toEqual(['stored']);
    await test.intake.postEntries(test.journal.posted(keyOf(2)));
    expect(position()).toEqual(test.journal.position(3));
  });

  it('do not come back when the process starts again', async () => {
    await sign(forged, 1, [1, 2, 3]);
    const intake = newIntake();
    await intake.open([test.journal.known]);
    await rotate(EXPIRES, intake);
    expect(intake.books[0]).toMatchObject({ attestedCount: 0n });
    expect(intake.books[0]?.goals.size).toBe(0);
    const later = newIntake();
    await rotate(EXPIRES, later);
    await later.open([test.journal.known]);
    expect(later.books[0]?.goals.size).toBe(0);
  });

  it('are no longer listed as attested', async () => {
    await rotate(ACTIVE_FROM);
    await sign(forged, 1, [1, 2, 3]);
    await sign(test.journal, 2, [2]);
    const listed = async (): Promise<readonly (readonly [string, number])[]> => {
      const url = `/v1/edges/${test.journal.known.edgeId}/statements?attested=true&limit=2`;
      const { statements } = (await test.app.inject({ url })).json<{
        statements: { statement: { count: string; epoch: number } }[];
      }>();
      return statements.map(({ statement: { count, epoch } }) => [count, epoch]);
    };
    expect(await listed()).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
    await rotate(EXPIRES);
    expect(await listed()).toEqual([['2', 2]]);
  });

  it('are not among the signatures that an entry has', async () => {
    const { edgeId } = test.journal.known;
    await rotate(ACTIVE_FROM);
    await sign(forged, 1, [1, 2, 3]);
    await rotate(EXPIRES);
    const statement = test.journal.statement(2, { epoch: 2, asOf: ACTIVE_FROM + 10n, tip: 2n });
    await test.intake.postStatements([test.journal.signed(keyOf(2), statement)]);
    await test.intake.postEntries(test.journal.posted(keyOf(2)));
    const read = async (index: number) => (await test.app.inject({ url: `/v1/entries/${edgeId}:${index}` })).json();
    const reason = 'its block is final; 1 of the 3 signatures it needs are there';
    expect(await read(2)).toMatchObject({ stage: 'final', attestedBy: 1, quorum: 3, reason });
    expect(await read(3)).toMatchObject({ stage: 'final', attestedBy: 0, quorum: 3 });
    const views = test.app.get(EntryViews);
    expect(await views.underWay(testAccount(2), new Map())).toMatchObject([{ index: 2n, reason }]);
    expect(await views.underWay(testAccount(2), new Map([[edgeId, 1n]]))).toMatchObject([{ index: 2n, reason }]);
  });

  it('count for the entries that the replica applied by them', async () => {
    await sign(test.journal, 1, [2]);
    await test.intake.postEntries(test.journal.posted(keyOf(1)));
    test.intake.books[0]?.noteFolded(test.journal.position(2));
    test.intake.books[0]?.noteApplied(2n);
    await rotate(EXPIRES);
    const url = `/v1/entries/${test.journal.known.edgeId}:1`;
    expect((await test.app.inject({ url })).json()).toMatchObject({ stage: 'applied', attestedBy: 3 });
  });

  it('give way to what the replica applied, even while their epoch lasts', async () => {
    const { edgeId } = test.journal.known;
    await sign(forged, 1, [1, 2, 3]);
    await test.intake.adoptAppliedHead(edgeId, test.journal.position(3));
    const entries = { from: 0n, ...test.journal.located() };
    expect(await test.intake.adoptEntries(edgeId, entries)).toBe(3);
    expect(position()).toEqual(test.journal.position(3));
  });

  it('give way to what a newer epoch signs while both last, and do not come again', async () => {
    await rotate(ACTIVE_FROM);
    await sign(forged, 1, [3]);
    await sign(test.journal, 2, [3]);
    const again = forged.statement(3, { asOf: ACTIVE_FROM - 9n });
    await test.intake.postStatements(test.keys.slice(0, 3).map((key) => forged.signed(key, again)));
    await test.intake.postEntries(test.journal.posted(keyOf(2)));
    expect(position()).toEqual(test.journal.position(3));
  });
});

describe('entries that an epoch confirmed which has ended since', () => {
  beforeEach(async () => {
    await test.intake.postEntries(test.journal.posted(keyOf(1)));
    await sign(test.journal, 1, [1, 2, 3]);
  });

  it('stay as far as the replica applied them', async () => {
    test.intake.books[0]?.noteFolded(test.journal.position(2));
    await rotate(EXPIRES);
    expect(position()).toEqual(test.journal.position(2));
  });

  it('stay as far as the next set signs a head over them', async () => {
    await rotate(ACTIVE_FROM);
    await sign(test.journal, 2, [3]);
    await rotate(EXPIRES);
    expect(position()).toEqual(test.journal.position(3));
    expect(test.intake.books[0]?.attestedCount).toBe(3n);
  });

  it('stay up to where the replica took others', async () => {
    const { edgeId: edge } = test.journal.known;
    const other = new TestJournal(test.journal.known).append(
      ...test.journal.entries.slice(0, 1),
      ...forged.entries.slice(0, 2),
    );
    const replica = {
      edge,
      index: 2n,
      packed: other.packed(1, 2),
      head: other.position(2).head,
      account: testAccount(6),
    };
    await test.store.intake.saveReplicaEntries({ edge, generation: 0 }, [replica]);
    test.intake.books[0]?.noteFolded(other.position(2));
    await rotate(EXPIRES);
    expect(position()).toEqual(test.journal.position(1));
  });
});

describe('an edge that is opened while the sets are known', () => {
  beforeEach(async () => {
    await test.intake.postEntries(test.journal.posted(keyOf(1)));
    await sign(test.journal, 1, [1, 2, 3]);
  });

  it('holds no entries that only an ended epoch confirmed', async () => {
    const later = newIntake();
    await rotate(EXPIRES, later);
    await later.open([test.journal.known]);
    expect(later.books[0]).toMatchObject({ position: { count: 0n }, attestedCount: 0n });
    const { edgeId: edge } = test.journal.known;
    expect(await test.store.intake.loadEntries({ edge, from: 0n, to: 3n, limit: 9 })).toEqual([]);
  });

  it('is shown to nobody before it is fitted to them, nor where that fails', async () => {
    const { edgeId } = test.journal.known;
    const shown: unknown[] = [];
    const later = newIntake(
      storeWith({
        dropUnvouched: (asked) => {
          shown.push(later.book(edgeId)?.attestedCount);
          return shown.length === 1 ? Promise.reject(new Error('no disk')) : test.store.intake.dropUnvouched(asked);
        },
      }),
    );
    await rotate(EXPIRES, later);
    await expect(later.open([test.journal.known])).rejects.toThrow('no disk');
    await later.open([test.journal.known]);
    expect(shown).toEqual([undefined, undefined]);
    expect(later.book(edgeId)).toMatchObject({ attestedCount: 0n });
  });

  it('keeps how far its replica is where another source replaces it', async () => {
    test.intake.books[0]?.noteApplied(2n);
    await test.intake.open([{ ...test.journal.known, source: 2 }]);
    expect(test.intake.books[0]).toMatchObject({ known: { source: 2 }, appliedCount: 2n });
  });

  it('holds no signatures of suspended members', async () => {
    const later = newIntake();
    const suspended = test.keys.slice(0, 2).map(({ address }) => address);
    await later.useEpochs(test.journal.known.domain, [{ ...testEpoch(test.keys), suspended }], 0n);
    await later.open([test.journal.known]);
    expect(test.events.find(({ name }) => name === 'signatures-dropped')?.fields).toMatchObject({ dropped: 6 });
  });

  it('keeps what its replica applied where another source replaces it', async () => {
    test.intake.books[0]?.noteFolded(test.journal.position(2));
    await rotate(EXPIRES);
    await test.intake.open([{ ...test.journal.known, source: 2 }]);
    expect(test.intake.books[0]).toMatchObject({ known: { source: 2 }, position: test.journal.position(2) });
  });
});
