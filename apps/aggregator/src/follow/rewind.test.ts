import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytes32, bytesToHex, txHash } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testAccount, testLock, word } from '../testing/test-attesters.js';
import { ALICE, FEE_TO, TestLedger } from '../testing/test-ledger.js';

const [BOB, CAROL] = [testAccount(2), testAccount(3)];
const FORGED = testLock(BOB, 300_000_000n);
const HONEST = testLock(CAROL, 70_000_000n);
/** Transaction that brought the batch with the forged lock. */
const BROUGHT = txHash(word(0xbb));

let test: TestApp;
let ledger: TestLedger;
/** Name of the edge after the rewind to its first entry. */
let next: Bytes32;
/** What the vault journaled after all: it never saw the forged lock. */
let honest: TestJournal;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
  test.journal.append(FORGED, HONEST);
  await ledger.attest();
  const moved: LedgerFact = {
    kind: 'transferred',
    from: BOB,
    to: ALICE,
    assetId: 4,
    amount: 100_000_000n,
    isSeized: false,
  };
  test.reader.add({ ...ledger.applied(1, 3), txHash: BROUGHT } as LedgerFact, moved);
  await test.follower.advance();
  next = test.journal.nameAfter(1);
  const [first] = test.journal.entries;
  honest = new TestJournal(test.journal.known);
  if (first !== undefined) honest.append(first, HONEST);
  test.reader.entriesOf = (name, from, to) => (name === next ? honest : test.journal).packed(Number(from), Number(to));
});
afterEach(() => test.close());

const read = async (url: string): Promise<Record<string, unknown>> =>
  (await test.app.inject({ method: 'GET', url })).json<Record<string, unknown>>();

function hashOf(seq: number): Bytes32 {
  return bytes32(bytesToHex(keccak256(test.journal.packed(seq - 1, seq))));
}
const FORGED_UNITS = { source: 1, vaultAsset: 1, units: 300_000_000n };
const HONEST_UNITS = { source: 1, vaultAsset: 1, units: 70_000_000n };

/** What the ledger says while it is rewound to its first entry. */
function rewound(): LedgerFact[] {
  const { edgeId: edge } = test.journal.known;
  return [
    { kind: 'rewinding', source: 1, edge, next, ...test.journal.position(1) },
    { kind: 'orphaned', seq: 3n, entryHash: hashOf(3), ...HONEST_UNITS },
    { kind: 'unwound', source: 1, count: 2n },
    { kind: 'orphaned', seq: 2n, entryHash: hashOf(2), ...FORGED_UNITS },
    { kind: 'unwound', source: 1, count: 1n },
    { kind: 'edge-opened', source: 1, edge: next, previous: edge, generation: 1 },
  ];
}
/** The honest lock comes again, as the second entry. */
function cameAgain(): LedgerFact[] {
  const { count, head } = honest.position(2);
  return [
    { kind: 'came-again', seq: 2n, entryHash: hashOf(3), ...HONEST_UNITS },
    { kind: 'applied', edge: next, from: 1n, to: count, head, feeTo: FEE_TO },
  ];
}
/** A forged credit of which a part was moved on is taken back as far as it is there; the vault is told of the rest. */
function takenBack(): LedgerFact[] {
  const [taken, missing] = [200_000_000n, 100_000_000n];
  return [{ kind: 'taken-back', source: 1, entryHash: hashOf(2), account: BOB, vaultAsset: 1, taken, missing }];
}
async function handInHonest(): Promise<void> {
  await test.intake.postEntries(honest.posted(ledger.key(0), { from: 1 }));
  const signed = test.keys.slice(0, 3).map((key) => honest.signed(key, honest.statement(2, { edge: next })));
  await test.intake.postStatements(signed);
}
const asset = async (): Promise<unknown> => ((await read('/v1/solvency'))['assets'] as unknown[])[0];

