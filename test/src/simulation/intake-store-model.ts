import { type Address, AppError, type Bytes32, type JournalHead } from '@surety/domain';
import {
  type AttesterMark,
  type CandidateFact,
  type EdgeFacts,
  type EntryFact,
  type IntakeStore,
  type JudgedStatement,
  type MilestoneFact,
  type ReplicaRange,
  type RewoundFact,
  type SignedHeadFact,
  type StatementBatch,
  type StatementBatchOutcome,
  type StatementFact,
  STATEMENTS_PER_COUNT_MAX,
  gapsBetween,
} from '@surety/workflows';
import type { Disk } from './disk.js';
import type { Life } from './life.js';
import type { PlantName } from './plants.js';

/** What an aggregator keeps of an edge: what members signed under each of its names, all else under the first one. */
interface EdgeRows {
  readonly rewinds: RewoundFact[];
  /** Entries that the replica held under former names, by generation and number. */
  readonly replicaEntries: Map<string, EntryFact>;
  readonly entries: EntryFact[];
  readonly candidates: Map<string, CandidateFact>;
  readonly statements: Map<string, StatementFact & { readonly quorum: number }>;
  readonly firsts: Map<string, SignedHeadFact>;
  readonly marks: Map<Address, AttesterMark>;
}

/** What an aggregator keeps of what attesters handed in. */
export interface IntakeState {
  readonly edges: Map<Bytes32, EdgeRows>;
  contradictions: number;
  /** Statements that were ever called complete, in order. */
  readonly completed: StatementFact[];
}

/** An empty store. */
export function freshIntake(): IntakeState {
  return { edges: new Map(), contradictions: 0, completed: [] };
}

/** The intake's store on a modelled disk: each call one write, whole or not there. */
export class IntakeStoreModel implements IntakeStore {
  readonly #disk: Disk<IntakeState>;
  readonly #life: Life;

  readonly #plant: PlantName | undefined;

  constructor(disk: Disk<IntakeState>, life: Life, plant: PlantName | undefined) {
    this.#disk = disk;
    this.#life = life;
    this.#plant = plant;
  }

