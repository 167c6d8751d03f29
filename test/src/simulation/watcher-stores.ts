import {
  AppError,
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  type StatedTip,
  concatBytes,
  isTipHidden,
} from '@surety/domain';
import {
  type AttestationLog,
  type AttestationStep,
  type DeliveryMark,
  type EntryLocation,
  type HistoryRow,
  type JournalCursor,
  type LocatedEntries,
  type QueuedStatement,
  type RecordOutcome,
  type SigningHistory,
  attestError,
} from '@surety/workflows';
import type { Disk } from './disk.js';
import type { Life } from './life.js';
import type { PlantName } from './plants.js';

/** One store of a signing history. */
export interface HistoryState {
  readonly rows: Map<string, Bytes32>;
  /** Tips that were stated under each name. */
  readonly tips: Map<Bytes32, TipRow[]>;
  /** Names of edges, and chains, of which a contradiction was found. */
  readonly latched: Set<string>;
  retired: string | undefined;
  /** Writes so far, and the write that brought a row. */
  writes: number;
  readonly writtenAt: Map<string, number>;
}

/** An empty store. */
export function freshHistory(): HistoryState {
  return { rows: new Map(), tips: new Map(), latched: new Set(), retired: undefined, writes: 0, writtenAt: new Map() };
}

/** A signing history on a modelled disk. */
export class HistoryModel implements SigningHistory {
  readonly #disk: Disk<HistoryState>;
  readonly #life: Life;
  readonly #plant: PlantName | undefined;

  constructor(disk: Disk<HistoryState>, life: Life, plant: PlantName | undefined) {
    this.#disk = disk;
    this.#life = life;
    this.#plant = plant;
  }

  async record(rows: readonly HistoryRow[]): Promise<RecordOutcome> {
    const { retired } = this.#disk.state;
    if (retired !== undefined) throw attestError('HISTORY_OLDER', retired);
    if (this.#plant === 'sign-without-rows') return { kind: 'recorded' };
    const synced = this.#plant !== 'sign-before-sync';
    return this.#write('rows', synced, (state) => {
      const latched = rows.find((row) => state.latched.has(scopeOf(row)));
      if (latched !== undefined) return { kind: 'contradicted', row: latched, stored: latched.value };
      for (const row of rows) {
        const stored = state.rows.get(keyOf(row)) ?? this.#findHidden(state, row);
        if (stored === undefined || stored === row.value) continue;
        // Evidence is of one name: the chain's other edges, and this one under its next name, go on.
        const named = rows.filter(({ kind }) => kind !== 'block');
        for (const each of named.length === 0 ? rows : named) state.latched.add(scopeOf(each));
        return { kind: 'contradicted', row, stored };
      }
      for (const row of rows) {
        if (state.rows.has(keyOf(row))) continue;
        state.writtenAt.set(keyOf(row), state.writes);
        state.rows.set(keyOf(row), row.value);
        if (row.kind === 'tip') state.tips.set(row.edge, [...(state.tips.get(row.edge) ?? []), row]);
      }
      return { kind: 'recorded' };
    });
  }

  /** Returns the value of a tip that a new one would hide, or that would hide it. */
  #findHidden(state: HistoryState, row: HistoryRow): Bytes32 | undefined {
    if (row.kind !== 'tip' || this.#plant === 'hide-tip') return undefined;
    return (state.tips.get(row.edge) ?? []).findLast((held) => isTipHidden(statedTip(held), statedTip(row)))?.value;
  }

  async retire(reason: string): Promise<void> {
    await this.#write('retire', true, (state) => {
      state.retired ??= reason;
    });
  }

  async readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined> {
    return this.#disk.state.rows.get(`head:${edge}:${count}`);
  }

  async readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined> {
    return this.#disk.state.rows.get(`block:${chainId}:${height}`);
  }

  async readHighestCount(edge: Bytes32): Promise<bigint | undefined> {
    let highest: bigint | undefined;
    const prefix = `head:${edge}:`;
    for (const key of this.#disk.state.rows.keys()) {
      if (!key.startsWith(prefix)) continue;
      const count = BigInt(key.slice(prefix.length));
      if (highest === undefined || count > highest) highest = count;
    }
    return highest;
  }

  #write<Result>(label: string, synced: boolean, change: (state: HistoryState) => Result): Promise<Result> {
    const error = (): AppError => attestError('HISTORY_UNAVAILABLE', `${this.#disk.name} cannot be written now`);
    return this.#disk.write(this.#life, { label, synced, error }, (state) => {
      state.writes += 1;
      return change(state);
    });
  }
}

type TipRow = Extract<HistoryRow, { kind: 'tip' }>;

function statedTip({ asOf, height, value }: TipRow): StatedTip {
  return { asOf, blockNumber: height, tip: BigInt(value) };
}

function keyOf(row: HistoryRow): string {
  if (row.kind === 'head') return `head:${row.edge}:${row.count}`;
  if (row.kind === 'tip') return `tip:${row.edge}:${row.asOf}:${row.height}`;
  return `block:${row.chainId}:${row.height}`;
}

