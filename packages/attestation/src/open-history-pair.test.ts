import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { address, bytes32 } from '@surety/domain';
import { type HistoryRow, armCrashPoint } from '@surety/workflows';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HistoryPair, openHistoryPair } from './open-history-pair.js';
import { openSigningHistory } from './open-signing-history.js';
import { rebuildHistory } from './rebuild-history.js';

const owner = address(`0x${'55'.repeat(20)}`);
const edge = bytes32(`0x${'ed'.repeat(32)}`);
const value = (digit: number): ReturnType<typeof bytes32> =>
  bytes32(`0x${digit.toString(16).padStart(2, '0').repeat(32)}`);
const head = (count: bigint, digit = 1): HistoryRow => ({ kind: 'head', edge, count, value: value(digit) });
const block = (height: bigint, digit = 1): HistoryRow => ({ kind: 'block', chainId: 1, height, value: value(digit) });

let folder = '';
let files = { first: '', second: '' };
let pair: HistoryPair | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-pair-'));
  files = { first: join(folder, 'one', 'history.sqlite'), second: join(folder, 'two', 'history.sqlite') };
});

afterEach(() => {
  armCrashPoint(undefined, () => undefined);
  close();
  rmSync(folder, { recursive: true });
});

function close(): void {
  pair?.close();
  pair = undefined;
}

function open(): HistoryPair {
  close();
  pair = openHistoryPair({ files, address: owner });
  return pair;
}

/** Deletes the folder of one store. */
const forget = (file: string): void => rmSync(dirname(file), { recursive: true, force: true });
const keep = (file: string, name: string): void => cpSync(dirname(file), join(folder, name), { recursive: true });
const restore = (file: string, name: string): void => {
  forget(file);
  cpSync(join(folder, name), dirname(file), { recursive: true });
};

const behind = (older: 'first' | 'second'): unknown =>
  expect.objectContaining({
    code: 'HISTORY_STORE_BEHIND',
    retryable: false,
    message: expect.stringContaining(`rebuild-history ${older}`),
  });

describe('openHistoryPair refuses', () => {
  it('stores of a newer release, of which neither is lost', async () => {
    await open().record([head(1n)]);
    close();
    const newer = expect.objectContaining({ code: 'STATE_NEWER', retryable: false });
    for (const file of [files.second, files.first]) {
      const database = new Database(file);
      database.pragma('user_version = 1000');
      database.close();
      expect(() => open()).toThrowError(newer);
      expect(() => rebuildHistory({ lost: files.first, whole: files.second, address: owner })).toThrowError(newer);
    }
    writeFileSync(files.first, readFileSync(files.first).fill(0x5a, 0, 4_000));
    expect(() => open()).toThrowError(newer);
  });

  it.each(['first', 'second'] as const)(
    'to start while the %s store is gone, emptied with its marker, or damaged',
    async (which) => {
      await open().record([head(1n), block(8n)]);
      close();
      keep(files[which], 'whole');
      const losses = [
        (): void => forget(files[which]),
        (): void => rmSync(files[which]),
        (): void => writeFileSync(files[which], ''),
        (): void => writeFileSync(files[which], readFileSync(files[which]).fill(0x5a, 100, 4_000)),
      ];
      for (const lose of losses) {
        lose();
        for (let start = 0; start < 2; start++) expect(() => open()).toThrowError(behind(which));
        restore(files[which], 'whole');
      }
      expect(open().rowsHealed).toBe(0);
    },
  );

  it.each(['first', 'second'] as const)(
    'to start with a %s store restored from before the last two batches',
    async (which) => {
      await open().record([head(1n)]);
      close();
      keep(files[which], 'old');
      await open().record([head(2n)]);
      await open().record([head(3n)]);
      close();
      restore(files[which], 'old');
      expect(() => open()).toThrowError(behind(which));
      expect(() => open()).toThrowError(/lacks 2 rows/);
    },
  );

  it('to start if both are missing and their markers say that they had rows', async () => {
    await open().record([head(1n)]);
    close();
    for (const file of [files.first, files.second]) rmSync(file);
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_MISSING' }));
  });

  it('a second process that reaches only one of the stores while the first holds them', () => {
    open();
    const other = { first: join(folder, 'three', 'history.sqlite'), second: files.second };
    expect(() => openHistoryPair({ files: other, address: owner })).toThrowError(
      expect.objectContaining({ code: 'HISTORY_IN_USE' }),
    );
  });

  it('the same file for both stores', () => {
    files = { ...files, second: files.first };
    expect(() => open()).toThrowError(expect.objectContaining({ code: 'HISTORY_IN_USE' }));
  });
});