  async loadEdge(edge: Bytes32, endedThrough: number): Promise<EdgeFacts> {
    const rows = rowsOf(this.#disk.state, edge);
    const rewound = rows.rewinds.at(-1);
    const signed = rowsOf(this.#disk.state, rewound?.name ?? edge);
    const last = rows.entries.at(-1);
    const position = { count: last?.index ?? 0n, head: last?.head ?? edge };
    const complete = [...signed.statements.values()]
      .filter((one) => one.complete && one.statement.epoch > endedThrough)
      .map(({ statement }) => statement);
    const vouched = complete.filter(({ count, head }) => rows.entries[Number(count) - 1]?.head === head);
    const newest = complete.reduce((top, { count }) => (count > top ? count : top), 0n);
    const goals = complete
      .filter(({ count }) => count > position.count)
      .sort((left, right) => (left.count < right.count ? -1 : 1));
    const counts = complete.map(({ count }) => count).sort((left, right) => (left < right ? -1 : 1));
    return {
      rewinds: [...rows.rewinds],
      position,
      vouchedCount: vouched.reduce((top, { count }) => (count > top ? count : top), 0n),
      attestedCount: newest,
      attestedGaps: gapsBetween(counts, rewound?.point.count),
      goals: goals.map(({ count, head, epoch }) => ({ count, head, epoch })),
      candidates: [...rows.candidates.values()],
      attesters: [...signed.marks.values()],
    };
  }

  dropUnvouched({ edge, entries }: Parameters<IntakeStore['dropUnvouched']>[0]): Promise<void> {
    return this.#write('unvouched', (state) => void rowsOf(state, edge).entries.splice(Number(entries)));
  }

  rewindEdge(change: {
    readonly edge: Bytes32;
    readonly rewound: RewoundFact;
    readonly keepsEntries: boolean;
  }): Promise<void> {
    return this.#write('rewind', (state) => rewindRows(rowsOf(state, change.edge), change));
  }

  saveReplicaEntries({ edge, generation }: ReplicaRange, entries: readonly EntryFact[]): Promise<void> {
    return this.#write('replica entries', (state) => keepReplicaEntries(rowsOf(state, edge), generation, entries));
  }

  async loadReplicaEntries({
    edge,
    generation,
    from,
    to,
  }: ReplicaRange & { readonly from: bigint; readonly to: bigint }): Promise<readonly EntryFact[]> {
    const { replicaEntries } = rowsOf(this.#disk.state, edge);
    const found: EntryFact[] = [];
    for (let index = from + 1n; index <= to; index += 1n)
      found.push(...[replicaEntries.get(`${generation}:${index}`)].flatMap((entry) => entry ?? []));
    return found;
  }

  async loadSignedHeads(
    keys: readonly { readonly edge: Bytes32; readonly count: bigint; readonly signer: Address }[],
  ): Promise<readonly (SignedHeadFact | undefined)[]> {
    return keys.map(({ edge, count, signer }) => rowsOf(this.#disk.state, edge).firsts.get(`${count}:${signer}`));
  }

  async loadEntries(request: {
    edge: Bytes32;
    from: bigint;
    to: bigint;
    limit: number;
  }): Promise<readonly EntryFact[]> {
    const { edge, from, to, limit } = request;
    return rowsOf(this.#disk.state, edge).entries.slice(Number(from), Number(to)).slice(0, limit);
  }

  async loadEntriesAt(edge: Bytes32, indexes: readonly bigint[]): Promise<readonly EntryFact[]> {
    const { entries } = rowsOf(this.#disk.state, edge);
    return indexes.flatMap((index) => entries[Number(index) - 1] ?? []);
  }

  saveStatements(batch: StatementBatch): Promise<StatementBatchOutcome> {
    return this.#write('statements', (state) => saveStatements(state, batch, this.#plant));
  }

  dropSignatures(of: { edge: Bytes32; epoch: number; signers: readonly Address[] }): Promise<number> {
    return this.#write('suspensions', (state) => {
      const { statements } = rowsOf(state, of.edge);
      let dropped = 0;
      for (const [digest, one] of statements) {
        if (one.statement.epoch !== of.epoch) continue;
        const signatures = one.signatures.filter(({ signer }) => !of.signers.includes(signer));
        dropped += one.signatures.length - signatures.length;
        statements.set(digest, { ...one, signatures, complete: one.complete && signatures.length >= one.quorum });
      }
      return dropped;
    });
  }

  trimOpenStatements(of: { edge: Bytes32; signer: Address; keep: number }): Promise<number> {
    return this.#write('room', (state) => {
      const { statements } = rowsOf(state, of.edge);
      const open = [...statements.values()]
        .filter((one) => !one.complete && one.signatures.some(({ signer }) => signer === of.signer))
        .sort((left, right) =>
          Number(right.statement.asOf - left.statement.asOf || right.statement.count - left.statement.count),
        );
      for (const one of open.slice(of.keep)) {
        const signatures = one.signatures.filter(({ signer }) => signer !== of.signer);
        if (signatures.length === 0) statements.delete(one.digest);
        else statements.set(one.digest, { ...one, signatures });
      }
      return Math.min(open.length, of.keep);
    });
  }

  saveCandidates(change: {
    edge: Bytes32;
    poster: Address;
    dropFrom?: bigint;
    candidates: readonly CandidateFact[];
  }): Promise<void> {
    return this.#write('candidates', (state) => {
      const { candidates } = rowsOf(state, change.edge);
      for (const [key, one] of candidates) {
        if (change.dropFrom !== undefined && one.poster === change.poster && one.index >= change.dropFrom)
          candidates.delete(key);
      }
      for (const one of change.candidates) candidates.set(`${one.poster}:${one.index}`, one);
    });
  }

  saveEntries(edge: Bytes32, entries: readonly EntryFact[]): Promise<void> {
    return this.#write('entries', (state) => {
      const rows = rowsOf(state, edge);
      const last = entries.at(-1);
      for (const entry of entries) rows.entries[Number(entry.index) - 1] ??= entry;
      for (const [key, { index }] of rows.candidates)
        if (last !== undefined && index <= last.index) rows.candidates.delete(key);
    });
  }

  dropCandidates(edge: Bytes32): Promise<void> {
    return this.#write('drop', (state) => rowsOf(state, edge).candidates.clear());
  }

  /** Milestones tell people when something happened; nothing here depends on them. */
  async saveMilestones(milestones: readonly MilestoneFact[]): Promise<void> {
    if (milestones.length > 0) await this.#write('milestones', () => undefined);
  }

  async saveAppliedBatches(): Promise<void> {
    await this.#write('milestones', () => undefined);
  }

  async dropSeenApplied(): Promise<void> {
    await this.#write('milestones', () => undefined);
  }

  /** Complete statements past a count, ascending, the newest of each count. */
  loadAttested(edge: Bytes32, after: bigint): readonly StatementFact[] {
    const newest = new Map<bigint, StatementFact>();
    for (const fact of rowsOf(this.#disk.state, edge).statements.values()) {
      const { count, asOf } = fact.statement;
      const held = newest.get(count);
      if (fact.complete && count > after && (held === undefined || held.statement.asOf < asOf)) newest.set(count, fact);
    }
    return [...newest.values()].sort((left, right) => (left.statement.count < right.statement.count ? -1 : 1));
  }

  #write<Result>(label: string, change: (state: IntakeState) => Result): Promise<Result> {
    const error = (): AppError =>
      new AppError({ code: 'DATABASE_DOWN', message: 'the database gives no answer', retryable: true });
    return this.#disk.write(this.#life, { label, synced: true, error }, change);
  }
}

