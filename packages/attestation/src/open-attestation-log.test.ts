import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, blockHash, blockHeight, bytes32, hexToBytes, txHash } from '@surety/domain';
import type { AttestationStep, SignedStatement } from '@surety/workflows';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqliteAttestationLog, openAttestationLog } from './open-attestation-log.js';

const edge = bytes32(`0x${'ed'.repeat(32)}`);
/** The edge's name in the statements. */
const name = bytes32(`0x${'e2'.repeat(32)}`);
const word = (digit: number): ReturnType<typeof bytes32> =>
  bytes32(`0x${digit.toString(16).padStart(2, '0').repeat(32)}`);
let folder = '';
let log: SqliteAttestationLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-log-'));
  log = openAttestationLog({ file: join(folder, 'log.sqlite') });
});

afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

function signedAt(count: bigint, asOf: bigint): SignedStatement {
  return {
    statement: {
      edge: name,
      count,
      tip: count,
      head: word(1),
      blockNumber: asOf,
      blockHash: blockHash(word(2)),
      asOf,
      epoch: 1,
    },
    signer: address(`0x${'55'.repeat(20)}`),
    signature: `0x${'77'.repeat(65)}`,
  };
}

function step(options: { from: number; count: number; asOf: bigint; cuts?: number[] }): AttestationStep {
  const { from, count, asOf, cuts = [] } = options;
  const added = count - from;
  return {
    cursor: {
      edge,
      signing: { name, height: 8n, timestamp: 900n },
      position: { count: BigInt(count), head: word(count % 256) },
      height: blockHeight(asOf),
      timestamp: asOf,
    },
    from: BigInt(from),
    entries: {
      packed: Uint8Array.from({ length: 95 * added }, (_, at) => from + Math.floor(at / 95)),
      locations: Array.from({ length: added }, (_, at) => ({
        index: BigInt(from + at + 1),
        blockHeight: blockHeight(asOf),
        blockHash: blockHash(word(2)),
        txHash: txHash(word(3)),
        logIndex: at,
      })),
    },
    signed: [signedAt(BigInt(count), asOf)],
    cuts: cuts.map((cut) => ({ count: BigInt(cut), head: word(cut % 256) })),
  };
}

