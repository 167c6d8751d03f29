import { type Address, type Bytes32, type JournalHead, type JournalPosition } from '@surety/domain';
import type {
  AttestedGap,
  AttesterMark,
  CandidateFact,
  EdgeFacts,
  EntryFact,
  FinalBatch,
  IntakeStore,
  JudgedStatement,
  MilestoneFact,
  ReplicaRange,
  RewoundFact,
  SignedHeadFact,
  StatementBatch,
  StatementBatchOutcome,
} from '@surety/workflows';
import { STATEMENTS_PER_COUNT_MAX, crashPoint, gapsBetween } from '@surety/workflows';
import {
  Between,
  type DataSource,
  type EntityManager,
  type FindOptionsWhere,
  In,
  IsNull,
  LessThan,
  MoreThan,
  MoreThanOrEqual,
  Raw,
} from 'typeorm';
import { u64Text } from './columns.js';
import { type DatabaseWriter, insertNew, replaceRows } from './database-writer.js';
import { countSignatures } from './count-signatures.js';
import { dropSignatures } from './drop-signatures.js';
import {
  AttesterMarkRow,
  CandidateRow,
  ContradictionRow,
  EdgeNameRow,
  EntryRow,
  MilestoneRow,
  ReplicaEntryRow,
  SignatureRow,
  SignedHeadRow,
  StatementRow,
} from './intake-rows.js';
import { candidateFact, candidateRow, entryFactOf, entryRow, signedHeadOf, statementOf } from './row-codec.js';
import { saveAppliedBatches } from './save-applied-batches.js';
import { trimOpenStatements } from './trim-open-statements.js';

/** Goals loaded at once: heads above the position that wait for entries. Watchers' posts bring the rest. */
const GOALS_MAX = 4_096;
/** Newest complete statements searched for one that names a head of the entries held: honest ones agree at once. */
const VOUCHERS_MAX = 256;
/** Attested counts searched for gaps: relayers are never further behind in practice. */
const GAP_COUNTS_MAX = 65_536;

/** Complete statements under one name of an edge, of some epochs. */
type SignedRows = FindOptionsWhere<StatementRow>;

/** Stores what attesters post, one transaction per call; repeating a call changes nothing. */
export class DatabaseIntakeStore implements IntakeStore {
  readonly #database: DataSource;
  readonly #writer: DatabaseWriter;

  constructor(database: DataSource, writer: DatabaseWriter) {
    this.#database = database;
    this.#writer = writer;
  }

  async loadEdge(edge: Bytes32, endedThrough = 0): Promise<EdgeFacts> {
    const { manager } = this.#database;
    const names = await manager.find(EdgeNameRow, { where: { edge }, order: { generation: 'ASC' } });
    const name = names.at(-1)?.name ?? edge;
    const last = await manager.findOne(EntryRow, { where: { edge }, order: { index: 'DESC' } });
    const position: JournalPosition = { count: last?.index ?? 0n, head: last?.head ?? edge };
    const signed = { edge: name, complete: 1, epoch: MoreThan(endedThrough) };
    const newest = await manager.findOne(StatementRow, {
      where: signed,
      order: { count: 'DESC' },
    });
    const goals = await manager.find(StatementRow, {
      where: { ...signed, count: MoreThan(position.count) },
      order: { count: 'ASC' },
      take: GOALS_MAX,
    });
    const candidates = await manager.find(CandidateRow, { where: { edge }, order: { poster: 'ASC', index: 'ASC' } });
    const marks = await manager.find(AttesterMarkRow, { where: { edge: name } });
    return {
      rewinds: names.map(rewoundFact),
      position,
      vouchedCount: await this.#loadVouched(edge, signed, position.count),
      attestedCount: newest?.count ?? 0n,
      attestedGaps: await this.#loadGaps(signed, names.at(-1)?.count ?? 0n),
      goals: goals.map(({ count, head, epoch }) => ({ count, head, epoch })),
      candidates: candidates.map(candidateFact),
      attesters: marks.map(({ signer, count, asOf }): AttesterMark => ({ address: signer, count, asOf })),
    };
  }

