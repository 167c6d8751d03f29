import { keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  type StatedTip,
  asciiToBytes,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  isTipHidden,
  uintToBytes,
} from '@surety/domain';
import { type HistoryRow, type RecordOutcome, attestError, crashPoint } from '@surety/workflows';
import type Database from 'better-sqlite3';
import { corruptHistory } from './history-errors.js';

/** A row with the number of the batch that added it: batches count from 1, one per commit. */
export interface StoredRow {
  readonly row: HistoryRow;
  readonly batch: bigint;
}

/** A permanent refusal to sign: for one edge, one chain, or the whole key. */
export interface Latch {
  readonly scope: string;
  readonly claimed: string;
  readonly stored: string;
}

export type RowKey =
  | { readonly kind: 'head'; readonly edge: Bytes32; readonly count: bigint }
  | { readonly kind: 'tip'; readonly edge: Bytes32; readonly asOf: bigint; readonly height: bigint }
  | { readonly kind: 'block'; readonly chainId: number; readonly height: bigint };

/** Table of the journals' counts at signed blocks, separate because older files lack it. */
export const TIPS_SCHEMA = `
  CREATE TABLE tips (edge BLOB NOT NULL, as_of INTEGER NOT NULL, height INTEGER NOT NULL, value BLOB NOT NULL,
    batch INTEGER NOT NULL, mark BLOB NOT NULL, PRIMARY KEY (edge, as_of, height)) WITHOUT ROWID;
`;

/** Tables of a history. Every row has a checksum over its key, batch and value, so that a flipped bit is detected. */
export const HISTORY_SCHEMA = `
  CREATE TABLE owner (address BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE heads (edge BLOB NOT NULL, count INTEGER NOT NULL, value BLOB NOT NULL, batch INTEGER NOT NULL,
    mark BLOB NOT NULL, PRIMARY KEY (edge, count)) WITHOUT ROWID;
  CREATE TABLE blocks (chain_id INTEGER NOT NULL, height INTEGER NOT NULL, value BLOB NOT NULL, batch INTEGER NOT NULL,
    mark BLOB NOT NULL, PRIMARY KEY (chain_id, height)) WITHOUT ROWID;
  CREATE TABLE latches (scope TEXT NOT NULL PRIMARY KEY, claimed TEXT NOT NULL, stored TEXT NOT NULL) WITHOUT ROWID;
${TIPS_SCHEMA}`;

/** Scope of a latch on everything the key could sign. */
export const KEY_SCOPE = 'key';

/** Rows and latches of one history in its database; the caller opens transactions. */
export class HistoryTable {
  readonly #database: Database.Database;
  readonly #file: string;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Reason for which the key was retired; undefined if it was not. */
  retirement(): string | undefined {
    const found = this.#sql('SELECT claimed FROM latches WHERE scope = ?').get(KEY_SCOPE) as
      { claimed: string } | undefined;
    return found?.claimed;
  }

  retire(reason: string): void {
    this.addLatches([{ scope: KEY_SCOPE, claimed: reason, stored: '' }]);
  }

  latches(): readonly Latch[] {
    return this.#sql('SELECT scope, claimed, stored FROM latches ORDER BY scope').all() as Latch[];
  }

  /** Adds latches; existing ones stay unchanged. */
  addLatches(latches: readonly Latch[]): void {
    const insert = this.#sql('INSERT OR IGNORE INTO latches (scope, claimed, stored) VALUES (?, ?, ?)');
    for (const { scope, claimed, stored } of latches) insert.run(scope, claimed, stored);
  }

  /**
   * Adds the new rows of a batch, all or nothing, and returns them. A contradicting batch adds no row; it latches every
   * edge that it names, or its chain if it names none. Otherwise the chain is not latched: the evidence concerns one
   * name of one edge, and after a break of finality the key must go on signing the chain's other edges, and this one
   * under its next name.
   * @throws HISTORY_OLDER once the key is retired, HISTORY_CORRUPT.
   */
  record(rows: readonly HistoryRow[], batch: bigint): RecordOutcome & { readonly added?: readonly StoredRow[] } {
    const retired = this.retirement();
    if (retired !== undefined) throw attestError('HISTORY_OLDER', retired);
    const refused = this.#findLatched(rows);
    if (refused !== undefined) return refused;
    const added = new Map<string, HistoryRow>();
    for (const row of rows) {
      const key = keyText(row);
      const stored = added.get(key)?.value ?? this.read(row) ?? this.#findHidden(row, added.values());
      if (stored === undefined) added.set(key, row);
      else if (stored !== row.value) {
        const claimed = `${key}=${row.value}`;
        const edges = rows.filter(({ kind }) => kind !== 'block');
        const latched = new Set((edges.length === 0 ? rows : edges).map(scopeOf));
        this.addLatches([...latched].map((scope) => ({ scope, claimed, stored })));
        return { kind: 'contradicted', row, stored };
      }
    }
    const fresh = [...added.values()].map((row) => ({ row, batch }));
    for (const one of fresh) this.#insert(one);
    crashPoint('attester.history.half-written');
    return { kind: 'recorded', added: fresh };
  }