describe('a ledger whose replica is rewound', () => {
  it('leaves every line, and shows what is unsettled', async () => {
    const before = test.reader.tip;
    test.reader.add(...rewound());
    await test.follower.advance();
    expect(test.follower.cursor?.height).toBe(before + 1n);
    expect(await asset()).toMatchObject({ lines: '1370000000', orphaned: '370000000', missing: '0', found: '0' });
    expect((await read(`/v1/accounts/${BOB}`))['lines']).toMatchObject([{ amount: '200000000', unsettled: true }]);
    const { edgeId } = test.journal.known;
    expect((await read('/v1/edges'))['edges']).toMatchObject([
      { edge: edgeId, name: next, generation: 1, appliedCount: '1' },
      {},
    ]);
    const orphans = (await read('/v1/sources/1/orphans'))['orphans'] as { entryHash: Bytes32; entry: string }[];
    const told = [hashOf(2), hashOf(3)].toSorted();
    expect(orphans.map(({ entryHash }) => entryHash)).toEqual(told);
    expect(orphans.find((one) => one.entryHash === hashOf(2))).toEqual({
      source: 1,
      entryHash: hashOf(2),
      entry: bytesToHex(test.journal.packed(1, 2)),
      vaultAsset: 1,
      count: 1,
    });
    const after = (await read(`/v1/sources/1/orphans?after=${told[0]}`))['orphans'];
    expect(after).toMatchObject([{ entryHash: told[1] }]);
  });

  it('takes statements under the present name, refuses those under a former one, and asks for others again', async () => {
    const under = (edge: Bytes32, count = 2) =>
      test.keys.map((key) => honest.signed(key, honest.statement(count, { edge })));
    const codes = async (signed: ReturnType<typeof under>): Promise<unknown> => {
      const outcomes = await test.intake.postStatements(signed.slice(0, 3));
      return outcomes.map((one) => ('code' in one ? one.code : one.kind));
    };
    const { edgeId } = test.journal.known;
    expect(await codes(under(next))).toEqual(Array(3).fill('UNKNOWN_EDGE'));
    test.reader.add(...rewound());
    await test.follower.advance();
    expect(await codes(under(edgeId))).toEqual(Array(3).fill('FORMER_NAME'));
    await test.intake.postEntries(honest.posted(ledger.key(0), { from: 1 }));
    expect(await codes(under(next))).toEqual(Array(3).fill('stored'));
    expect(await read(`/v1/entries/${edgeId}:2`)).toMatchObject({
      stage: 'attested',
      attestedBy: 3,
      amount: '70000000',
    });
    const listed = (await read(`/v1/edges/${next}/statements?after=0`))['statements'];
    expect(listed).toMatchObject([{ statement: { edge: next, count: '2' } }]);
  });

  it('credits nothing twice, takes back what never comes again, and tells the vault of what is missing', async () => {
    test.reader.add(...rewound());
    await test.follower.advance();
    await handInHonest();
    test.reader.add(...cameAgain());
    await test.follower.advance();
    expect(await asset()).toMatchObject({ lines: '1370000000', orphaned: '300000000' });
    expect(test.follower.books.replicas).toMatchObject([{ name: next, count: 2n, head: honest.position(2).head }]);
    test.reader.add(...takenBack());
    await test.follower.advance();
    expect(await asset()).toMatchObject({ lines: '1170000000', orphaned: '0', missing: '100000000' });
    expect((await read('/v1/sources/1/orphans'))['orphans']).toEqual([]);
    expect((await read(`/v1/accounts/${ALICE}`))['lines']).toMatchObject([{ unsettled: true }]);
  });

  it('goes on from what is stored, and is the same when all is rebuilt from nothing', async () => {
    const [begin, first, ...rest] = rewound();
    for (const facts of [[begin, first], rest, [], cameAgain(), takenBack()] as LedgerFact[][]) {
      if (facts.some(({ kind }) => kind === 'came-again')) await handInHonest();
      test.reader.add(...facts);
      await test.follower.advance();
      await test.follower.open();
    }
    const { hash } = (await read('/v1/status'))['stateHash'] as { hash: string };
    const rebuilt = await startTestApp({ reader: test.reader, vaultReader: test.vaultReader, releases: test.releases });
    try {
      rebuilt.origin.entries = honest.located();
      // Nobody hands the forged lock in any more: only the transaction that brought it does.
      await expect(rebuilt.follower.advance()).rejects.toMatchObject({ code: 'ENTRIES_MISSING' });
      test.reader.inputs.set(BROUGHT, { from: 1n, packed: test.journal.packed(1, 3) });
      await rebuilt.follower.advance();
      const status = await rebuilt.app.inject({ method: 'GET', url: '/v1/status' });
      expect(status.json().stateHash).toMatchObject({ hash });
    } finally {
      await rebuilt.close();
    }
  });
});

describe('the logs of a rewind', () => {
  it('are refused if no proof shows that the replica was rewound', async () => {
    test.reader.unproven = true;
    test.reader.add(...rewound());
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.follower.books.replicas).toMatchObject([{ edge: test.journal.known.edgeId, count: 3n }]);
  });

  it.each(['rewinding', 'unwound', 'edge-opened'])(
    'are asked of another provider if one leaves out %s',
    async (kind) => {
      test.reader.omit = (fact) => fact.kind === kind;
      test.reader.add(...rewound());
      await test.follower.advance();
      expect(test.follower.books.replicas).toMatchObject([{ name: next, generation: 1, count: 1n }]);
    },
  );

  it('are found to lack an orphan by the ledger’s own figures, and asked of another provider next', async () => {
    test.reader.omit = (fact) => fact.kind === 'orphaned' && fact.seq === 3n;
    test.reader.add(...rewound());
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.follower.advance();
    expect(await asset()).toMatchObject({ orphaned: '370000000' });
  });

  it('are found to lack what was taken back', async () => {
    test.reader.add(...rewound());
    await test.follower.advance();
    test.reader.omit = ({ kind }) => kind === 'taken-back';
    test.reader.add(...takenBack());
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.follower.advance();
    expect(await asset()).toMatchObject({ missing: '100000000' });
  });
});