  async #loadVouched(edge: Bytes32, signed: SignedRows, upTo: bigint): Promise<bigint> {
    const { manager } = this.#database;
    const heads = await manager.find(StatementRow, {
      where: { ...signed, count: Between(1n, upTo) },
      order: { count: 'DESC' },
      take: VOUCHERS_MAX,
    });
    const entries = await this.loadEntriesAt(edge, [...new Set(heads.map(({ count }) => count))]);
    const held = new Map(entries.map(({ index, head }) => [index, head]));
    return heads.find(({ count, head }) => held.get(count) === head)?.count ?? 0n;
  }

  /** A rewound replica is replayed from its point, so gaps below it do not matter. */
  async #loadGaps(signed: SignedRows, point: bigint): Promise<readonly AttestedGap[]> {
    const rows = await this.#database.manager
      .createQueryBuilder(StatementRow, 'statement')
      .select('statement.count', 'count')
      .distinct(true)
      .where(signed)
      .orderBy('statement.count', 'DESC')
      .limit(GAP_COUNTS_MAX)
      .getRawMany<{ count: string }>();
    const counts = rows.map(({ count }) => BigInt(count)).reverse();
    return gapsBetween(counts, rows.length < GAP_COUNTS_MAX ? point : counts[0]);
  }

  async dropUnvouched(above: {
    readonly edge: Bytes32;
    readonly entries: bigint;
    readonly attested: bigint;
  }): Promise<void> {
    const { edge, entries, attested } = above;
    await this.#writer.write(async (manager) => {
      await manager.delete(EntryRow, { edge, index: MoreThan(entries) });
      await manager.delete(MilestoneRow, { edge, stage: 'attested', count: MoreThan(attested) });
    });
  }

  async rewindEdge(change: {
    readonly edge: Bytes32;
    readonly rewound: RewoundFact;
    readonly keepsEntries: boolean;
  }): Promise<void> {
    const { edge, rewound, keepsEntries } = change;
    const { generation, name, point } = rewound;
    await this.#writer.write(async (manager) => {
      const past = MoreThan(point.count);
      if (!keepsEntries) {
        const gone = await manager.find(EntryRow, { where: { edge, index: past } });
        await insertNew(
          manager,
          ReplicaEntryRow,
          gone.map((row) => Object.assign(new ReplicaEntryRow(), row, { generation: generation - 1 })),
        );
        await manager.delete(EntryRow, { edge, index: past });
      }
      await manager.delete(CandidateRow, { edge, index: past });
      const stages = keepsEntries ? ['attested', 'applied'] : ['seen', 'final', 'attested', 'applied'];
      await manager.delete(MilestoneRow, { edge, stage: In(stages), count: past });
      await insertNew(manager, EdgeNameRow, [{ edge, generation, name, ...point }]);
    });
  }

  async saveReplicaEntries({ edge, generation }: ReplicaRange, entries: readonly EntryFact[]): Promise<void> {
    const rows = entries.map((entry) => Object.assign(new ReplicaEntryRow(), entryRow(entry), { edge, generation }));
    await this.#writer.write((manager) => insertNew(manager, ReplicaEntryRow, rows));
  }

  async loadReplicaEntries(
    range: ReplicaRange & { readonly from: bigint; readonly to: bigint },
  ): Promise<readonly EntryFact[]> {
    const { edge, generation, from, to } = range;
    const rows = await this.#database.manager.find(ReplicaEntryRow, {
      where: { edge, generation, index: Between(from + 1n, to) },
      order: { index: 'ASC' },
    });
    return rows.map(entryFactOf);
  }

  async loadSignedHeads(
    keys: readonly { readonly edge: Bytes32; readonly count: bigint; readonly signer: Address }[],
  ): Promise<readonly (SignedHeadFact | undefined)[]> {
    const edges = [...new Set(keys.map((key) => key.edge))];
    const counts = [...new Set(keys.map((key) => key.count))];
    const rows = await this.#database.manager.find(SignedHeadRow, { where: { edge: In(edges), count: In(counts) } });
    const byKey = new Map(rows.map((row) => [`${row.edge}:${row.count}:${row.signer}`, row]));
    return keys.map(({ edge, count, signer }) => {
      const row = byKey.get(`${edge}:${count}:${signer}`);
      return row === undefined ? undefined : { signed: signedHeadOf(row), digest: row.digest };
    });
  }

  async loadEntries(request: {
    edge: Bytes32;
    from: bigint;
    to: bigint;
    limit: number;
  }): Promise<readonly EntryFact[]> {
    const { edge, from, to, limit } = request;
    const rows = await this.#database.manager.find(EntryRow, {
      where: { edge, index: Between(from + 1n, to) },
      order: { index: 'ASC' },
      take: limit,
    });
    return rows.map(entryFactOf);
  }

  async loadEntriesAt(edge: Bytes32, indexes: readonly bigint[]): Promise<readonly EntryFact[]> {
    if (indexes.length === 0) return [];
    const rows = await this.#database.manager.find(EntryRow, { where: { edge, index: In([...indexes]) } });
    return rows.map(entryFactOf);
  }

  saveStatements(batch: StatementBatch): Promise<StatementBatchOutcome> {
    return this.#writer.write(async (manager) => {
      const fresh = await insertSignatures(manager, batch.statements);
      crashPoint('aggregator.statements.half-written');
      await keepEvidence(manager, batch.contradictions);
      await raiseMarks(manager, batch.statements);
      const completed = await complete(manager, batch.statements);
      for (const statement of completed) await dropOldest(manager, statement);
      return { fresh, completed };
    });
  }

  dropSignatures(of: { edge: Bytes32; epoch: number; signers: readonly Address[] }): Promise<number> {
    return this.#writer.write((manager) => dropSignatures(manager, of));
  }

  trimOpenStatements(of: { edge: Bytes32; signer: Address; keep: number; forgetAbove: bigint }): Promise<number> {
    return this.#writer.write((manager) => trimOpenStatements(manager, of));
  }

  async saveCandidates(change: {
    edge: Bytes32;
    poster: Address;
    dropFrom?: bigint;
    candidates: readonly CandidateFact[];
  }): Promise<void> {
    const { edge, poster, dropFrom, candidates } = change;
    await this.#writer.write(async (manager) => {
      if (dropFrom !== undefined)
        await manager.delete(CandidateRow, { edge, poster, index: MoreThanOrEqual(dropFrom) });
      await replaceRows(manager, CandidateRow, candidates.map(candidateRow));
    });
  }

  async saveEntries(edge: Bytes32, entries: readonly EntryFact[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    await this.#writer.write(async (manager) => {
      await insertNew(manager, EntryRow, entries.map(entryRow));
      crashPoint('aggregator.entries.half-written');
      await manager.delete(CandidateRow, {
        edge,
        index: Raw((column) => `${column} <= :last`, { last: u64Text(last.index) }),
      });
    });
  }

  async dropCandidates(edge: Bytes32): Promise<void> {
    await this.#writer.write((manager) => manager.delete(CandidateRow, { edge }));
  }

  async saveMilestones(milestones: readonly MilestoneFact[]): Promise<void> {
    const rows = milestones.map(({ edge, stage, count, atMs, block }) => ({
      edge,
      stage,
      count,
      atMs: atMs ?? null,
      chainId: block?.chainId ?? null,
      blockHeight: block?.height ?? null,
      blockHash: block?.hash ?? null,
    }));
    await this.#writer.write((manager) => insertNew(manager, MilestoneRow, rows));
  }

  async saveAppliedBatches(batches: readonly FinalBatch[]): Promise<void> {
    await this.#writer.write((manager) => saveAppliedBatches(manager, batches));
  }

  async dropSeenApplied({ edge, count }: { readonly edge: Bytes32; readonly count: bigint }): Promise<void> {
    const where = { edge, stage: 'applied' as const, count: MoreThan(count), blockHash: IsNull() };
    await this.#writer.write((manager) => manager.delete(MilestoneRow, where));
  }
}

