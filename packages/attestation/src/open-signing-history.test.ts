import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, bytes32 } from '@surety/domain';
import type { HistoryRow } from '@surety/workflows';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqliteSigningHistory, openSigningHistory } from './open-signing-history.js';

const owner = address(`0x${'55'.repeat(20)}`);
const edge = bytes32(`0x${'ed'.repeat(32)}`);
const value = (digit: number): ReturnType<typeof bytes32> =>
  bytes32(`0x${digit.toString(16).padStart(2, '0').repeat(32)}`);
const head = (count: bigint, digit: number, of = edge): HistoryRow => ({
  kind: 'head',
  edge: of,
  count,
  value: value(digit),
});
const block = (height: bigint, digit: number, chainId = 1): HistoryRow => ({
  kind: 'block',
  chainId,
  height,
  value: value(digit),
});

const tip = (asOf: bigint, height: bigint, count: bigint, of = edge): HistoryRow => ({
  kind: 'tip',
  edge: of,
  asOf,
  height,
  value: bytes32(`0x${count.toString(16).padStart(64, '0')}`),
});

let folder = '';
let file = '';
const histories: SqliteSigningHistory[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-history-'));
  file = join(folder, 'deeper', 'history.sqlite');
});

afterEach(() => {
  for (const history of histories.splice(0)) history.close();
  rmSync(folder, { recursive: true });
});

function open(of = owner): SqliteSigningHistory {
  const history = openSigningHistory({ file, address: of });
  histories.push(history);
  return history;
}

function reopen(): SqliteSigningHistory {
  for (const history of histories.splice(0)) history.close();
  return open();
}

describe('openSigningHistory refuses', () => {
  it('to start empty where a history was before', async () => {
    await open().record([head(1n, 1)]);
    for (const history of histories.splice(0)) history.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_MISSING', retryable: false }));
  });

  it.each([
    ['a file of no bytes', (): void => writeFileSync(file, '')],
    [
      'a copy without the rows that lay beside it in the write-ahead log',
      (): void => {
        const bare = new Database(file);
        bare.pragma('journal_mode = WAL');
        bare.close();
      },
    ],
  ])('to start empty in %s where a history was before, also at the next start', async (_, leave) => {
    await open().record([head(1n, 1)]);
    for (const history of histories.splice(0)) history.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    leave();
    for (let start = 0; start < 2; start++) {
      expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_MISSING', retryable: false }));
    }
  });

  it('the history of another key', () => {
    open().close();
    histories.length = 0;
    expect(() => open(address(`0x${'66'.repeat(20)}`))).toThrowError(
      expect.objectContaining({ code: 'HISTORY_CORRUPT' }),
    );
  });

  it('a file that is not a database, and a database of another kind', () => {
    open().close();
    histories.length = 0;
    writeFileSync(file, 'not a database, but long enough to be looked at '.repeat(100));
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_CORRUPT' }));
    file = join(folder, 'other.sqlite');
    const other = new Database(file);
    other.exec('CREATE TABLE things (name TEXT)');
    other.close();
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_CORRUPT' }));
  });

  it('a file with one flipped bit in a row', async () => {
    const digest = value(0xc7).slice(2);
    await open().record([head(1n, 0xc7), head(2n, 0xd8)]);
    for (const history of histories.splice(0)) history.close();
    const bytes = readFileSync(file);
    const at = bytes.indexOf(Buffer.from(digest, 'hex'));
    expect(at).toBeGreaterThan(0);
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_CORRUPT' }));
  });

  it.each(['heads', 'tips', 'blocks'])(
    'a file in which a key of %s, or the number of a batch, turned',
    async (table) => {
      await open().record([head(1n, 1), tip(9n, 8n, 1n), block(8n, 1)]);
      for (const history of histories.splice(0)) history.close();
      for (const column of [table === 'heads' ? 'count' : 'height', 'batch']) {
        const raw = new Database(file);
        raw.exec(`UPDATE ${table} SET ${column} = ${column} + 1`);
        raw.close();
        expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_CORRUPT' }));
        const back = new Database(file);
        back.exec(`UPDATE ${table} SET ${column} = ${column} - 1`);
        back.close();
      }
      open();
    },
  );

  it('to open an open file, but opens it once it is closed', () => {
    const first = open();
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_IN_USE', retryable: true }));
    first.close();
    histories.length = 0;
    open();
  });

  it('a folder that cannot be created', () => {
    file = join(folder, 'file', 'history.sqlite');
    writeFileSync(join(folder, 'file'), '');
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_UNAVAILABLE', retryable: true }));
  });
});

