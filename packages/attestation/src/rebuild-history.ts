import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Address, AppError } from '@surety/domain';
import { attestError, crashPoint } from '@surety/workflows';
import { compareHistories } from './compare-histories.js';
import { attemptOnHistory, corruptHistory } from './history-errors.js';
import {
  type SqliteSigningHistory,
  openSigningHistory,
  syncPath,
  writeSigningHistory,
} from './open-signing-history.js';

/** The outcome of a rebuild. */
export interface RebuiltHistory {
  readonly rows: number;
  /** Path to which the remains of the lost store were moved, if there were any. */
  readonly remains: string | undefined;
}

/**
 * Rebuilds a lost or older store from the intact one. An operator runs it while no process holds either file. It moves
 * the remains of the lost store aside and keeps its latches. Repeat it after a crash to finish.
 * @throws HISTORY_OLDER if the lost store holds rows that the whole one lacks: then neither may be used again;
 * HISTORY_IN_USE, HISTORY_MISSING, HISTORY_CORRUPT, HISTORY_UNAVAILABLE.
 */
export function rebuildHistory(options: {
  readonly lost: string;
  readonly whole: string;
  readonly address: Address;
}): RebuiltHistory {
  const { lost, whole, address } = options;
  if (!existsSync(whole)) {
    throw attestError(
      'HISTORY_MISSING',
      `${whole} is gone too; expected the whole store. Retire the key and rotate to a new one`,
    );
  }
  requireOwnMarker(lost, address);
  const source = openSigningHistory({ file: whole, address });
  try {
    takeLatches(lost, source, address);
    const rows = [...source.scan()];
    const fresh = `${lost}.rebuilding`;
    for (const end of ['', '-wal', '-shm']) rmSync(`${fresh}${end}`, { force: true });
    writeSigningHistory({ file: fresh, address, rows, latches: source.latches() });
    crashPoint('attester.rebuild.written');
    const remains = attemptOnHistory(lost, () => moveAside(lost));
    crashPoint('attester.rebuild.moved-aside');
    attemptOnHistory(lost, () => renameSync(fresh, lost));
    syncPath(dirname(lost));
    openSigningHistory({ file: lost, address }).close();
    return { rows: rows.length, remains };
  } finally {
    source.close();
  }
}

/** Refuses remains of another key's history. */
function requireOwnMarker(lost: string, address: Address): void {
  const marker = `${lost}.born`;
  if (!existsSync(marker)) return;
  const owner = readFileSync(marker, 'utf8').trim();
  if (owner !== address)
    throw corruptHistory(lost, `${marker} says that it belongs to ${owner}, and the key is that of ${address}`);
}

/** Copies the latches of the lost store's remains to the intact store, which must have every row of the remains. */
function takeLatches(lost: string, source: SqliteSigningHistory, address: Address): void {
  if (!existsSync(lost)) return;
  let remains: SqliteSigningHistory;
  try {
    remains = openSigningHistory({ file: lost, address });
  } catch (error) {
    if (error instanceof AppError && (error.code === 'HISTORY_MISSING' || error.code === 'HISTORY_CORRUPT')) return;
    throw error;
  }
  try {
    const { secondOnly } = compareHistories({ first: source.scan(), second: remains.scan() });
    if (secondOnly.length > 0) {
      throw attestError(
        'HISTORY_OLDER',
        `${lost} holds ${secondOnly.length} rows that ${source.file} lacks, so ${source.file} is the older one or both are; ` +
          'expected the store to rebuild from to hold every row. Name the other store, or retire the key',
      );
    }
    source.adopt({ latches: remains.latches() });
  } finally {
    remains.close();
  }
}

function moveAside(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  let number = 1;
  while (existsSync(`${file}.lost-${number}`)) number++;
  const remains = `${file}.lost-${number}`;
  for (const end of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${remains}${end}`);
  }
  return remains;
}
