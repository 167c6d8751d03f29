import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, blockHash, blockHeight, bytes32, txHash } from '@surety/domain';
import type { AttestationStep, SignedStatement } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqliteAttestationLog, openAttestationLog } from './open-attestation-log.js';

const edge = bytes32(`0x${'ed'.repeat(32)}`);
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
      edge,
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
  it('refuses a file that is no log', () => {
    const file = join(folder, 'text.sqlite');
    writeFileSync(file, 'no database '.repeat(1_000));
    expect(() => openAttestationLog({ file })).toThrowError(
      expect.objectContaining({ code: 'LOG_UNAVAILABLE', retryable: true }),
    );
  });

  it('gives nothing of an unknown edge', async () => {
    expect(await log.loadCursor(edge)).toBeUndefined();
    expect(await log.loadStatements(edge, 0, 10)).toEqual([]);
    expect((await log.loadEntries(edge, 0n, 10)).locations).toEqual([]);
    expect(await log.loadSequenceBelow(edge, 0n)).toBe(0);
    expect(await log.loadDelivered(edge, 'a')).toEqual({ entryCount: 0n, sequence: 0 });
  });

  it('gives back what was committed, over a restart', async () => {
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

  it('takes the same step again without an effect', async () => {
    const first = step({ from: 0, count: 2, asOf: 1_000n });
    await log.commit(first);
    await log.commit(first);
    expect(await log.loadStatements(edge, 0, 10)).toHaveLength(1);
    expect((await log.loadEntries(edge, 0n, 10)).locations).toHaveLength(2);
  });

  it('drops statements for a count that are two days older than its newest, and no other', async () => {
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

  it('finds where the statements above a count begin, and the newest one if there is none', async () => {
    for (const count of [1, 2, 3]) await log.commit(step({ from: count - 1, count, asOf: 1_000n * BigInt(count) }));
    expect(await log.loadSequenceBelow(edge, 0n)).toBe(0);
    expect(await log.loadSequenceBelow(edge, 1n)).toBe(1);
    expect(await log.loadSequenceBelow(edge, 3n)).toBe(2);
  });

  it('keeps the newest cuts, ascending, and a mark for each aggregator', async () => {
    await log.commit(step({ from: 0, count: 200, asOf: 1_000n, cuts: [64, 128, 192] }));
    expect((await log.loadCuts(edge, 2)).map(({ count }) => count)).toEqual([128n, 192n]);
    expect((await log.loadCutsAbove(edge, 64n, 1)).map(({ count }) => count)).toEqual([128n]);
    expect((await log.loadCutsAbove(edge, 63n, 9)).map(({ count }) => count)).toEqual([64n, 128n, 192n]);
    await log.saveDelivered(edge, 'a', { entryCount: 7n, sequence: 3 });
    expect(await log.loadDelivered(edge, 'a')).toEqual({ entryCount: 7n, sequence: 3 });
    expect(await log.loadDelivered(edge, 'b')).toEqual({ entryCount: 0n, sequence: 0 });
  });
});