describe('openAttestationLog', () => {
  it('refuses a file that is not a log', () => {
    const file = join(folder, 'text.sqlite');
    writeFileSync(file, 'no database '.repeat(1_000));
    expect(() => openAttestationLog({ file })).toThrowError(
      expect.objectContaining({ code: 'LOG_UNAVAILABLE', retryable: true }),
    );
  });

  it('tells the log of a newer release from one that cannot be written', () => {
    const file = join(folder, 'newer.sqlite');
    openAttestationLog({ file }).close();
    const database = new Database(file);
    database.pragma('user_version = 1000');
    database.close();
    expect(() => openAttestationLog({ file })).toThrowError(
      expect.objectContaining({ code: 'STATE_NEWER', retryable: false }),
    );
  });

  it('returns nothing for an unknown edge', async () => {
    expect(await log.loadCursor(edge)).toBeUndefined();
    expect(await log.loadStatements(edge, 0, 10)).toEqual([]);
    expect((await log.loadEntries(edge, 0n, 10)).locations).toEqual([]);
    expect(await log.loadSequenceBelow(edge, 0n)).toBe(0);
    expect(await log.loadDelivered(edge, 'a')).toEqual({ entryCount: 0n, sequence: 0 });
  });

  it('returns what was committed, also after a restart', async () => {
    const first = step({ from: 0, count: 70, asOf: 1_000n, cuts: [64] });
    await log.commit(first);
    log.close();
    log = openAttestationLog({ file: join(folder, 'log.sqlite') });
    expect(await log.loadCursor(edge)).toEqual(first.cursor);
    expect(await log.loadEntries(edge, 0n, 100)).toEqual(first.entries);
    expect((await log.loadEntries(edge, 68n, 100)).locations.map(({ index }) => index)).toEqual([69n, 70n]);
    expect(await log.loadStatements(edge, 0, 10)).toEqual([{ ...first.signed[0], sequence: 1 }]);
    expect(await log.loadCuts(edge, 5)).toEqual(first.cuts);
  });

  it('gives no index of a log that aggregators refuse: a provider made it up', async () => {
    const first = step({ from: 0, count: 2, asOf: 1_000n });
    const [one, two] = first.entries.locations.map((location) => ({ ...location, logIndex: 2 ** 31 - 1 }));
    if (one === undefined || two === undefined) throw new Error('the step has no locations');
    const locations = [one, { ...two, logIndex: 2 ** 32 }];
    await log.commit({ ...first, entries: { ...first.entries, locations } });
    const loaded = await log.loadEntries(edge, 0n, 10);
    expect(loaded.locations).toEqual([one, { ...two, logIndex: 0 }]);
    expect(loaded.packed).toEqual(first.entries.packed);
  });

  it('drops everything of one journal that restarts, and nothing of another', async () => {
    const other = bytes32(`0x${'0e'.repeat(32)}`);
    const first = step({ from: 0, count: 70, asOf: 1_000n, cuts: [64] });
    for (const own of [edge, other]) {
      await log.commit({ ...first, cursor: { ...first.cursor, edge: own } });
      await log.saveDelivered(own, 'a', { entryCount: 70n, sequence: 1 });
    }
    const signing = { name: word(9), height: 16n, timestamp: 1_016n };
    const anew = { ...first.cursor, signing, position: { count: 0n, head: edge } };
    await log.begin(anew);
    log.close();
    log = openAttestationLog({ file: join(folder, 'log.sqlite') });
    expect(await log.loadCursor(edge)).toEqual(anew);
    expect((await log.loadEntries(edge, 0n, 100)).locations).toEqual([]);
    expect(await log.loadStatements(edge, 0, 10)).toEqual([]);
    expect(await log.loadCuts(edge, 5)).toEqual([]);
    expect(await log.loadDelivered(edge, 'a')).toEqual({ entryCount: 0n, sequence: 0 });
    expect((await log.loadEntries(other, 0n, 100)).locations).toHaveLength(70);
    expect(await log.loadStatements(other, 0, 10)).toHaveLength(1);
    expect(await log.loadDelivered(other, 'a')).toEqual({ entryCount: 70n, sequence: 1 });
  });

  it('migrates a file of the format with one name per edge', async () => {
    const file = join(folder, 'old.sqlite');
    const old = new Database(file);
    old.exec(`
      CREATE TABLE journals (edge BLOB NOT NULL PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL,
        height INTEGER NOT NULL, timestamp INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE statements (sequence INTEGER PRIMARY KEY AUTOINCREMENT, edge BLOB NOT NULL, count INTEGER NOT NULL,
        tip INTEGER NOT NULL, head BLOB NOT NULL, block_number INTEGER NOT NULL, block_hash BLOB NOT NULL,
        as_of INTEGER NOT NULL, epoch INTEGER NOT NULL, signer BLOB NOT NULL, signature BLOB NOT NULL);
      PRAGMA application_id = 1400196207;
      PRAGMA user_version = 1;
    `);
    const bytes = (digits: string, length = 32): Uint8Array => hexToBytes(`0x${digits.repeat(length)}`);
    old.prepare('INSERT INTO journals VALUES (?, 3, ?, 16, 99)').run(bytes('ed'), bytes('01'));
    old
      .prepare('INSERT INTO statements VALUES (1, ?, 3, 3, ?, 16, ?, 99, 1, ?, ?)')
      .run(bytes('ed'), bytes('01'), bytes('02'), bytes('55', 20), bytes('77', 65));
    old.close();
    const taken = openAttestationLog({ file });
    expect(await taken.loadCursor(edge)).toMatchObject({
      position: { count: 3n },
      signing: { name: edge, height: 0n, timestamp: 0n },
    });
    expect((await taken.loadStatements(edge, 0, 9)).map(({ statement }) => statement.edge)).toEqual([edge]);
    taken.close();
  });

  it('accepts the same step again without effect', async () => {
    const first = step({ from: 0, count: 2, asOf: 1_000n });
    await log.commit(first);
    await log.commit(first);
    expect(await log.loadStatements(edge, 0, 10)).toHaveLength(1);
    expect((await log.loadEntries(edge, 0n, 10)).locations).toHaveLength(2);
  });

  it('drops statements for a count that are two days older than its newest, and no others', async () => {
    await log.commit(step({ from: 0, count: 1, asOf: 1_000n }));
    await log.commit(step({ from: 1, count: 2, asOf: 2_000n }));
    await log.commit(step({ from: 2, count: 2, asOf: 2_600n }));
    await log.commit(step({ from: 2, count: 2, asOf: 2_000n + 172_801n }));
    const kept = await log.loadStatements(edge, 0, 10);
    expect(kept.map(({ statement }) => [statement.count, statement.asOf])).toEqual([
      [1n, 1_000n],
      [2n, 2_600n],
      [2n, 174_801n],
    ]);
  });

  it('finds the first statement above a count, or the newest if there is none', async () => {
    for (const count of [1, 2, 3]) await log.commit(step({ from: count - 1, count, asOf: 1_000n * BigInt(count) }));
    expect(await log.loadSequenceBelow(edge, 0n)).toBe(0);
    expect(await log.loadSequenceBelow(edge, 1n)).toBe(1);
    expect(await log.loadSequenceBelow(edge, 3n)).toBe(2);
  });

  it('keeps the newest cuts in ascending order, and a mark for each aggregator', async () => {
    await log.commit(step({ from: 0, count: 200, asOf: 1_000n, cuts: [64, 128, 192] }));
    expect((await log.loadCuts(edge, 2)).map(({ count }) => count)).toEqual([128n, 192n]);
    expect((await log.loadCutsAbove(edge, 64n, 1)).map(({ count }) => count)).toEqual([128n]);
    expect((await log.loadCutsAbove(edge, 63n, 9)).map(({ count }) => count)).toEqual([64n, 128n, 192n]);
    await log.saveDelivered(edge, 'a', { entryCount: 7n, sequence: 3 });
    expect(await log.loadDelivered(edge, 'a')).toEqual({ entryCount: 7n, sequence: 3 });
    expect(await log.loadDelivered(edge, 'b')).toEqual({ entryCount: 0n, sequence: 0 });
  });
});