function rowsOf(state: IntakeState, edge: Bytes32): EdgeRows {
  let rows = state.edges.get(edge);
  if (rows === undefined) {
    const kept = { rewinds: [], replicaEntries: new Map(), entries: [], candidates: new Map() };
    rows = { ...kept, statements: new Map(), firsts: new Map(), marks: new Map() };
    state.edges.set(edge, rows);
  }
  return rows;
}

/** What lies past the point of a rewind is the replica's under its former name. The same call twice changes nothing. */
function rewindRows(rows: EdgeRows, at: { readonly rewound: RewoundFact; readonly keepsEntries: boolean }): void {
  const { rewound, keepsEntries } = at;
  if (rows.rewinds.some(({ generation }) => generation === rewound.generation)) return;
  const past = Number(rewound.point.count);
  if (!keepsEntries) keepReplicaEntries(rows, rewound.generation - 1, rows.entries.splice(past));
  for (const [key, { index }] of rows.candidates) if (Number(index) > past) rows.candidates.delete(key);
  rows.rewinds.push(rewound);
}

function keepReplicaEntries(rows: EdgeRows, generation: number, entries: readonly EntryFact[]): void {
  for (const entry of entries) {
    const key = `${generation}:${entry.index}`;
    if (!rows.replicaEntries.has(key)) rows.replicaEntries.set(key, entry);
  }
}

function saveStatements(
  state: IntakeState,
  batch: StatementBatch,
  plant: PlantName | undefined,
): StatementBatchOutcome {
  const completed: JournalHead[] = [];
  const done: StatementFact[] = [];
  const fresh = batch.statements.map((judged) =>
    saveStatement(rowsOf(state, judged.statement.edge), judged, { completed, done, plant }),
  );
  state.contradictions += batch.contradictions.length;
  for (const digest of done) state.completed.push(digest);
  for (const { edge, count, asOf } of completed) dropOldest(rowsOf(state, edge), count, asOf);
  return { fresh, completed: completed.sort((left, right) => (left.count < right.count ? -1 : 1)) };
}

function saveStatement(
  rows: EdgeRows,
  judged: JudgedStatement,
  at: { completed: JournalHead[]; done: StatementFact[]; plant: PlantName | undefined },
): boolean {
  const { digest, statement, signer, signature, quorum } = judged;
  const held = rows.statements.get(digest);
  const mark = rows.marks.get(signer) ?? { address: signer, count: 0n, asOf: 0n };
  rows.marks.set(signer, {
    address: signer,
    count: mark.count > statement.count ? mark.count : statement.count,
    asOf: mark.asOf > statement.asOf ? mark.asOf : statement.asOf,
  });
  const isHeld = held?.signatures.some((one) => one.signer === signer) === true;
  if (isHeld && at.plant !== 'count-repeated-signatures') return false;
  const signatures = [...(held?.signatures ?? []), { signer, signature }].sort((left, right) =>
    left.signer < right.signer ? -1 : 1,
  );
  const complete = signatures.length >= quorum;
  const fact = { digest, statement, signatures, complete, quorum };
  rows.statements.set(digest, fact);
  if (complete && held?.complete !== true) at.done.push(fact);
  const first = `${statement.count}:${signer}`;
  if (!rows.firsts.has(first)) rows.firsts.set(first, { signed: { statement, signer, signature }, digest });
  if (complete && held?.complete !== true) at.completed.push(statement);
  return true;
}

/** Keeps the newest complete statements of a count, and no incomplete one older than a complete one. */
function dropOldest(rows: EdgeRows, count: bigint, asOf: bigint): void {
  const same = [...rows.statements.values()].filter(({ statement }) => statement.count === count);
  const complete = same
    .filter((one) => one.complete)
    .sort((left, right) => (left.statement.asOf > right.statement.asOf ? -1 : 1));
  const surplus = complete.slice(STATEMENTS_PER_COUNT_MAX);
  const outdated = same.filter((one) => !one.complete && one.statement.asOf < asOf);
  for (const { digest } of [...surplus, ...outdated]) rows.statements.delete(digest);
}