function rewoundFact({ generation, name, count, head }: EdgeNameRow): RewoundFact {
  return { generation, name, point: { count, head } };
}

/** One pair proves a member's equivocation on an edge; further pairs add nothing. */
async function keepEvidence(manager: EntityManager, contradictions: StatementBatch['contradictions']): Promise<void> {
  for (const row of contradictions.map(contradictionRow)) {
    const { edge, signer } = row;
    if (!(await manager.existsBy(ContradictionRow, { edge, signer })))
      await insertNew(manager, ContradictionRow, [row]);
  }
}

async function insertSignatures(manager: EntityManager, statements: readonly JudgedStatement[]): Promise<boolean[]> {
  const digests = [...new Set(statements.map((one) => one.digest))];
  const held = new Set<string>();
  if (digests.length > 0) {
    const rows = await manager.find(SignatureRow, {
      where: { digest: In(digests) },
      select: { digest: true, signer: true },
    });
    for (const row of rows) held.add(`${row.digest}:${row.signer}`);
  }
  const fresh = statements.map(({ digest, signer }) => {
    const key = `${digest}:${signer}`;
    const isFresh = !held.has(key);
    held.add(key);
    return isFresh;
  });
  const added = statements.filter((_, at) => fresh[at]);
  await insertNew(
    manager,
    StatementRow,
    distinct(added).map(({ statement, digest, quorum }) => ({ ...statement, digest, quorum, complete: 0 })),
  );
  await insertNew(
    manager,
    SignatureRow,
    added.map(({ digest, signer, signature }) => ({ digest, signer, signature })),
  );
  await insertNew(
    manager,
    SignedHeadRow,
    added.map(({ statement, digest, signer, signature }) => ({ ...statement, digest, signer, signature })),
  );
  return fresh;
}