describe('a pair of stores', () => {
  it('retires the key permanently if each store has rows that the other lacks', async () => {
    await open().record([head(1n)]);
    close();
    keep(files.second, 'fork');
    await open().record([head(2n, 2)]);
    close();
    keep(files.second, 'straight');
    restore(files.second, 'fork');
    const alone = openSigningHistory({ file: files.second, address: owner });
    await alone.record([head(2n, 3)]);
    alone.close();
    expect(open().retirement).toMatch(/both are older than what this key signed/);
    await expect(open().record([head(9n)])).rejects.toMatchObject({ code: 'HISTORY_OLDER' });
    close();
    restore(files.second, 'straight');
    expect(open().retirement).toMatch(/both are older/);
  });

  it('copies a latch of one store to the other', async () => {
    await open().record([head(1n), block(8n)]);
    close();
    const alone = openSigningHistory({ file: files.second, address: owner });
    await alone.record([head(1n, 9)]);
    alone.close();
    expect(await open().record([head(2n)])).toMatchObject({ kind: 'contradicted' });
    close();
    const first = openSigningHistory({ file: files.first, address: owner });
    expect(await first.record([head(2n)])).toMatchObject({ kind: 'contradicted' });
    first.close();
  });

  it('latches a contradiction in both stores', async () => {
    await open().record([head(1n)]);
    expect(await pair?.record([head(1n, 2)])).toMatchObject({ kind: 'contradicted', stored: value(1) });
    close();
    for (const file of [files.first, files.second]) {
      const store = openSigningHistory({ file, address: owner });
      expect(store.latches()).toHaveLength(1);
      store.close();
    }
  });

  it('keeps a retirement that reached only one store', async () => {
    open();
    close();
    const alone = openSigningHistory({ file: files.second, address: owner });
    await alone.retire('somebody shows a signature');
    alone.close();
    expect(open().retirement).toBe('somebody shows a signature');
    close();
    forget(files.second);
    expect(open().retirement).toBe('somebody shows a signature');
  });

  it('reports that both stores are on one device', () => {
    expect(open().sameDevice).toBe(true);
  });

  it('ends with equal stores, all recorded rows and no duplicates, wherever it dies and whatever is requested', async () => {
    const points = [
      'attester.history.half-written',
      'attester.history.one-recorded',
      'attester.history.half-adopted',
      'attester.history.both-recorded',
    ];
    const seen = { deaths: 0, healed: 0 };
    let run = 0;
    const act = fc.record({
      rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2 })), {
        minLength: 1,
        maxLength: 3,
      }),
      die: fc.option(fc.constantFrom(...points)),
      restart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
        const base = join(folder, `run-${run++}`);
        files = { first: join(base, 'one.sqlite'), second: join(base, 'two.sqlite') };
        open();
        const claimed = new Map<bigint, string>();
        for (const { rows, die, restart } of acts) {
          if (restart) open();
          const asked = rows.map(([count, digit]) => head(BigInt(count), digit));
          if (die !== null)
            armCrashPoint({ name: die, passing: 1 }, () => {
              throw new Error('died');
            });
          const outcome = await pair?.record(asked).catch((error: Error) => error.message);
          armCrashPoint(undefined, () => undefined);
          if (outcome === 'died') {
            seen.deaths++;
            seen.healed += open().rowsHealed > 0 ? 1 : 0;
          }
          if (typeof outcome !== 'object' || outcome.kind !== 'recorded') continue;
          for (const row of asked) {
            if (row.kind !== 'head') continue;
            expect(claimed.get(row.count) ?? row.value).toBe(row.value);
            claimed.set(row.count, row.value);
          }
        }
        open();
        close();
        const stores = [files.first, files.second].map((file) => openSigningHistory({ file, address: owner }));
        const [one, two] = stores.map((store) => [...store.scan()]);
        for (const store of stores) store.close();
        expect(one).toEqual(two);
        for (const [count, wanted] of claimed) {
          expect(one?.find(({ row }) => row.kind === 'head' && row.count === count)?.row.value).toBe(wanted);
        }
      }),
      { numRuns: 40 },
    );
    expect(seen.deaths).toBeGreaterThan(20);
    expect(seen.healed).toBeGreaterThan(3);
  });
});

