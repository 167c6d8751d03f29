import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BlockHash, type BlockHeight, type ChainId, blockHash, blockHeight } from '@surety/domain';
import { parseArray, parseObject } from '@surety/rpc';
import { type Clock, crashPoint } from '@surety/workflows';
import { chainError } from '../errors.js';
import { parseHalt, printHalt } from './halt-codec.js';
import type { AcceptedFinal, ChainRecord, HaltEvidence, HaltStore } from './halt-store.js';
import { syncFolder, writeSynced } from './write-synced.js';

const VERSION = 1;

/** Far above any limit on kept blocks; a longer list is not a valid record. */
const FINALS_MAX = 100_000;

/**
 * Bytes that a disk writes at once. A crash may keep the second part of a line that lies on two of these, and lose the first: the record
 * is written anew instead, about every fiftieth time.
 */
const PAGE_BYTES = 4_096;

/**
 * Keeps a chain's record in one file: a line of JSON that is the whole record, and a line for each block that was accepted
 * after it. The first is replaced atomically: written beside the file, synced, renamed, and the folder synced. A last line
 * that was cut off was never accepted, and is left out. A file that is otherwise no record of this chain reads as halted. So
 * does a missing one, if the marker beside it says that it was written before.
 */
export function createFileHaltStore(options: { path: string; chainId: ChainId; clock: Clock }): HaltStore {
  const { path, chainId, clock } = options;
  let saving: Promise<void> = Promise.resolve();
  // The record that this process wrote last; undefined before its first one and after a failure, which may have cut off a line.
  let last: WrittenRecord | undefined;
  const write = async (record: ChainRecord): Promise<void> => {
    const before = last;
    last = undefined;
    const lines = before && linesAfter(before, record);
    const text = lines ?? `${JSON.stringify(printRecord(record, chainId))}\n`;
    await (lines === undefined ? replaceFile(path, text, before !== undefined) : extendFile(path, text));
    const finals = new Map(record.finals.map(({ height, hash }) => [height, hash]));
    last = {
      finals,
      isHalted: record.halt !== null,
      bytes: (lines === undefined ? 0 : (before?.bytes ?? 0)) + text.length,
    };
  };
  return {
    async load() {
      try {
        return parseFile(await readFile(path, 'utf8'), chainId);
      } catch (error) {
        if (isMissing(error) && !(await exists(markerOf(path)))) return { halt: null, finals: [] };
        return { halt: unreadable(chainId, clock.nowMs()), finals: [] };
      }
    },
    save(record) {
      const saved = saving.then(() => write(record));
      saving = saved.catch(() => undefined);
      return saved;
    },
  };
}

/**
 * Marks a record that was lost together with its marker, so that it reads as halted until a person clears it. Returns false,
 * and does nothing, if the record is there. @throws HALT_STORE_UNAVAILABLE.
 */
export async function markLostRecord(path: string): Promise<boolean> {
  if (await exists(path)) return false;
  await attempt(path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSynced(markerOf(path), '');
    await syncFolder(dirname(path));
  });
  return true;
}

/** The record of a file, and its length. */
interface WrittenRecord {
  readonly finals: ReadonlyMap<BlockHeight, BlockHash>;
  readonly isHalted: boolean;
  readonly bytes: number;
}

/**
 * Returns the lines that a file of one record needs to say a later one; undefined where only a whole record can, or a crash could
 * garble them. Whoever loads keeps the newest lines: what fell out of the record may stay in the file.
 */
function linesAfter(
  { finals: known, isHalted, bytes }: WrittenRecord,
  { halt, finals }: ChainRecord,
): string | undefined {
  const added = finals.filter(({ height, hash }) => known.get(height) !== hash);
  if (isHalted || halt !== null || added.some(({ height }) => known.has(height))) return undefined;
  const lines = added.map((final) => `${JSON.stringify(printFinal(final))}\n`).join('');
  const pageOf = (at: number): number => Math.floor(at / PAGE_BYTES);
  return pageOf(bytes) === pageOf(bytes + lines.length - 1) ? lines : undefined;
}

/** Adds lines to the record. One that is gone is not made anew here: without its first line it would be none. */
async function extendFile(path: string, lines: string): Promise<void> {
  await attempt(path, () => writeSynced(path, lines, 'extend'));
  crashPoint('watcher.finals.added');
}

/** Replaces the record, and makes its folder and its marker first unless they are known to be there. */
async function replaceFile(path: string, text: string, isPrepared: boolean): Promise<void> {
  const folder = dirname(path);
  await attempt(path, async () => {
    if (!isPrepared) await mkdir(folder, { recursive: true });
    await writeSynced(`${path}.new`, text);
    crashPoint('watcher.finals.written');
    await rename(`${path}.new`, path);
    crashPoint('watcher.finals.renamed');
    if (!isPrepared && !(await exists(markerOf(path)))) await writeSynced(markerOf(path), '');
    await syncFolder(folder);
  });
}

async function attempt(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    throw chainError(
      'HALT_STORE_UNAVAILABLE',
      `the record of final blocks, ${path}, could not be written; check that ${dirname(path)} may be written to and has free space`,
      { cause },
    );
  }
}

function printRecord(record: ChainRecord, chainId: ChainId): unknown {
  const { halt, finals } = record;
  return {
    version: VERSION,
    chainId,
    halt: halt === null ? null : printHalt(halt),
    finals: finals.map(printFinal),
  };
}

function printFinal({ height, hash }: AcceptedFinal): unknown {
  return [height.toString(), hash];
}

function parseFile(text: string, chainId: ChainId): ChainRecord {
  const [first = '', ...lines] = text.split('\n');
  const record = parseRecord(JSON.parse(first), chainId);
  return { ...record, finals: [...record.finals, ...lines.slice(0, -1).map((line) => parseFinal(JSON.parse(line)))] };
}

function parseRecord(value: unknown, chainId: ChainId): ChainRecord {
  const record = parseObject(value, 'the record');
  if (record['version'] !== VERSION || record['chainId'] !== chainId) {
    throw chainError(
      'HALT_STORE_UNAVAILABLE',
      `the record is of another version or chain; expected version ${VERSION} of chain ${chainId}`,
    );
  }
  if (record['halt'] === undefined)
    throw chainError('HALT_STORE_UNAVAILABLE', 'the record does not say whether it is halted');
  return {
    halt: record['halt'] === null ? null : parseHalt(record['halt']),
    finals: parseArray(record['finals'], 'finals', FINALS_MAX).map(parseFinal),
  };
}

function parseFinal(value: unknown): AcceptedFinal {
  const [height, hash] = parseArray(value, 'a final block', 2);
  if (typeof height !== 'string' || typeof hash !== 'string') {
    throw chainError('HALT_STORE_UNAVAILABLE', 'a final block is malformed; expected its height and hash');
  }
  return { height: blockHeight(BigInt(height)), hash: blockHash(hash) };
}

function unreadable(chainId: ChainId, sinceMs: number): HaltEvidence {
  return {
    reason: `the record of final blocks of chain ${chainId} is gone or unreadable; restore it, or clear the halt once the chain was checked by hand`,
    sinceMs,
    height: null,
    accepted: null,
    contradicting: null,
  };
}

function markerOf(path: string): string {
  return `${path}.born`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // An inaccessible path may still exist.
    return !isMissing(error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
