import type { HistoryRow } from '@surety/workflows';
import type { StoredRow } from './history-table.js';

/**
 * The rows in which two stores of one history differ. A row with the same key and another value or batch is in both
 * lists.
 */
export interface HistoryDifference {
  /** Rows missing from the second store. */
  readonly firstOnly: readonly StoredRow[];
  /** Rows missing from the first store. */
  readonly secondOnly: readonly StoredRow[];
  /** Highest batch of the first store, 0 if it is empty. */
  readonly firstBatch: bigint;
  readonly secondBatch: bigint;
}

/** Compares two stores row by row; both must be sorted by key. */
export function compareHistories(stores: {
  readonly first: Iterable<StoredRow>;
  readonly second: Iterable<StoredRow>;
}): HistoryDifference {
  const first = new Reel(stores.first);
  const second = new Reel(stores.second);
  const firstOnly: StoredRow[] = [];
  const secondOnly: StoredRow[] = [];
  while (first.row !== undefined || second.row !== undefined) {
    const order = compareKeys(first.row?.row, second.row?.row);
    const same =
      order === 0 && first.row?.row.value === second.row?.row.value && first.row?.batch === second.row?.batch;
    if (!same && order <= 0 && first.row !== undefined) firstOnly.push(first.row);
    if (!same && order >= 0 && second.row !== undefined) secondOnly.push(second.row);
    if (order <= 0) first.advance();
    if (order >= 0) second.advance();
  }
  return { firstOnly, secondOnly, firstBatch: first.batch, secondBatch: second.batch };
}

/** Iterates over one store's rows. */
class Reel {
  readonly #rows: Iterator<StoredRow>;
  row: StoredRow | undefined;
  /** Highest batch seen. */
  batch = 0n;

  constructor(rows: Iterable<StoredRow>) {
    this.#rows = rows[Symbol.iterator]();
    this.advance();
  }

  advance(): void {
    const next = this.#rows.next();
    this.row = next.done === true ? undefined : next.value;
    if (this.row !== undefined && this.row.batch > this.batch) this.batch = this.row.batch;
  }
}

/** Orders heads before tips before blocks, each ascending by its key; an exhausted store comes last. */
function compareKeys(one: HistoryRow | undefined, other: HistoryRow | undefined): -1 | 0 | 1 {
  if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? 1 : -1;
  if (one.kind === 'head') {
    if (other.kind !== 'head') return -1;
    return one.edge === other.edge ? ascend(one.count, other.count) : ascend(one.edge, other.edge);
  }
  if (other.kind === 'head') return 1;
  if (one.kind === 'tip') {
    if (other.kind !== 'tip') return -1;
    if (one.edge !== other.edge) return ascend(one.edge, other.edge);
    return one.asOf === other.asOf ? ascend(one.height, other.height) : ascend(one.asOf, other.asOf);
  }
  if (other.kind !== 'block') return 1;
  return one.chainId === other.chainId ? ascend(one.height, other.height) : ascend(one.chainId, other.chainId);
}

function ascend<Key extends bigint | number | string>(one: Key, other: Key): -1 | 0 | 1 {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