describe('record refuses', () => {
  it('a second head for a count, and stores nothing of that batch', async () => {
    const history = open();
    await history.record([head(1n, 1)]);
    const outcome = await history.record([head(2n, 2), head(1n, 9)]);
    expect(outcome).toEqual({ kind: 'contradicted', row: head(1n, 9), stored: value(1) });
    expect(await history.readHead(edge, 2n)).toBeUndefined();
  });

  it('two values for one key in one batch', async () => {
    const history = open();
    expect(await history.record([head(1n, 1), head(1n, 2)])).toMatchObject({ kind: 'contradicted', stored: value(1) });
    expect(await history.readHead(edge, 1n)).toBeUndefined();
  });

  it('every row of an edge after a contradiction, also after a restart, but none of other edges of its chain', async () => {
    await open().record([head(1n, 1), block(8n, 1)]);
    await reopen().record([head(1n, 2), block(16n, 2)]);
    const history = reopen();
    expect(await history.record([head(5n, 5)])).toMatchObject({ kind: 'contradicted' });
    expect(await history.record([head(5n, 5), block(24n, 5)])).toMatchObject({ kind: 'contradicted' });
    // Another edge of that chain, or the same one under its name after a rewind.
    expect(await history.record([head(5n, 5, value(0xaa)), block(24n, 5)])).toEqual({ kind: 'recorded' });
  });

  it('every row of the edges of a batch whose block contradicts, or of the chain if it names none', async () => {
    const history = open();
    await history.record([head(1n, 1), block(8n, 1)]);
    expect(await history.record([head(2n, 2), block(8n, 2)])).toMatchObject({ kind: 'contradicted' });
    expect(await history.record([head(3n, 3)])).toMatchObject({ kind: 'contradicted' });
    expect(await history.record([head(3n, 3, value(0xaa)), block(16n, 3)])).toEqual({ kind: 'recorded' });
    expect(await history.record([block(8n, 4)])).toMatchObject({ kind: 'contradicted' });
    expect(await history.record([head(4n, 4, value(0xaa)), block(24n, 4)])).toMatchObject({ kind: 'contradicted' });
  });
});

describe('a retired history', () => {
  it('refuses every further row, also after a restart, with the first reason', async () => {
    const history = open();
    await history.record([head(1n, 1)]);
    await history.retire('an aggregator shows a signature that it lacks');
    await history.retire('another reason');
    const refusal = {
      code: 'HISTORY_OLDER',
      retryable: false,
      message: 'an aggregator shows a signature that it lacks',
    };
    await expect(history.record([head(1n, 1)])).rejects.toMatchObject(refusal);
    await expect(reopen().record([head(2n, 2, value(0xaa))])).rejects.toMatchObject(refusal);
  });
});

