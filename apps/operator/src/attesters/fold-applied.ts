import { keccak256 } from '@surety/contracts';
import { type Bytes32, ENTRY_BYTES, type Hex, type JournalPosition, concatBytes, foldJournal } from '@surety/domain';

/** Entries in a row: the ones from number `from` + 1 on. */
export interface EntryRun {
  readonly from: bigint;
  readonly packed: Uint8Array;
}

/** One batch in a replica's logs. */
export interface FoldedBatch {
  readonly to: bigint;
  /** The replica's head after it. */
  readonly head: Bytes32;
  readonly transaction: Hex;
}

/** Entries in a replica's logs that no source supplies. */
export interface UnknownEntries extends FoldedBatch {
  /** Count before them. */
  readonly from: bigint;
}

/** The entries that a replica applied and still holds, and those that its last rewind unwound. */
export interface AppliedEntries {
  /** From the first one on, up to the first that is unknown. */
  readonly packed: Uint8Array;
  /** Entries that no source supplies. */
  readonly unknown: readonly UnknownEntries[];
  /** As far as somebody shows them. */
  readonly unwound: Uint8Array;
  readonly unwoundUnknown: readonly UnknownEntries[];
}

/** Where a replica stands on its chain. */
export interface ReplicaStand {
  readonly position: JournalPosition;
  /** Number of rewinds. */
  readonly generation: number;
}

/** One batch with its entries, if somebody shows them. */
interface Part extends UnknownEntries {
  readonly packed: Uint8Array | undefined;
}

/** The match between a run in a file and the batches in it. */
interface Fit {
  readonly fits: boolean;
  readonly problem: string;
}

/**
 * Follows a replica through its batches and rewinds. The replica logs count and head after each batch; its entries are those,
 * from any source, that lead from the head before to that one.
 */
export class AppliedFold {
  readonly #edge: Bytes32;
  /** Shown for every batch: by the journal itself, or by files. */
  readonly #runs: readonly EntryRun[];
  readonly #fits = new Map<EntryRun, Fit>();
  #parts: Part[] = [];
  #unwound: Part[] = [];
  #point: JournalPosition;
  #generation = 0;

  constructor(edge: Bytes32, runs: readonly EntryRun[]) {
    this.#edge = edge;
    this.#runs = runs;
    this.#point = { count: 0n, head: edge };
  }

  /** Takes a batch with what its transaction shows of it. */
  apply(batch: FoldedBatch, shown: EntryRun | undefined): void {
    const at = this.#position();
    if (batch.to <= at.count) return;
    const own = shown === undefined ? undefined : cutOut(shown, at, batch);
    let packed = own !== undefined && leads(at, own, batch) ? own : undefined;
    for (const run of this.#runs) {
      const entries = cutOut(run, at, batch);
      if (entries === undefined) continue;
      const fits = leads(at, entries, batch);
      if (fits) packed ??= entries;
      if (this.#fits.get(run)?.fits === true) continue;
      const seen = foldJournal(at, entries, keccak256).head;
      const problem = `entries ${at.count + 1n} to ${batch.to} lead to head ${seen}; the replica took head ${batch.head} there, in transaction ${batch.transaction}`;
      this.#fits.set(run, { fits, problem });
    }
    this.#parts.push({ ...batch, from: at.count, packed });
  }

  /** A rewind to a point has begun. */
  rewind(point: JournalPosition): void {
    this.#point = point;
  }

  /** Notes that the replica reached its point. */
  open(): void {
    const [kept, unwound]: [Part[], Part[]] = [[], []];
    for (const part of this.#parts) {
      const [below, past] = splitAt(part, this.#point);
      if (below !== undefined) kept.push(below);
      if (past !== undefined) unwound.push(past);
    }
    [this.#parts, this.#unwound] = [kept, unwound];
    this.#generation++;
  }

  /** True if it came to where the replica stands, after as many rewinds. */
  leadsTo({ position, generation }: ReplicaStand): boolean {
    const { count, head } = this.#position();
    return generation === this.#generation && count === position.count && head === position.head;
  }

  result(): AppliedEntries {
    const unknown = this.#parts.findIndex(({ packed }) => packed === undefined);
    return {
      packed: joined(unknown < 0 ? this.#parts : this.#parts.slice(0, unknown)),
      unknown: unknownOf(this.#parts),
      unwound: joined(this.#unwound),
      unwoundUnknown: unknownOf(this.#unwound),
    };
  }

  /** Returns why a run fits no batch; undefined if it fits one. */
  problemOf(run: EntryRun): string | undefined {
    const fit = this.#fits.get(run);
    if (fit?.fits === true) return undefined;
    const end = run.from + BigInt(run.packed.length / ENTRY_BYTES);
    return fit?.problem ?? `entries ${run.from + 1n} to ${end} cover no batch that the replica took as a whole`;
  }

  #position(): JournalPosition {
    const last = this.#parts.at(-1);
    return last === undefined ? { count: 0n, head: this.#edge } : { count: last.to, head: last.head };
  }
}

/** Returns a run's entries from a position to a batch's end, if it holds all of them. */
function cutOut({ from, packed }: EntryRun, at: JournalPosition, { to }: FoldedBatch): Uint8Array | undefined {
  if (from > at.count || from + BigInt(packed.length / ENTRY_BYTES) < to) return undefined;
  return packed.subarray(Number(at.count - from) * ENTRY_BYTES, Number(to - from) * ENTRY_BYTES);
}

function leads(at: JournalPosition, packed: Uint8Array, { head }: FoldedBatch): boolean {
  return foldJournal(at, packed, keccak256).head === head;
}

/** Divides a batch at a point: what lies up to it, and what lies past it. */
function splitAt(part: Part, point: JournalPosition): readonly [Part | undefined, Part | undefined] {
  if (part.to <= point.count) return [part, undefined];
  if (part.from >= point.count) return [undefined, part];
  const length = Number(point.count - part.from) * ENTRY_BYTES;
  return [
    { ...part, to: point.count, head: point.head, packed: part.packed?.subarray(0, length) },
    { ...part, from: point.count, packed: part.packed?.subarray(length) },
  ];
}

function unknownOf(parts: readonly Part[]): UnknownEntries[] {
  return parts
    .filter(({ packed }) => packed === undefined)
    .map(({ from, to, head, transaction }) => ({ from, to, head, transaction }));
}

function joined(parts: readonly Part[]): Uint8Array {
  return concatBytes(...parts.flatMap(({ packed }) => packed ?? []));
}
