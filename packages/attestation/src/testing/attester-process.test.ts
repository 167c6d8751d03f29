import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSigner } from '@surety/keys';
import { type HistoryPair, openHistoryPair } from '../open-history-pair.js';
import { openSigningHistory } from '../open-signing-history.js';
import type { AttesterLine, AttesterOrder } from './attester-process.js';
import { EDGE_NAME, statementsAt } from './statements-at.js';

const PROGRAM = fileURLToPath(new URL('../../dist/testing/attester-process.js', import.meta.url));
const { address } = createLocalSigner(new Uint8Array(32).fill(7));

let folder = '';
let files = { first: '', second: '' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-kill-'));
  files = { first: join(folder, 'one', 'history.sqlite'), second: join(folder, 'two', 'history.sqlite') };
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Life {
  readonly lines: readonly AttesterLine[];
  readonly signal: NodeJS.Signals | null;
}

/** Runs the process until it ends, and kills it after `killAfter` signatures. */
async function live(
  order: Omit<AttesterOrder, 'first' | 'second'>,
  options: { killAfter?: number } = {},
): Promise<Life> {
  const own =
    order.disk === undefined ? [] : ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
  const [command, ...args] = [...own, process.execPath, PROGRAM, JSON.stringify({ ...files, ...order })];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const lines: AttesterLine[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(text) as AttesterLine);
    const signed = lines.filter(({ kind }) => kind === 'signed').length;
    if (options.killAfter !== undefined && signed >= options.killAfter) child.kill('SIGKILL');
  }
  return { lines, signal: await ended };
}

const of = <Kind extends AttesterLine['kind']>(life: Life, kind: Kind): Extract<AttesterLine, { kind: Kind }>[] =>
  life.lines.filter((line): line is Extract<AttesterLine, { kind: Kind }> => line.kind === kind);

/** Opens the stores in this process and returns their content, or the code of the refusal. */
function look(): { rows: ReadonlyMap<number, string>; healed: number } | string {
  let pair: HistoryPair;
  try {
    pair = openHistoryPair({ files, address });
  } catch (error) {
    return error instanceof AppError ? error.code : 'UNKNOWN';
  }
  const healed = pair.rowsHealed;
  pair.close();
  return { rows: rowsOf(files.first), healed };
}

function rowsOf(file: string): ReadonlyMap<number, string> {
  const store = openSigningHistory({ file, address });
  try {
    return new Map(
      [...store.scan()].flatMap(({ row }) => (row.kind === 'head' ? [[Number(row.count), row.value]] : [])),
    );
  } finally {
    store.close();
  }
}

describe('an attester’s process killed with -9', () => {
  const POINTS = [
    ['attester.start.claimed', 1],
    ['attester.start.marked', 2],
    ['attester.start.verified', 1],
    ['attester.start.compared', 1],
    ['attester.sign.asked', 2],
    ['attester.history.half-written', 3],
    ['attester.history.one-recorded', 3],
    ['attester.start.healed', 1],
    ['attester.history.half-adopted', 3],
    ['attester.start.claimed', 2],
    ['attester.history.both-recorded', 2],
    ['attester.sign.recorded', 3],
    ['attester.sign.signed', 3],
  ] as const;

  it('at each named point, in run after run, never contradicts itself and has the row of every signature', async () => {
    const signatures = new Map<number, string>();
    const heads = new Map<number, string>();
    const met = { deaths: 0, healed: 0, signed: 0, again: 0 };
    const note = (life: Life): void => {
      met.healed += of(life, 'opened').filter(({ rowsHealed }) => rowsHealed > 0).length;
      for (const { count, head, signature } of of(life, 'signed')) {
        met.signed += 1;
        met.again += signatures.has(count) ? 1 : 0;
        expect(signatures.get(count) ?? signature).toBe(signature);
        signatures.set(count, signature);
        heads.set(count, head);
      }
      expect(of(life, 'refused')).toEqual([]);
    };
    let from = 1;
    for (const [name, passing] of POINTS) {
      const life = await live({ acts: [{ act: 'sign', from, frames: 6 }], crash: { name, passing } });
      note(life);
      expect([name, life.signal]).toEqual([name, 'SIGKILL']);
      met.deaths += 1;
      from = Math.max(1, ...heads.keys());
    }
    note(await live({ acts: [{ act: 'sign', from: 1, frames: from + 6 }] }, { killAfter: from + 3 }));
    note(await live({ acts: [{ act: 'sign', from: 1, frames: from + 6 }] }));
    const seen = look();
    if (typeof seen === 'string') throw new Error(`the stores are refused: ${seen}`);
    for (const [count, head] of heads) expect(seen.rows.get(count)).toBe(head);
    expect(rowsOf(files.second)).toEqual(rowsOf(files.first));
    const fork = await live({ acts: [{ act: 'sign', from: 1, frames: 3, amount: 5 }] });
    expect(of(fork, 'signed')).toEqual([]);
    expect(of(fork, 'refused').map(({ code }) => code)).toEqual(['CONTRADICTION', 'CONTRADICTION', 'CONTRADICTION']);
    expect(met.deaths).toBe(POINTS.length);
    expect(met.healed).toBeGreaterThanOrEqual(1);
    expect(met.again).toBeGreaterThan(5);
  }, 180_000);
});