describe('record', () => {
  it('has written rows to disk when it resolves: another opening sees them', async () => {
    await open().record([head(1n, 1), block(8n, 1)]);
    const again = reopen();
    expect(await again.readHead(edge, 1n)).toBe(value(1));
    expect(await again.readBlock(1, 8n)).toBe(value(1));
    expect(await again.readHighestCount(edge)).toBe(1n);
  });

  it('counts batches across restarts, one for each commit that added rows', async () => {
    const history = open();
    await history.record([head(1n, 1), block(8n, 1)]);
    await history.record([head(1n, 1)]);
    await reopen().record([head(2n, 2), block(8n, 1)]);
    expect([...reopen().scan()].map(({ row, batch }) => [row.kind, batch])).toEqual([
      ['head', 1n],
      ['head', 2n],
      ['block', 1n],
    ]);
  });

  it('accepts tips that rise with time and height, in any order, also after a restart', async () => {
    await open().record([tip(10n, 100n, 5n)]);
    for (const row of [
      tip(12n, 103n, 7n),
      tip(10n, 101n, 6n),
      tip(11n, 102n, 6n),
      tip(9n, 99n, 5n),
      tip(10n, 100n, 5n),
    ])
      expect(await reopen().record([row])).toEqual({ kind: 'recorded' });
    const other = bytes32(`0x${'0e'.repeat(32)}`);
    expect(await reopen().record([tip(20n, 200n, 1n, other)])).toEqual({ kind: 'recorded' });
    expect([...reopen().scan()].filter(({ row }) => row.kind === 'tip')).toHaveLength(6);
  });

  it.each([
    ['later', tip(13n, 104n, 6n)],
    ['of the same block', tip(12n, 103n, 6n)],
    ['of a higher block in the same second', tip(12n, 104n, 6n)],
    ['between', tip(11n, 102n, 4n)],
    ['that is higher, and earlier', tip(11n, 102n, 8n)],
  ])('permanently refuses a tip %s that denies entries', async (_, row) => {
    await open().record([tip(10n, 100n, 5n), tip(12n, 103n, 7n)]);
    expect(await reopen().record([row, head(9n, 1)])).toMatchObject({ kind: 'contradicted', row });
    expect(await reopen().record([tip(14n, 105n, 9n)])).toMatchObject({ kind: 'contradicted' });
    expect(await reopen().readHead(edge, 9n)).toBeUndefined();
  });

  it('refuses a batch in which one row denies another', async () => {
    const rows = [tip(10n, 100n, 5n), tip(11n, 101n, 4n)];
    expect(await open().record(rows)).toMatchObject({ kind: 'contradicted', row: rows[1] });
  });

  it('opens a file from before tips were stored', async () => {
    await open().record([head(1n, 1)]);
    for (const history of histories.splice(0)) history.close();
    const old = new Database(file);
    old.exec('DROP TABLE tips');
    old.pragma('user_version = 2');
    old.close();
    expect(await open().readHead(edge, 1n)).toBe(value(1));
    expect(await reopen().record([tip(10n, 100n, 5n)])).toEqual({ kind: 'recorded' });
    expect(await reopen().record([tip(11n, 101n, 4n)])).toMatchObject({ kind: 'contradicted' });
  });

  it('accepts the same rows again without effect', async () => {
    const history = open();
    await history.record([head(1n, 1), block(8n, 1)]);
    expect(await history.record([head(1n, 1), block(8n, 1)])).toEqual({ kind: 'recorded' });
  });

  it('never stores two values for one key, whatever the order of calls, with restarts between', async () => {
    const row = fc.oneof(
      fc.tuple(fc.constant('head' as const), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 })),
      fc.tuple(fc.constant('block' as const), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 })),
    );
    const act = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 4 }),
      restart: fc.boolean(),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
        file = join(folder, `run-${run++}`, 'history.sqlite');
        let history = open();
        const claimed = new Map<string, string>();
        for (const { rows, restart } of acts) {
          if (restart) history = reopen();
          const asked = rows.map(([kind, at, digit]) =>
            kind === 'head' ? head(BigInt(at), digit) : block(BigInt(at), digit),
          );
          const outcome = await history.record(asked);
          if (outcome.kind !== 'recorded') continue;
          for (const one of asked) {
            const key = one.kind === 'head' ? `h${one.count}` : `b${one.height}`;
            expect(claimed.get(key) ?? one.value).toBe(one.value);
            claimed.set(key, one.value);
          }
        }
        for (const one of histories.splice(0)) one.close();
      }),
      { numRuns: 20 },
    );
  });
});
