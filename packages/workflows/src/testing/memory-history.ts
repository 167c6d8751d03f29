import { type Bytes32, type StatedTip, isTipHidden } from '@surety/domain';
import { attestError } from '../attest/errors.js';
import type { HistoryRow, RecordOutcome, SigningHistory } from '../ports/attester.js';

/** A signing history in memory; it syncs nothing. */
export class MemoryHistory implements SigningHistory {
  readonly #rows = new Map<string, Bytes32>();
  readonly #tips: TipRow[] = [];
  /** Reason for which the key was retired; undefined if it was not. */
  retired: string | undefined;
  /** Thrown by every call while set. */
  failure: Error | undefined;

  async record(rows: readonly HistoryRow[]): Promise<RecordOutcome> {
    this.#requireAnswers();
    if (this.retired !== undefined) throw attestError('HISTORY_OLDER', this.retired);
    const added = new Map<string, Bytes32>();
    for (const row of rows) {
      const stored = this.#rows.get(keyOf(row)) ?? added.get(keyOf(row));
      if (stored !== undefined && stored !== row.value) return { kind: 'contradicted', row, stored };
      const hidden = row.kind === 'tip' ? this.#tips.find((one) => isHidden(one, row)) : undefined;
      if (hidden !== undefined) return { kind: 'contradicted', row, stored: hidden.value };
      added.set(keyOf(row), row.value);
    }
    this.#tips.push(...rows.filter((row) => row.kind === 'tip'));
    for (const [key, value] of added) this.#rows.set(key, value);
    return { kind: 'recorded' };
  }

  async retire(reason: string): Promise<void> {
    this.#requireAnswers();
    this.retired ??= reason;
  }

  async readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined> {
    this.#requireAnswers();
    return this.#rows.get(`head:${edge}:${count}`);
  }

  async readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined> {
    this.#requireAnswers();
    return this.#rows.get(`block:${chainId}:${height}`);
  }

  async readHighestCount(edge: Bytes32): Promise<bigint | undefined> {
    this.#requireAnswers();
    let highest: bigint | undefined;
    for (const key of this.#rows.keys()) {
      const [kind, name, count] = key.split(':');
      if (kind !== 'head' || name !== edge || count === undefined) continue;
      if (highest === undefined || BigInt(count) > highest) highest = BigInt(count);
    }
    return highest;
  }

  #requireAnswers(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

type TipRow = Extract<HistoryRow, { kind: 'tip' }>;

function isHidden(one: TipRow, other: TipRow): boolean {
  const stated = ({ value, height, asOf }: TipRow): StatedTip => ({ tip: BigInt(value), blockNumber: height, asOf });
  return one.edge === other.edge && isTipHidden(stated(one), stated(other));
}

function keyOf(row: HistoryRow): string {
  if (row.kind === 'head') return `head:${row.edge}:${row.count}`;
  if (row.kind === 'tip') return `tip:${row.edge}:${row.asOf}:${row.height}`;
  return `block:${row.chainId}:${row.height}`;
}
