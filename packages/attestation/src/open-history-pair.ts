import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Address, AppError, type Bytes32 } from '@surety/domain';
import { type HistoryRow, type RecordOutcome, type SigningHistory, attestError, crashPoint } from '@surety/workflows';
import { type HistoryDifference, compareHistories } from './compare-histories.js';
import { KEY_SCOPE, type StoredRow } from './history-table.js';
import { type SqliteSigningHistory, openSigningHistory } from './open-signing-history.js';

/** Paths of the two stores of one key's history; they should be in different failure domains. */
export interface HistoryFiles {
  readonly first: string;
  readonly second: string;
}

/** Both stores of a signing history in step: a row counts once both have synced it. */
export interface HistoryPair extends SigningHistory {
  /** Reason for which nothing can be recorded now; undefined if the last operation succeeded. */
  readonly trouble: string | undefined;
  /** Reason for which the key was retired; undefined if it was not. A retired key signs nothing. */
  readonly retirement: string | undefined;
  /** Rows that the second store lacked at the start because of a crash between the two syncs; otherwise 0. */
  readonly rowsHealed: number;
  /** True if both stores are on one device, so that a single loss may take both. */
  readonly sameDevice: boolean;
  close(): void;
}

/**
 * Opens both stores of a signing history and compares them row by row.
 *
 * | first | second | what happens |
 * | --- | --- | --- |
 * | equal | equal | opened |
 * | one batch ahead | behind | a crash came between the two syncs: the batch is copied, opened |
 * | further ahead, or behind | the other way | HISTORY_STORE_BEHIND names the older one; a person rebuilds it |
 * | rows that the other lacks | rows that the other lacks | both are older than the last signature: both are retired permanently |
 * | whole | gone, empty or damaged | HISTORY_STORE_BEHIND |
 * | whole, gone or damaged | written by a newer release | STATE_NEWER, whichever of the two it is |
 * | gone or damaged | gone or damaged | HISTORY_MISSING or HISTORY_CORRUPT: the key is retired by its operator |
 *
 * Latches are copied both ways: they only refuse.
 * @throws as above, HISTORY_IN_USE, HISTORY_UNAVAILABLE.
 * @source PROTOCOL section 4, point 5
 */
export function openHistoryPair(options: { readonly files: HistoryFiles; readonly address: Address }): HistoryPair {
  const { files, address } = options;
  const stores = openBoth(files, address);
  try {
    const difference = compareHistories({ first: stores.first.scan(), second: stores.second.scan() });
    crashPoint('attester.start.compared');
    const rowsHealed = level(stores, difference);
    stores.second.adopt({ latches: stores.first.latches() });
    stores.first.adopt({ latches: stores.second.latches() });
    return new SteppedPair(stores, { rowsHealed, sameDevice: deviceOf(files.first) === deviceOf(files.second) });
  } catch (error) {
    stores.first.close();
    stores.second.close();
    throw error;
  }
}

interface Stores {
  readonly first: SqliteSigningHistory;
  readonly second: SqliteSigningHistory;
}

function openBoth(files: HistoryFiles, address: Address): Stores {
  requireBothOrNone(files, address);
  const [first, second] = [files.first, files.second].map((file) => attemptOpen(file, address));
  if (first === undefined || second === undefined) throw new Error('two files give two outcomes');
  if (first.history !== undefined && second.history !== undefined)
    return { first: first.history, second: second.history };
  const whole = first.history ?? second.history;
  const failures = [first.failure, second.failure].filter((failure) => failure !== undefined);
  // Where both fail, the key is lost only if both stores are.
  const failure = failures.find((one) => !(one instanceof AppError && isLoss(one))) ?? failures[0];
  const rows = whole === undefined ? 0 : countRows(whole);
  whole?.close();
  if (whole === undefined || rows === 0 || !(failure instanceof AppError) || !isLoss(failure)) throw failure;
  throw storeBehind({
    older: first.history === undefined ? 'first' : 'second',
    seen: failure.message,
    newer: whole.file,
  });
}

/** Refuses a missing store beside one with rows. Creating it empty would make it look new at the next start. */
function requireBothOrNone(files: HistoryFiles, address: Address): void {
  const [hasFirst, hasSecond] = [files.first, files.second].map((file) => existsSync(`${file}.born`));
  if (hasFirst === hasSecond) return;
  const newer = hasFirst === true ? files.first : files.second;
  const store = openSigningHistory({ file: newer, address });
  const rows = countRows(store);
  store.close();
  if (rows === 0) return;
  const [older, lost] = hasFirst === true ? (['second', files.second] as const) : (['first', files.first] as const);
  throw storeBehind({ older, seen: `${lost} is gone with its marker, ${newer} holds ${rows} rows`, newer });
}