describe('rebuildHistory', () => {
  const rebuild = (lost: 'first' | 'second'): ReturnType<typeof rebuildHistory> => {
    close();
    const whole = lost === 'first' ? files.second : files.first;
    return rebuildHistory({ lost: files[lost], whole, address: owner });
  };

  it.each(['first', 'second'] as const)('rebuilds a lost %s store, and the pair continues', async (lost) => {
    await open().record([head(1n), block(8n)]);
    await pair?.record([head(2n), block(16n)]);
    close();
    writeFileSync(files[lost], readFileSync(files[lost]).fill(0x5a, 100, 4_000));
    const { rows, remains } = rebuild(lost);
    expect(rows).toBe(4);
    expect(remains).toBe(`${files[lost]}.lost-1`);
    expect(open().rowsHealed).toBe(0);
    expect(await pair?.record([head(2n, 9)])).toMatchObject({ kind: 'contradicted' });
  });

  it('refuses to rebuild from the older of the two, or from none', async () => {
    await open().record([head(1n)]);
    close();
    keep(files.first, 'old');
    await open().record([head(2n)]);
    await open().record([head(3n)]);
    close();
    restore(files.first, 'old');
    expect(() => rebuild('second')).toThrowError(expect.objectContaining({ code: 'HISTORY_OLDER' }));
    expect(rebuild('first').rows).toBe(3);
    close();
    forget(files.first);
    expect(() => rebuild('second')).toThrowError(expect.objectContaining({ code: 'HISTORY_MISSING' }));
  });

  it('refuses while a watcher holds a store, and for another key’s history', async () => {
    await open().record([head(1n)]);
    const whole = files.first;
    expect(() => rebuildHistory({ lost: files.second, whole, address: owner })).toThrowError(
      expect.objectContaining({ code: 'HISTORY_IN_USE' }),
    );
    close();
    writeFileSync(`${files.second}.born`, `0x${'66'.repeat(20)}\n`);
    expect(() => rebuild('second')).toThrowError(expect.objectContaining({ code: 'HISTORY_CORRUPT' }));
  });

  it('keeps the refusals of the lost store', async () => {
    await open().record([head(1n)]);
    close();
    const alone = openSigningHistory({ file: files.second, address: owner });
    await alone.retire('somebody shows a signature');
    alone.close();
    rebuild('second');
    expect(open().retirement).toBe('somebody shows a signature');
  });

  it.each(['attester.rebuild.written', 'attester.rebuild.moved-aside'])(
    'is finished by repeating it after a death at %s',
    async (name) => {
      await open().record([head(1n), block(8n)]);
      close();
      forget(files.second);
      expect(() => open()).toThrowError(behind('second'));
      armCrashPoint({ name, passing: 1 }, () => {
        throw new Error('died');
      });
      expect(() => rebuild('second')).toThrowError('died');
      armCrashPoint(undefined, () => undefined);
      expect(() => open()).toThrowError(behind('second'));
      expect(rebuild('second').rows).toBe(2);
      expect(open().rowsHealed).toBe(0);
    },
  );
});