describe('a second process', () => {
  it('is refused only while the first one holds the history', async () => {
    const pair = openHistoryPair({ files, address });
    const second = await live({ acts: [{ act: 'sign', from: 1, frames: 1 }] });
    expect(second.lines).toEqual([{ kind: 'refused', count: 0, code: 'HISTORY_IN_USE' }, { kind: 'done' }]);
    pair.close();
    expect(of(await live({ acts: [{ act: 'sign', from: 1, frames: 1 }] }), 'signed')).toHaveLength(1);
  });

  it('with a copy of the stores is bound by its own rows: signatures of both processes do not contradict', async () => {
    await live({ acts: [{ act: 'sign', from: 1, frames: 3 }] });
    const original = files;
    const copy = { first: join(folder, 'copy', 'one.sqlite'), second: join(folder, 'copy', 'two.sqlite') };
    mkdirSync(join(folder, 'copy'));
    for (const which of ['first', 'second'] as const) {
      for (const end of ['', '.born']) cpSync(`${original[which]}${end}`, `${copy[which]}${end}`);
    }
    const honest = await live({ acts: [{ act: 'sign', from: 1, frames: 5 }] });
    files = copy;
    // The copy's providers lie from the start: whatever has a row is still signed the same way.
    const lying = await live({ acts: [{ act: 'sign', from: 1, frames: 5, amount: 9 }] });
    expect(of(honest, 'signed').map(({ count }) => count)).toEqual([1, 2, 3, 4, 5]);
    expect(of(lying, 'signed')).toEqual([]);
    expect(of(lying, 'refused').every(({ code }) => code === 'CONTRADICTION')).toBe(true);
    // An honest copy signs the same bytes.
    files = { first: join(folder, 'copy', 'three.sqlite'), second: join(folder, 'copy', 'four.sqlite') };
    const twin = await live({ acts: [{ act: 'sign', from: 1, frames: 5 }] });
    expect(of(twin, 'signed')).toEqual(of(honest, 'signed'));
  });
});

describe('a disk of the signing history', () => {
  it.each(['first', 'second'] as const)(
    'that is full under the %s store: no signature, the reason, and on once it is free',
    async (which) => {
      const disk = { folder: join(folder, 'disk'), kilobytes: 512 };
      mkdirSync(disk.folder);
      files = { ...files, [which]: join(disk.folder, 'history.sqlite') };
      const life = await live({
        disk,
        acts: [
          { act: 'sign', from: 1, frames: 2 },
          { act: 'fill' },
          { act: 'sign', from: 3, frames: 12 },
          { act: 'free' },
          { act: 'sign', from: 3, frames: 20 },
          { act: 'fill' },
          { act: 'sign', from: 23, frames: 12 },
          { act: 'free' },
          { act: 'sign', from: 1, frames: 35 },
        ],
      });
      const refused = of(life, 'refused');
      expect(life.lines.at(-1)).toEqual({ kind: 'done' });
      expect(refused.length).toBeGreaterThan(8);
      for (const { code, trouble } of refused) {
        expect(code).toBe('HISTORY_UNAVAILABLE');
        expect(trouble).toMatch(/SQLITE_(FULL|IOERR)/);
      }
      const last = of(life, 'signed')
        .slice(-35)
        .map(({ count }) => count);
      expect(last).toEqual(Array.from({ length: 35 }, (_, at) => at + 1));
      const signatures = new Map<number, string>();
      for (const { count, signature } of of(life, 'signed')) {
        expect(signatures.get(count) ?? signature).toBe(signature);
        signatures.set(count, signature);
      }
    },
    60_000,
  );

  it.each(['first', 'second'] as const)(
    'that became read-only under the %s store gives no signature until it can be written again',
    async (which) => {
      const disk = { folder: join(folder, 'disk'), kilobytes: 512 };
      mkdirSync(disk.folder);
      files = { ...files, [which]: join(disk.folder, 'history.sqlite') };
      const sign = { act: 'sign', from: 1, frames: 2 } as const;
      const change = (act: 'protect' | 'unprotect') => [{ act: 'close' }, { act }, { act: 'open' }] as const;
      const life = await live({ disk, acts: [sign, ...change('protect'), sign, ...change('unprotect'), sign] });
      expect(life.lines.map((line) => (line.kind === 'refused' ? line.code : line.kind))).toEqual([
        'opened',
        'signed',
        'signed',
        'HISTORY_UNAVAILABLE',
        'opened',
        'signed',
        'signed',
        'done',
      ]);
    },
    60_000,
  );
});