function attemptOpen(file: string, address: Address): { history?: SqliteSigningHistory; failure?: unknown } {
  try {
    return { history: openSigningHistory({ file, address }) };
  } catch (failure) {
    return { failure };
  }
}

/** True if a store is missing or damaged. One that is locked or temporarily unreadable is not lost. */
function isLoss({ code }: AppError): boolean {
  return code === 'HISTORY_MISSING' || code === 'HISTORY_CORRUPT';
}

function countRows(history: SqliteSigningHistory): number {
  let rows = 0;
  for (const _ of history.scan()) rows++;
  return rows;
}

/** Copies the batch that a crash kept from the second store; returns the number of rows copied. */
function level({ first, second }: Stores, difference: HistoryDifference): number {
  const { firstOnly, secondOnly, firstBatch, secondBatch } = difference;
  if (firstOnly.length === 0 && secondOnly.length === 0) return 0;
  if (firstOnly.length > 0 && secondOnly.length > 0) {
    const reason =
      `${first.file} holds ${firstOnly.length} rows that ${second.file} lacks, and lacks ${secondOnly.length} that it holds: ` +
      'both are older than what this key signed. This key never signs again; rotate to a new one';
    for (const store of [first, second]) store.adopt({ latches: [{ scope: KEY_SCOPE, claimed: reason, stored: '' }] });
    return 0;
  }
  if (
    secondOnly.length === 0 &&
    firstBatch === secondBatch + 1n &&
    firstOnly.every(({ batch }) => batch === firstBatch)
  ) {
    second.adopt({ rows: firstOnly });
    crashPoint('attester.start.healed');
    return firstOnly.length;
  }
  const older = secondOnly.length > 0 ? 'first' : 'second';
  const [behind, ahead] = older === 'first' ? [first, second] : [second, first];
  const seen = `${behind.file} lacks ${firstOnly.length + secondOnly.length} rows of ${ahead.file}: it was emptied, or restored from an old copy`;
  throw storeBehind({ older, seen, newer: ahead.file });
}

function storeBehind({ older, seen, newer }: { older: 'first' | 'second'; seen: string; newer: string }): Error {
  return attestError(
    'HISTORY_STORE_BEHIND',
    `the ${older} store of the signing history is lost or older: ${seen}. If ${newer} was never restored from a copy, run ` +
      `\`node apps/watcher/dist/program.mjs rebuild-history ${older}\`; if it was, retire the key and rotate to a new one`,
  );
}

function deviceOf(file: string): number {
  return statSync(dirname(file)).dev;
}

/** Writes to both stores in step: the first accepts nothing new before the second has caught up. */
class SteppedPair implements HistoryPair {
  readonly rowsHealed: number;
  readonly sameDevice: boolean;
  readonly #first: SqliteSigningHistory;
  readonly #second: SqliteSigningHistory;
  #owed: readonly StoredRow[] = [];

  constructor({ first, second }: Stores, facts: { rowsHealed: number; sameDevice: boolean }) {
    this.#first = first;
    this.#second = second;
    this.rowsHealed = facts.rowsHealed;
    this.sameDevice = facts.sameDevice;
  }

  get trouble(): string | undefined {
    return this.#first.trouble ?? this.#second.trouble;
  }

  get retirement(): string | undefined {
    return this.#first.retirement ?? this.#second.retirement;
  }

  async record(rows: readonly HistoryRow[]): Promise<RecordOutcome> {
    this.#settle();
    const { outcome, added } = this.#first.recordBatch(rows);
    if (outcome.kind === 'contradicted') {
      this.#second.adopt({ latches: this.#first.latches() });
      return outcome;
    }
    crashPoint('attester.history.one-recorded');
    this.#owed = added;
    this.#settle();
    crashPoint('attester.history.both-recorded');
    return outcome;
  }

  async retire(reason: string): Promise<void> {
    const outcomes = await Promise.allSettled([this.#first.retire(reason), this.#second.retire(reason)]);
    // One latch suffices: the next start copies it to the other store.
    if (outcomes.every(({ status }) => status === 'rejected')) throw (outcomes[0] as PromiseRejectedResult).reason;
  }

  readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined> {
    return this.#first.readHead(edge, count);
  }

  readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined> {
    return this.#first.readBlock(chainId, height);
  }

  readHighestCount(edge: Bytes32): Promise<bigint | undefined> {
    return this.#first.readHighestCount(edge);
  }

  close(): void {
    this.#first.close();
    this.#second.close();
  }

  #settle(): void {
    if (this.#owed.length === 0) return;
    this.#second.adopt({ rows: this.#owed });
    this.#owed = [];
  }
}