  /** Copies rows of another store with their batches. @throws HISTORY_CORRUPT if one contradicts a row here. */
  adopt(rows: Iterable<StoredRow>): void {
    for (const one of rows) {
      const stored = this.read(one.row);
      if (stored === undefined) this.#insert(one);
      else if (stored !== one.row.value)
        throw corruptHistory(
          this.#file,
          `the row ${keyText(one.row)} is ${stored}, the other store's ${one.row.value}`,
        );
    }
  }

  /** Returns the value of a row; undefined if there is none. @throws HISTORY_CORRUPT if its checksum does not match. */
  read(key: RowKey): Bytes32 | undefined {
    const found = this.#find(key);
    if (found === undefined) return undefined;
    const marked = found as MarkedValue;
    this.#requireMark(keyText(key), marked);
    return wordOf(marked.value);
  }

  readHighestCount(edge: Bytes32): bigint | undefined {
    const row = this.#sql('SELECT max(count) AS count FROM heads WHERE edge = ?').get(hexToBytes(edge, 32)) as {
      count: bigint | null;
    };
    return row.count ?? undefined;
  }

  #find(key: RowKey): unknown {
    if (key.kind === 'head') {
      const select = this.#sql('SELECT value, batch, mark FROM heads WHERE edge = ? AND count = ?');
      return select.get(hexToBytes(key.edge, 32), key.count);
    }
    if (key.kind === 'tip') {
      const select = this.#sql('SELECT value, batch, mark FROM tips WHERE edge = ? AND as_of = ? AND height = ?');
      return select.get(hexToBytes(key.edge, 32), key.asOf, key.height);
    }
    return this.#sql('SELECT value, batch, mark FROM blocks WHERE chain_id = ? AND height = ?').get(
      key.chainId,
      key.height,
    );
  }

  /**
   * Returns the value of a stored tip that contradicts a new one by denying entries, or that the new one denies. Stored
   * tips rise with time and height, so checking the two neighbours suffices.
   */
  #findHidden(row: HistoryRow, added: Iterable<HistoryRow>): Bytes32 | undefined {
    if (row.kind !== 'tip') return undefined;
    const at = [hexToBytes(row.edge, 32), row.asOf, row.height] as const;
    const columns = 'SELECT as_of, height, value, batch, mark FROM tips WHERE edge = ? AND';
    const neighbours = [
      this.#sql(`${columns} (as_of, height) < (?, ?) ORDER BY as_of DESC, height DESC LIMIT 1`).get(...at),
      this.#sql(`${columns} (as_of, height) > (?, ?) ORDER BY as_of, height LIMIT 1`).get(...at),
    ] as ((MarkedValue & TipPlace) | undefined)[];
    const stored = neighbours.flatMap((found): HistoryRow[] => {
      if (found === undefined) return [];
      const key = { kind: 'tip', edge: row.edge, asOf: found.as_of, height: found.height } as const;
      this.#requireMark(keyText(key), found);
      return [{ ...key, value: wordOf(found.value) }];
    });
    return [...stored, ...added].find((one) => one.kind === 'tip' && one.edge === row.edge && hidesTip(one, row))
      ?.value;
  }

  /**
   * Yields every row, heads before tips before blocks, each in the order of its key.
   * @throws HISTORY_CORRUPT at a mark that does not fit.
   */
  *scan(): Generator<StoredRow> {
    const heads = this.#database.prepare('SELECT * FROM heads ORDER BY edge, count').iterate();
    for (const { edge, count, ...marked } of heads as Iterable<MarkedValue & { edge: Uint8Array; count: bigint }>) {
      if (!isWord(edge) || !isNatural(count)) throw this.#misshapen('a row of heads');
      this.#requireMark(keyText({ kind: 'head', edge: wordOf(edge), count }), marked);
      yield { row: { kind: 'head', edge: wordOf(edge), count, value: wordOf(marked.value) }, batch: marked.batch };
    }
    const tips = this.#database.prepare('SELECT * FROM tips ORDER BY edge, as_of, height').iterate();
    for (const { edge, as_of, height, ...marked } of tips as Iterable<MarkedValue & TipPlace & { edge: Uint8Array }>) {
      if (!isWord(edge) || !isNatural(as_of) || !isNatural(height)) throw this.#misshapen('a row of tips');
      const key = { kind: 'tip', edge: wordOf(edge), asOf: as_of, height } as const;
      this.#requireMark(keyText(key), marked);
      yield { row: { ...key, value: wordOf(marked.value) }, batch: marked.batch };
    }
    const blocks = this.#database.prepare('SELECT * FROM blocks ORDER BY chain_id, height').iterate();
    for (const { chain_id, height, ...marked } of blocks as Iterable<
      MarkedValue & { chain_id: bigint; height: bigint }
    >) {
      if (!isNatural(chain_id) || !isNatural(height)) throw this.#misshapen('a row of blocks');
      const chainId = Number(chain_id);
      this.#requireMark(keyText({ kind: 'block', chainId, height }), marked);
      yield { row: { kind: 'block', chainId, height, value: wordOf(marked.value) }, batch: marked.batch };
    }
  }

  #findLatched(rows: readonly HistoryRow[]): RecordOutcome | undefined {
    const select = this.#sql('SELECT stored FROM latches WHERE scope = ?');
    const scopes = new Map(rows.map((row) => [scopeOf(row), row]));
    for (const [scope, row] of scopes) {
      const found = select.get(scope) as { stored: string } | undefined;
      if (found === undefined) continue;
      if (!/^0x[0-9a-f]{64}$/.test(found.stored)) throw this.#misshapen(`the latch ${scope}`);
      return { kind: 'contradicted', row, stored: bytes32(found.stored) };
    }
    return undefined;
  }

  #insert({ row, batch }: StoredRow): void {
    const value = hexToBytes(row.value, 32);
    const mark = markOf(keyText(row), { value, batch });
    if (row.kind === 'head') {
      const insert = this.#sql('INSERT INTO heads (edge, count, value, batch, mark) VALUES (?, ?, ?, ?, ?)');
      insert.run(hexToBytes(row.edge, 32), row.count, value, batch, mark);
    } else if (row.kind === 'tip') {
      const insert = this.#sql('INSERT INTO tips (edge, as_of, height, value, batch, mark) VALUES (?, ?, ?, ?, ?, ?)');
      insert.run(hexToBytes(row.edge, 32), row.asOf, row.height, value, batch, mark);
    } else {
      const insert = this.#sql('INSERT INTO blocks (chain_id, height, value, batch, mark) VALUES (?, ?, ?, ?, ?)');
      insert.run(row.chainId, row.height, value, batch, mark);
    }
  }

  /** Compiles each statement once: compiling costs more than a synced write on a fast disk. */
  #sql(text: string): Database.Statement {
    const held = this.#prepared.get(text) ?? this.#database.prepare(text);
    this.#prepared.set(text, held);
    return held;
  }

  #requireMark(key: string, marked: MarkedValue): void {
    if (!isWord(marked.value) || !isNatural(marked.batch) || !(marked.mark instanceof Uint8Array))
      throw this.#misshapen(`the row ${key}`);
    if (bytesToHex(markOf(key, marked)) !== bytesToHex(marked.mark))
      throw corruptHistory(this.#file, `the row ${key} does not match its mark`);
  }

  #misshapen(seen: string): Error {
    return corruptHistory(this.#file, `${seen} holds cells of another kind or length`);
  }
}

