import {
  type Address,
  type Bytes32,
  ENTRY_BYTES,
  type JournalHead,
  type Keccak256,
  address,
  foldHeads,
  journalHeadStructHash,
} from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedStatement } from '../ports/attester.js';
import type { EntryBytes, StatementSource } from '../ports/batch-source.js';
import { FakeClock } from '../testing/fake-clock.js';
import { unreachable } from '../testing/fake-aggregator.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { gatherBatches } from './gather-batches.js';
import { SIGNED_STATEMENTS_MAX } from './limits.js';
import { relayOnce } from './relay-once.js';
import { replicaOfVault } from './replica-of.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const MEMBERS = ['1', '2', '3', '4'].map((digit) => address(`0x${digit.repeat(40)}`));
const STRANGER = address(`0x${'9'.repeat(40)}`);
const QUORUM = 3;
let keccak256: Keccak256;
let packed: Uint8Array;
let heads: Bytes32[];
let vault: FakeVault;

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});

beforeEach(() => {
  packed = Uint8Array.from({ length: 10 * ENTRY_BYTES }, (_, at) => (at * 31) % 251);
  heads = foldHeads({ count: 0n, head: EDGE }, packed, keccak256);
  vault = new FakeVault({ edge: EDGE, source: 1, keccak256 });
});

function signed(signer: Address, count: bigint, extra: Partial<JournalHead> = {}): SignedStatement {
  const statement: JournalHead = {
    edge: EDGE,
    count,
    tip: count,
    head: heads[Number(count) - 1] ?? EDGE,
    blockNumber: count,
    blockHash: EDGE as string as JournalHead['blockHash'],
    asOf: 1_000n + count,
    epoch: 1,
    ...extra,
  };
  return { statement, signer, signature: `0x${signer.slice(2).padEnd(130, '0')}` };
}

const file = (...statements: SignedStatement[]): StatementSource => ({ readSigned: async () => statements });
const silent: StatementSource = { readSigned: () => Promise.reject(unreachable()) };
const logs: EntryBytes = {
  readEntries: async (_edge, from, to) => packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to)),
};

/** Accepts members' signatures, and rejects strangers' and changed ones. */
function judge({ statement, signer, signature }: SignedStatement) {
  if (!MEMBERS.includes(signer) || !signature.startsWith(signer)) return undefined;
  return { digest: journalHeadStructHash(statement, keccak256), quorum: QUORUM };
}

const gather = (statements: StatementSource[], entries = [logs]) => gatherBatches({ statements, entries, judge });
const relay = (source: ReturnType<typeof gather>) =>
  relayOnce({
    source: 1,
    direction: 'to-vault',
    edge: EDGE,
    nameOf: () => EDGE,
    sources: [source],
    replica: replicaOfVault(vault),
    clock: new FakeClock(),
    observer: new RecordingObserver(),
    policy: { pollIntervalMs: 1, gasCeiling: 8_000_000n, refreshShareBps: 5_000 },
  });

describe('a gathered source', () => {
  it('returns nothing below the quorum: repeats, strangers and other bytes do not count', async () => {
    const [a, b, c] = MEMBERS as [Address, Address, Address];
    const forged = { ...signed(c, 5n), signature: signed(STRANGER, 5n).signature };
    const few = [
      signed(a, 5n),
      signed(a, 5n),
      signed(b, 5n),
      signed(STRANGER, 5n),
      forged,
      signed(c, 5n, { asOf: 7n }),
    ];
    expect(await gather([file(...few)]).readAttested(EDGE, { after: 0n })).toEqual([]);
    expect(await gather([file(...few), file(signed(c, 5n))]).readAttested(EDGE, { after: 5n })).toEqual([]);
  });

  it('combines signatures of several sources, sorted by signer, ascending by count', async () => {
    const [a, b, c, d] = MEMBERS as [Address, Address, Address, Address];
    const source = gather([
      file(signed(d, 9n), signed(c, 9n), signed(c, 5n)),
      silent,
      file(signed(a, 5n), signed(b, 9n), signed(b, 5n)),
    ]);
    const found = await source.readAttested(EDGE, { after: 0n });
    expect(found.map(({ statement, signers }) => [statement.count, signers])).toEqual([
      [5n, [a, b, c]],
      [9n, [b, c, d]],
    ]);
    expect(found[0]?.signatures.length).toBe(2 + 3 * 130);
  });

  it('accepts the honest signatures of a second source when the first one floods', async () => {
    let judged = 0;
    const flood = file(...Array.from({ length: 20_000 }, (_, at) => signed(STRANGER, BigInt(at + 1))));
    const honest = file(...MEMBERS.slice(0, QUORUM).map((member) => signed(member, 2n)));
    const counting = (one: SignedStatement) => ((judged += 1), judge(one));
    const source = gatherBatches({ statements: [flood, honest], entries: [logs], judge: counting });
    expect(await source.readAttested(EDGE, { after: 0n })).toHaveLength(1);
    expect(judged).toBe(SIGNED_STATEMENTS_MAX + QUORUM);
  });

  it('asks the next source for entries when one fails or returns too few', async () => {
    const short: EntryBytes = { readEntries: async () => new Uint8Array(ENTRY_BYTES) };
    const dead: EntryBytes = { readEntries: () => Promise.reject(unreachable()) };
    const source = gather([silent], [short, dead, logs]);
    for (let turn = 0; turn < 3; turn++) expect((await source.readEntries(EDGE, 2n, 6n)).length).toBe(4 * ENTRY_BYTES);
    await expect(gather([silent], [short]).readEntries(EDGE, 2n, 6n)).rejects.toMatchObject({ code: 'BAD_ENTRIES' });
  });

  it('reports that there is no source, or why none responds', async () => {
    await expect(gather([]).readAttested(EDGE, { after: 0n })).rejects.toMatchObject({ code: 'NO_SOURCE' });
    await expect(gather([silent], []).readEntries(EDGE, 0n, 1n)).rejects.toMatchObject({ code: 'NO_SOURCE' });
    await expect(gather([silent]).readAttested(EDGE, { after: 0n })).rejects.toMatchObject({
      code: 'AGGREGATOR_UNREACHABLE',
    });
  });
});

describe('relaying once', () => {
  it('relays releases from logs and files to a vault without an aggregator, and repeats nothing', async () => {
    const source = gather([file(...MEMBERS.slice(1).map((member) => signed(member, 10n)))]);
    expect(await relay(source)).toEqual({ applied: 10n, refreshed: false, count: 10n, refusal: null });
    expect(vault.payments.size).toBe(10);
    expect(await relay(source)).toMatchObject({ applied: 0n, count: 10n, refusal: null });
  });

  it('reports why it cannot continue', async () => {
    packed[3] = 255;
    const source = gather([file(...MEMBERS.slice(1).map((member) => signed(member, 10n)))]);
    expect(await relay(source)).toMatchObject({ applied: 0n, refusal: { code: 'HeadMismatch' } });
  });

  it('accepts the honest entries of a second source when the first one forges', async () => {
    const forged: EntryBytes = {
      readEntries: async (_edge, from, to) => new Uint8Array(ENTRY_BYTES * Number(to - from)),
    };
    const source = gather([file(...MEMBERS.slice(1).map((member) => signed(member, 10n)))], [logs, forged]);
    expect(await relay(source)).toMatchObject({ applied: 10n, refusal: null });
  });
});
