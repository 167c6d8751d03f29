import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytes32, bytesToHex } from '@surety/domain';
import type { LedgerFact, VaultFact } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lieOnce } from '../testing/lie-once.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testAccount, testLock, word } from '../testing/test-attesters.js';
import { FEE_TO, TestLedger } from '../testing/test-ledger.js';

const [BOB, CAROL] = [testAccount(2), testAccount(3)];
const [FORGED, HONEST, MORE] = [testLock(BOB, 300_000_000n), testLock(CAROL, 70_000_000n), testLock(CAROL, 5_000_000n)];

let test: TestApp;
let ledger: TestLedger;
/** What the vault journaled after all: it never saw the forged lock. */
let honest: TestJournal;
let next: Bytes32;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
  test.journal.append(FORGED, HONEST);
  await ledger.attest();
  test.reader.add(ledger.applied(1, 3));
  await test.follower.advance();
  const [first] = test.journal.entries;
  honest = new TestJournal(test.journal.known);
  if (first !== undefined) honest.append(first, HONEST, MORE);
  next = test.journal.nameAfter(1);
  test.reader.entriesOf = (name, from, to) => (name === next ? honest : test.journal).packed(Number(from), Number(to));
});
afterEach(() => test.close());

const edge = (): Bytes32 => test.journal.known.edgeId;
const hashOf = (seq: number): Bytes32 => bytes32(bytesToHex(keccak256(test.journal.packed(seq - 1, seq))));
const orphaned = (seq: number, units: bigint): LedgerFact => {
  return { kind: 'orphaned', seq: BigInt(seq), entryHash: hashOf(seq), source: 1, vaultAsset: 1, units };
};
const begun = (): LedgerFact => ({ kind: 'rewinding', source: 1, edge: edge(), next, ...test.journal.position(1) });
const unwound = (count: bigint): LedgerFact => ({ kind: 'unwound', source: 1, count });
/** What the ledger says after the rewind began. */
const rest = (): LedgerFact[] => [
  orphaned(3, 70_000_000n),
  unwound(2n),
  orphaned(2, 300_000_000n),
  unwound(1n),
  { kind: 'edge-opened', source: 1, edge: next, previous: edge(), generation: 1 },
];
const cameAgain = (): LedgerFact[] => {
  const { count, head } = honest.position(3);
  return [
    { kind: 'came-again', seq: 2n, entryHash: hashOf(3), source: 1, vaultAsset: 1, units: 70_000_000n },
    { kind: 'applied', edge: next, from: 1n, to: count, head, feeTo: FEE_TO },
  ];
};

const POINTS: readonly (readonly [string, () => Partial<{ count: bigint; head: Bytes32 }>])[] = [
  ['another count and head', () => test.journal.position(2)],
  ['another count', () => ({ count: 2n })],
  ['another head', () => ({ head: word(0x77) })],
];

describe('one provider that lies about a rewind of the ledger', () => {
  it.each(POINTS)('is refused with %s of its point, and an honest one goes on', async (_, point) => {
    const { refusals } = lieOnce<LedgerFact>(test.reader, (one) => [
      one.kind === 'rewinding' ? { ...one, ...point() } : one,
    ]);
    test.reader.add(begun());
    await test.follower.advance();
    expect(refusals).toHaveLength(1);
    expect(test.follower.books.replicas[0]?.rewind?.point).toEqual(test.journal.position(1));
    await test.follower.open();
    test.reader.add(...rest());
    await test.follower.advance();
    expect(test.follower.books.replicas).toMatchObject([{ name: next, generation: 1, ...test.journal.position(1) }]);
  });

  it('is refused with other steps of an unwinding that runs, and an honest one goes on', async () => {
    const { refusals } = lieOnce<LedgerFact>(test.reader, (one) => [
      one.kind === 'unwound' ? { ...one, count: 1n } : one,
    ]);
    test.reader.add(begun(), ...rest().slice(0, 2));
    await test.follower.advance();
    expect(refusals).toHaveLength(1);
    await test.follower.open();
    test.reader.add(...rest().slice(2));
    await test.follower.advance();
    expect(test.follower.books.replicas).toMatchObject([{ name: next, generation: 1, ...test.journal.position(1) }]);
  });

  it('is refused with another point in the logs that reach past it, and leaves no entry at the intake', async () => {
    const { refusals } = lieOnce<LedgerFact>(test.reader, (one) => {
      if (one.kind === 'rewinding') return [{ ...one, ...honest.position(2) }];
      const isLeftOut = one.kind === 'came-again' || (one.kind === 'orphaned' && one.seq === 2n);
      if (isLeftOut || (one.kind === 'unwound' && one.count === 1n)) return [];
      return [one.kind === 'applied' ? { ...one, from: 2n } : one];
    });
    test.reader.add(begun(), ...rest());
    test.reader.add(...cameAgain());
    test.origin.entries = honest.located();
    await test.follower.advance();
    expect(refusals).toHaveLength(1);
    expect(test.intake.book(edge())?.position).toEqual(honest.position(3));
    await test.follower.open();
    expect(test.follower.books.replicas).toMatchObject([{ name: next, ...honest.position(3) }]);
  });
});

describe('one provider that lies about a rewind of a vault', () => {
  it.each(['count', 'head'])('is refused with another %s of its point, and an honest one goes on', async (field) => {
    await test.vault.open();
    ledger.release(300_000_000n, 7n);
    ledger.release(200_000_000n);
    await test.follower.advance();
    const { releases, vaultReader } = test;
    const { edgeId } = releases.known;
    const queued = releases.entries.map(({ amount, account }, at): VaultFact => {
      const recipient = test.journal.known.edge.journal;
      return {
        kind: 'queued',
        seq: BigInt(at + 1),
        account,
        amount,
        vaultAsset: 1,
        recipient,
        readyAt: 1_700_000_000n,
      };
    });
    const { count: to, head } = releases.position(2);
    vaultReader.add(...queued, { kind: 'applied', edge: edgeId, from: 0n, to, head });
    await test.vault.advance();
    const name = releases.nameAfter(1);
    const wrong = field === 'count' ? { count: 0n } : { head: word(0x77) };
    const { refusals } = lieOnce<VaultFact>(vaultReader, (one) => [
      one.kind === 'rewinding' ? { ...one, ...wrong } : one,
    ]);
    vaultReader.add({ kind: 'rewinding', edge: edgeId, next: name, ...releases.position(1) });
    await test.vault.advance();
    expect(refusals).toHaveLength(1);
    await test.vault.open();
    vaultReader.add(
      { kind: 'voided', seq: 2n, due: 200_000_000n },
      { kind: 'unwound', count: 1n },
      { kind: 'edge-opened', edge: name, previous: edgeId, generation: 1 },
    );
    await test.vault.advance();
    expect(test.vault.replica).toMatchObject({ name, generation: 1, ...releases.position(1) });
  });
});
