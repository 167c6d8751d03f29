import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChainId, blockHash, blockHeight } from '@surety/domain';
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
 * Keeps a chain's record in one file, replaced atomically: written beside it, synced, renamed, and the folder synced. A file
 * that is not a record of this chain reads as halted. So does a missing one, if the marker beside it says that it was written
 * before.
 */
export function createFileHaltStore(options: { path: string; chainId: ChainId; clock: Clock }): HaltStore {
  const { path, chainId, clock } = options;
  let saving: Promise<void> = Promise.resolve();
  // A block comes each second: whatever stays from one record to the next is done once.
  let isPrepared = false;
  const replace = async (text: string): Promise<void> => {
    const wasPrepared = isPrepared;
    isPrepared = false;
    await replaceFile(path, text, wasPrepared);
    isPrepared = true;
  };
  return {
    async load() {
      try {
        return parseRecord(JSON.parse(await readFile(path, 'utf8')), chainId);
      } catch (error) {
        if (isMissing(error) && !(await exists(markerOf(path)))) return { halt: null, finals: [] };
        return { halt: unreadable(chainId, clock.nowMs()), finals: [] };
      }
    },
    save(record) {
      const text = `${JSON.stringify(printRecord(record, chainId))}\n`;
      const saved = saving.then(() => replace(text));
      saving = saved.catch(() => undefined);
      return saved;
    },
  };
}

/** Replaces the record, and makes its folder and its marker first unless they are known to be there. */
async function replaceFile(path: string, text: string, isPrepared: boolean): Promise<void> {
  const folder = dirname(path);
  try {
    if (!isPrepared) await mkdir(folder, { recursive: true });
    await writeSynced(`${path}.new`, text);
    crashPoint('watcher.finals.written');
    await rename(`${path}.new`, path);
    crashPoint('watcher.finals.renamed');
    if (!isPrepared && !(await exists(markerOf(path)))) await writeSynced(markerOf(path), '');
    await syncFolder(folder);
  } catch (cause) {
    throw chainError(
      'HALT_STORE_UNAVAILABLE',
      `the record of final blocks, ${path}, could not be written; check that ${folder} may be written to and has free space`,
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
    finals: finals.map(({ height, hash }) => [height.toString(), hash]),
  };
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
