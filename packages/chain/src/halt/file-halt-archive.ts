import { constants, copyFile, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseObject } from '@surety/rpc';
import { chainError } from '../errors.js';
import { parseHalt, printHalt } from './halt-codec.js';
import type { ClearedHalt, HaltArchive } from './halt-store.js';
import { syncFolder, writeSynced } from './write-synced.js';

/**
 * Archives the cleared halts of one record beside it: one line of JSON each in `<record>.cleared`. An unreadable record is moved
 * to `<record>.unreadable-<time>`.
 */
export function createFileHaltArchive({ path }: { readonly path: string }): HaltArchive {
  const archive = `${path}.cleared`;
  return {
    async append(cleared) {
      const { halt, clearedAtMs, reason, forgotten } = cleared;
      const kept = forgotten.map(({ height, hash }) => [height.toString(), hash]);
      const line = JSON.stringify({ halt: printHalt(halt), clearedAtMs, reason, forgotten: kept });
      await attempt(archive, async () => {
        if (halt.height === null) await keepFile(path, `${path}.unreadable-${clearedAtMs}`);
        await writeSynced(archive, `${line}\n`, 'append');
        await syncFolder(dirname(path));
      });
    },
    load: () =>
      attempt(archive, async () => {
        const text = await readFile(archive, 'utf8').catch((error: unknown) => unlessMissing(error, ''));
        const lines = text.split('\n').filter((line) => line !== '');
        return lines.map((line) => parseCleared(JSON.parse(line)));
      }),
  };
}

function parseCleared(value: unknown): Omit<ClearedHalt, 'forgotten'> {
  const { halt, clearedAtMs, reason } = parseObject(value, 'a cleared halt');
  return { halt: parseHalt(halt), clearedAtMs: Number(clearedAtMs), reason: String(reason) };
}

/** A record that is already gone needs no copy. */
async function keepFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL).catch((error: unknown) => unlessMissing(error, undefined));
}

function unlessMissing<Value>(error: unknown, value: Value): Value {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
  throw error;
}

async function attempt<Value>(file: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    throw chainError(
      'HALT_STORE_UNAVAILABLE',
      `the cleared halts of ${file} could not be read or written; check its folder and free space`,
      { cause },
    );
  }
}