function distinct(statements: readonly JudgedStatement[]): JudgedStatement[] {
  return [...new Map(statements.map((one) => [one.digest, one])).values()];
}

function contradictionRow({ first, second }: StatementBatch['contradictions'][number]): ContradictionRow {
  const { edge, count, head } = second.statement;
  const evidence = JSON.stringify({ first, second }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return { edge, count, signer: second.signer, secondHead: head, evidence };
}

async function raiseMarks(manager: EntityManager, statements: readonly JudgedStatement[]): Promise<void> {
  const edges = [...new Set(statements.map((one) => one.statement.edge))];
  if (edges.length === 0) return;
  const marks = new Map<string, AttesterMarkRow>();
  for (const row of await manager.find(AttesterMarkRow, { where: { edge: In(edges) } }))
    marks.set(`${row.edge}:${row.signer}`, row);
  for (const { statement, signer } of statements) {
    const { edge, count, asOf } = statement;
    const held = marks.get(`${edge}:${signer}`);
    marks.set(`${edge}:${signer}`, {
      edge,
      signer,
      count: held !== undefined && held.count > count ? held.count : count,
      asOf: held !== undefined && held.asOf > asOf ? held.asOf : asOf,
    });
  }
  await replaceRows(manager, AttesterMarkRow, [...marks.values()]);
}

async function complete(manager: EntityManager, statements: readonly JudgedStatement[]): Promise<JournalHead[]> {
  const digests = [...new Set(statements.map((one) => one.digest))];
  if (digests.length === 0) return [];
  const open = await manager.find(StatementRow, { where: { digest: In(digests), complete: 0 } });
  const signed = await countSignatures(manager, digests);
  const done = open.filter((row) => (signed.get(row.digest) ?? 0) >= row.quorum);
  if (done.length > 0)
    await manager.update(StatementRow, { digest: In(done.map((row) => row.digest)) }, { complete: 1 });
  return done.map(statementOf).sort((left, right) => (left.count < right.count ? -1 : 1));
}

/**
 * Deletes old heartbeats of a count: keeps the newest complete ones, and of the incomplete ones those that could still
 * be newer. Members' first heads stay in `signed_heads`.
 */
async function dropOldest(manager: EntityManager, { edge, count, asOf }: JournalHead): Promise<void> {
  const surplus = await manager.find(StatementRow, {
    where: { edge, count, complete: 1 },
    order: { asOf: 'DESC' },
    skip: STATEMENTS_PER_COUNT_MAX,
    take: STATEMENTS_PER_COUNT_MAX * 8,
    select: { digest: true },
  });
  const outdated = await manager.find(StatementRow, {
    where: { edge, count, complete: 0, asOf: LessThan(asOf) },
    take: STATEMENTS_PER_COUNT_MAX * 8,
    select: { digest: true },
  });
  const digests = [...surplus, ...outdated].map((row) => row.digest);
  if (digests.length === 0) return;
  await manager.delete(SignatureRow, { digest: In(digests) });
  await manager.delete(StatementRow, { digest: In(digests) });
}