function scopeOf(row: HistoryRow): string {
  return row.kind === 'block' ? `chain:${row.chainId}` : `edge:${row.edge}`;
}

interface LoggedJournal {
  cursor: JournalCursor | undefined;
  readonly packed: Uint8Array[];
  readonly locations: EntryLocation[];
  readonly statements: QueuedStatement[];
  readonly cuts: Map<bigint, Bytes32>;
}

/** A watcher's log. */
export interface LogState {
  readonly journals: Map<Bytes32, LoggedJournal>;
  readonly delivered: Map<string, DeliveryMark>;
  sequence: number;
}

/** An empty log. */
export function freshLog(): LogState {
  return { journals: new Map(), delivered: new Map(), sequence: 0 };
}

/** A watcher's log on a modelled disk: its writes are whole, and not synced. */
export class LogModel implements AttestationLog {
  readonly #disk: Disk<LogState>;
  readonly #life: Life;

  constructor(disk: Disk<LogState>, life: Life) {
    this.#disk = disk;
    this.#life = life;
  }

  begin(cursor: JournalCursor): Promise<void> {
    return this.#write('begin', ({ journals, delivered }) => {
      journals.set(cursor.edge, { ...emptyJournal(), cursor });
      for (const key of delivered.keys()) if (key.startsWith(`${cursor.edge}:`)) delivered.delete(key);
    });
  }

  async loadCursor(edge: Bytes32): Promise<JournalCursor | undefined> {
    return this.#disk.state.journals.get(edge)?.cursor;
  }

  commit(step: AttestationStep): Promise<void> {
    return this.#write('step', (state) => commitStep(state, step));
  }

  async loadEntries(edge: Bytes32, from: bigint, limit: number): Promise<LocatedEntries> {
    const journal = this.#disk.state.journals.get(edge);
    const range = [Number(from), Number(from) + limit] as const;
    return {
      packed: concatBytes(...(journal?.packed.slice(...range) ?? [])),
      locations: journal?.locations.slice(...range) ?? [],
    };
  }

  async loadStatements(edge: Bytes32, afterSequence: number, limit: number): Promise<readonly QueuedStatement[]> {
    const statements = this.#disk.state.journals.get(edge)?.statements ?? [];
    return statements.filter(({ sequence }) => sequence > afterSequence).slice(0, limit);
  }

  async loadSequenceBelow(edge: Bytes32, count: bigint): Promise<number> {
    const statements = this.#disk.state.journals.get(edge)?.statements ?? [];
    const first = statements.find(({ statement }) => statement.count > count) ?? statements.at(-1);
    return first === undefined ? 0 : first.sequence - 1;
  }

  async loadCuts(edge: Bytes32, limit: number): Promise<readonly JournalPosition[]> {
    const cuts = [...(this.#disk.state.journals.get(edge)?.cuts ?? [])].sort(([left], [right]) =>
      left < right ? -1 : 1,
    );
    return cuts.slice(-limit).map(([count, head]) => ({ count, head }));
  }

  async loadCutsAbove(edge: Bytes32, count: bigint, limit: number): Promise<readonly JournalPosition[]> {
    const cuts = await this.loadCuts(edge, Number.MAX_SAFE_INTEGER);
    return cuts.filter((cut) => cut.count > count).slice(0, limit);
  }

  async loadDelivered(edge: Bytes32, aggregator: string): Promise<DeliveryMark> {
    return this.#disk.state.delivered.get(`${edge}:${aggregator}`) ?? { entryCount: 0n, sequence: 0 };
  }

  saveDelivered(edge: Bytes32, aggregator: string, mark: DeliveryMark): Promise<void> {
    return this.#write('delivered', (state) => {
      state.delivered.set(`${edge}:${aggregator}`, mark);
    });
  }

  #write(label: string, change: (state: LogState) => void): Promise<void> {
    const error = (): AppError => attestError('LOG_UNAVAILABLE', `${this.#disk.name} cannot be written now`);
    return this.#disk.write(this.#life, { label, synced: false, error }, change);
  }
}

function emptyJournal(): LoggedJournal {
  return { cursor: undefined, packed: [], locations: [], statements: [], cuts: new Map() };
}

function commitStep(state: LogState, step: AttestationStep): void {
  const { cursor, entries } = step;
  let journal = state.journals.get(cursor.edge);
  if (journal === undefined) {
    journal = emptyJournal();
    state.journals.set(cursor.edge, journal);
  }
  const from = Number(step.from);
  for (const [at, location] of entries.locations.entries()) {
    journal.locations[from + at] = location;
    journal.packed[from + at] = entries.packed.slice(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES);
  }
  for (const { count, head } of step.cuts) journal.cuts.set(count, head);
  for (const signed of step.signed) {
    const isHeld = journal.statements.some(({ signature }) => signature === signed.signature);
    if (!isHeld) journal.statements.push({ ...signed, sequence: ++state.sequence });
  }
  journal.cursor = cursor;
}