interface MarkedValue {
  readonly value: Uint8Array;
  readonly batch: bigint;
  readonly mark: Uint8Array;
}

/** The block of a tip, as its table stores it. */
interface TipPlace {
  readonly as_of: bigint;
  readonly height: bigint;
}

function hidesTip(one: TipRow, other: TipRow): boolean {
  return isTipHidden(statedTip(one), statedTip(other));
}

type TipRow = Extract<HistoryRow, { kind: 'tip' }>;

function statedTip({ asOf, height, value }: TipRow): StatedTip {
  return { asOf, blockNumber: height, tip: BigInt(value) };
}

function keyText(key: RowKey): string {
  if (key.kind === 'head') return `head:${key.edge}:${key.count}`;
  if (key.kind === 'tip') return `tip:${key.edge}:${key.asOf}:${key.height}`;
  return `block:${key.chainId}:${key.height}`;
}

function scopeOf(row: HistoryRow): string {
  return row.kind === 'block' ? `chain:${row.chainId}` : `edge:${row.edge}`;
}

/** A damaged file may return values of another type. */
function isWord(cell: unknown): cell is Uint8Array {
  return cell instanceof Uint8Array && cell.length === 32;
}

function isNatural(cell: unknown): cell is bigint {
  return typeof cell === 'bigint' && cell >= 0n;
}

function wordOf(cell: Uint8Array): Bytes32 {
  return bytes32(bytesToHex(cell));
}

function markOf(key: string, { value, batch }: { value: Uint8Array; batch: bigint }): Uint8Array {
  return keccak256(concatBytes(asciiToBytes(key), uintToBytes(batch, 8), value)).subarray(0, 8);
}