const same = (one: ReadonlyMap<number, string>, other: ReadonlyMap<number, string>): boolean =>
  one.size === other.size && [...one].every(([count, head]) => other.get(count) === head);

describe('damage to one store', () => {
  /** Signs some frames and one contradiction, then closes both stores. */
  async function fillStores(): Promise<ReadonlyMap<number, string>> {
    const pair = openHistoryPair({ files, address });
    for (let locks = 1; locks <= 150; locks++) {
      const [{ statement } = { statement: undefined }] = statementsAt({ height: BigInt(locks * 8), locks }).slice(-1);
      if (statement === undefined) throw new Error('nothing was stated');
      await pair.record([
        { kind: 'head', edge: EDGE_NAME, count: statement.count, value: statement.head },
        { kind: 'block', chainId: 1, height: statement.blockNumber, value: statement.head },
      ]);
    }
    pair.close();
    return rowsOf(files.first);
  }

  it('of any one bit is detected, or changes no row', async () => {
    const rows = await fillStores();
    const whole = readFileSync(files.first);
    const met = { noticed: 0, harmless: 0, wrong: 0 };
    const codes = new Set<string>();
    const stride = Math.max(1, Math.floor(whole.length / 250));
    for (let at = 0; at < whole.length; at += stride) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(files.first, bytes);
      const seen = look();
      if (typeof seen === 'string') {
        met.noticed += 1;
        codes.add(seen);
      } else {
        met.harmless += 1;
        met.wrong += same(seen.rows, rows) ? 0 : 1;
      }
      for (const end of ['-wal', '-shm']) rmSync(`${files.first}${end}`, { force: true });
      writeFileSync(files.first, whole);
    }
    expect(met.wrong).toBe(0);
    expect(['HISTORY_STORE_BEHIND', 'HISTORY_CORRUPT', 'HISTORY_UNAVAILABLE']).toEqual(
      expect.arrayContaining([...codes]),
    );
    // The other bits are in unused space of pages.
    expect(met.noticed).toBeGreaterThan(80);
    expect(met.noticed + met.harmless).toBeGreaterThanOrEqual(250);
  });

  it('by a page of yesterday’s file is detected, or changes no row', async () => {
    const pair = openHistoryPair({ files, address });
    await pair.record([{ kind: 'head', edge: EDGE_NAME, count: 1_000n, value: EDGE_NAME }]);
    pair.close();
    const yesterday = readFileSync(files.first);
    const rows = await fillStores();
    const whole = readFileSync(files.first);
    const met = { noticed: 0, wrong: 0 };
    for (let page = 0; page < yesterday.length; page += 4_096) {
      writeFileSync(
        files.first,
        Buffer.concat([whole.subarray(0, page), yesterday.subarray(page, page + 4_096), whole.subarray(page + 4_096)]),
      );
      const seen = look();
      if (typeof seen === 'string') met.noticed += 1;
      else met.wrong += same(seen.rows, rows) ? 0 : 1;
    }
    expect(met.wrong).toBe(0);
    expect(met.noticed).toBeGreaterThanOrEqual(3);
  });

  it.each(['first', 'second'] as const)(
    'by a torn end of the write-ahead log of the %s store after a kill loses no signature’s row',
    async (which) => {
      const life = await live({
        acts: [{ act: 'sign', from: 1, frames: 8 }],
        crash: { name: 'attester.sign.signed', passing: 6 },
      });
      const signed = of(life, 'signed');
      expect(signed).toHaveLength(5);
      cpSync(folder, `${folder}-kept`, { recursive: true });
      const size = statSync(`${files[which]}-wal`).size;
      const met = { refused: 0, healed: 0, lost: 0 };
      for (let cut = size; cut > 0; cut -= Math.ceil(size / 24)) {
        truncateSync(`${files[which]}-wal`, cut);
        const seen = look();
        if (typeof seen === 'string') met.refused += 1;
        else {
          met.healed += seen.healed > 0 ? 1 : 0;
          met.lost += signed.filter(({ count, head }) => seen.rows.get(count) !== head).length;
        }
        rmSync(folder, { recursive: true });
        cpSync(`${folder}-kept`, folder, { recursive: true });
      }
      rmSync(`${folder}-kept`, { recursive: true });
      expect(met.refused).toBeGreaterThan(10);
      expect(met.lost).toBe(0);
      expect(met.healed > 0).toBe(which === 'second');
    },
    60_000,
  );
});
