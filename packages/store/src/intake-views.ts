import type { Bytes32, Hex, TxHash } from '@surety/domain';
import type {
  CandidateFact,
  ContradictionFact,
  EntryFact,
  EntryStage,
  MilestoneFact,
  StatementFact,
} from '@surety/workflows';
import {
  type DataSource,
  type FindManyOptions,
  type FindOperator,
  In,
  IsNull,
  MoreThan,
  MoreThanOrEqual,
  Not,
  type ObjectLiteral,
} from 'typeorm';
import { u64Text } from './columns.js';
import { countSignatures } from './count-signatures.js';
import { CandidateRow, ContradictionRow, EntryRow, MilestoneRow, SignatureRow, StatementRow } from './intake-rows.js';
import { candidateFact, contradictionOf, entryFactOf, statementOf } from './row-codec.js';

/** The first milestone of each stage that covers an entry; stages not reached are missing. */
export type StageMilestones = Partial<Record<EntryStage, MilestoneFact>>;

/** Entries found for an account or a transaction: confirmed ones, and candidates of any poster. */
export interface FoundEntries {
  readonly entries: readonly EntryFact[];
  readonly candidates: readonly CandidateFact[];
}

/** Contradictions of one answer: every member of a full set at every edge of eight sources. */
const CONTRADICTIONS_MAX = 512;

/** Milestones and statements loaded at once. An edge that is further behind shows less progress for its newest entries. */
const PROGRESS_ROWS_MAX = 2_000;

/** Statements that still count: up to what the replica applied those of any epoch, above only those of epochs that have not ended. */
export interface CountedStatements {
  readonly applied: bigint;
  readonly endedThrough: number;
}

/** The number of members that signed the statement of a count. */
export interface SignerCount {
  readonly signers: number;
  /** Undefined if no statement covers the entry. */
  readonly quorum: number | undefined;
}

/** Stages and signatures of one edge's entries above a count. */
export class EdgeProgress {
  readonly #milestones: readonly MilestoneFact[];
  readonly #statements: readonly { readonly count: bigint; readonly quorum: number; readonly signers: number }[];

  /** `milestones` ascending by count; `statements` by preference. */
  constructor(
    milestones: readonly MilestoneFact[],
    statements: readonly { readonly count: bigint; readonly quorum: number; readonly signers: number }[],
  ) {
    this.#milestones = milestones;
    this.#statements = statements;
  }

  /** Returns when an entry reached each stage. */
  milestonesOf(index: bigint): StageMilestones {
    const found: StageMilestones = {};
    for (const milestone of this.#milestones)
      if (milestone.count >= index && found[milestone.stage] === undefined) found[milestone.stage] = milestone;
    return found;
  }

  /** Returns how many members signed the statement that covers an entry, preferring a complete one. */
  signersOf(index: bigint): SignerCount {
    const held = this.#statements.find((statement) => statement.count >= index);
    return held === undefined ? { signers: 0, quorum: undefined } : held;
  }
}

const STAGES: readonly EntryStage[] = ['seen', 'final', 'attested', 'applied'];

/** Bounded reads of what attesters posted. */
export class IntakeViews {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  /**
   * Returns statements that carry a name of an edge, for counts above `after`, ascending by count, the newest of a
   * count first; with `attested` only complete ones, one for each count, that still count. A page never splits a count, so pass the last count to get the next page.
   */
  async loadStatements(request: {
    edge: Bytes32;
    after: bigint;
    limit: number;
    attested: false | CountedStatements;
  }): Promise<StatementFact[]> {
    const { edge, after, limit, attested } = request;
    const query = this.#database.manager
      .createQueryBuilder(StatementRow, 'statement')
      .where({ edge, count: MoreThan(after), ...(attested === false ? {} : { complete: 1 }) })
      .orderBy({ 'statement.count': 'ASC', 'statement.asOf': 'DESC', 'statement.digest': 'ASC' })
      .limit(attested === false ? limit + 1 : limit * 8 + 1);
    if (attested !== false) {
      // Below, they stay: to look past all that a long life has left there would take a request a tenth of a second.
      query.andWhere(...stillCounted(attested));
    }
    const rows = await query.getMany();
    const chosen = attested === false ? wholeCounts(rows, limit) : firstOfEachCount(rows).slice(0, limit);
    return this.#withSignatures(chosen);
  }

  /** Returns an account's entries above a count of one edge, oldest first. */
  async loadEntriesOfAccount(request: {
    account: Bytes32;
    edge: Bytes32;
    after: bigint;
    limit: number;
  }): Promise<FoundEntries> {
    const { account, edge, after, limit } = request;
    const where = { account, edge, index: MoreThan(after) };
    const order = { index: 'ASC' } as const;
    return this.#findEntries({ where, order, take: limit });
  }

  /** Returns an account's newest entries of one edge, newest first. */
  async loadNewestOfAccount(request: { account: Bytes32; edge: Bytes32; limit: number }): Promise<FoundEntries> {
    const { account, edge, limit } = request;
    return this.#findEntries({ where: { account, edge }, order: { index: 'DESC' }, take: limit });
  }

  /**
   * Returns the progress of all entries above a count in three queries, however many there are. Counts signatures under
   * one name, of statements that still count.
   */
  async loadProgress(
    { edge, name, ...counted }: { readonly edge: Bytes32; readonly name: Bytes32 } & CountedStatements,
    after: bigint,
  ): Promise<EdgeProgress> {
    const { manager } = this.#database;
    const count = MoreThan(after);
    const milestones = await manager.find(MilestoneRow, {
      where: { edge, count },
      order: { count: 'ASC' },
      take: PROGRESS_ROWS_MAX,
    });
    const statements = await this.#covering({ name, count, counted }).limit(PROGRESS_ROWS_MAX).getMany();
    const signers = await countSignatures(
      manager,
      statements.map((row) => row.digest),
    );
    return new EdgeProgress(
      milestones.map(milestoneFact),
      statements.map((row) => ({ count: row.count, quorum: row.quorum, signers: signers.get(row.digest) ?? 0 })),
    );
  }

  /**
   * Returns how many milliseconds an edge's newest entries took from being seen, or else from being final, until they
   * were applied, newest first. Only entries observed live are included.
   */
  async loadLagsMs(edge: Bytes32, limit: number): Promise<number[]> {
    const { manager } = this.#database;
    const applied = await manager.find(MilestoneRow, {
      where: { edge, stage: 'applied', atMs: Not(IsNull()) },
      order: { count: 'DESC' },
      take: limit,
    });
    const lags: number[] = [];
    for (const { count, atMs } of applied) {
      const begun = await manager.findOne(MilestoneRow, {
        where: { edge, stage: In(['seen', 'final']), count: MoreThanOrEqual(count), atMs: Not(IsNull()) },
        order: { atMs: 'ASC' },
      });
      if (begun?.atMs != null && atMs !== null && begun.atMs <= atMs) lags.push(atMs - begun.atMs);
    }
    return lags;
  }

  /** Returns the entries of one transaction of an origin chain. */
  async loadEntriesOfTx(txHash: Bytes32, limit: number): Promise<FoundEntries> {
    return this.#findEntries({ where: { txHash: txHash as Hex as TxHash }, order: { index: 'ASC' }, take: limit });
  }

  /** Returns a candidate for an index, preferring a final one. */
  async loadCandidate(edge: Bytes32, index: bigint): Promise<CandidateFact | undefined> {
    const row = await this.#database.manager.findOne(CandidateRow, {
      where: { edge, index },
      order: { stage: 'ASC', poster: 'ASC' },
    });
    return row === null ? undefined : candidateFact(row);
  }

  /** Returns when an entry reached each stage. */
  async loadMilestones(edge: Bytes32, index: bigint): Promise<StageMilestones> {
    const found: StageMilestones = {};
    for (const stage of STAGES) {
      const row = await this.#database.manager.findOne(MilestoneRow, {
        where: { edge, stage, count: MoreThanOrEqual(index) },
        order: { count: 'ASC' },
      });
      if (row !== null) found[stage] = milestoneFact(row);
    }
    return found;
  }

  /**
   * Returns how many members signed the lowest complete statement that covers an entry and still counts, under one name; 0
   * if there is none.
   */
  async countSigners(name: Bytes32, index: bigint, counted: CountedStatements): Promise<SignerCount> {
    const row = await this.#covering({ name, count: MoreThanOrEqual(index), counted })
      .limit(1)
      .getOne();
    if (row === null) return { signers: 0, quorum: undefined };
    const signers = await this.#database.manager.count(SignatureRow, { where: { digest: row.digest } });
    return { signers, quorum: row.quorum };
  }

  /** Returns the number of stored contradictions. */
  async countContradictions(): Promise<number> {
    return this.#database.manager.count(ContradictionRow);
  }

  /** Returns the stored contradictions by edge and signer: one for each. */
  async listContradictions(): Promise<readonly ContradictionFact[]> {
    const order = { edge: 'ASC', signer: 'ASC' } as const;
    const rows = await this.#database.manager.find(ContradictionRow, { order, take: CONTRADICTIONS_MAX });
    return rows.map(contradictionOf);
  }

  /** Returns row counts by table. Scans the tables. */
  async countRows(): Promise<{ entries: number; candidates: number; contradictions: number }> {
    const { manager } = this.#database;
    return {
      entries: await manager.count(EntryRow),
      candidates: await manager.count(CandidateRow),
      contradictions: await this.countContradictions(),
    };
  }

  /** Statements under a name that still count, by preference. */
  #covering(of: { name: Bytes32; count: FindOperator<bigint>; counted: CountedStatements }) {
    return this.#database.manager
      .createQueryBuilder(StatementRow, 'statement')
      .where({ edge: of.name, count: of.count })
      .andWhere(...stillCounted(of.counted))
      .orderBy({ 'statement.complete': 'DESC', 'statement.count': 'ASC', 'statement.asOf': 'DESC' });
  }

  async #findEntries(options: FindManyOptions<EntryRow> & FindManyOptions<CandidateRow>): Promise<FoundEntries> {
    const entries = await this.#database.manager.find(EntryRow, options);
    const candidates = await this.#database.manager.find(CandidateRow, options);
    return { entries: entries.map(entryFactOf), candidates: candidates.map(candidateFact) };
  }

  async #withSignatures(rows: readonly StatementRow[]): Promise<StatementFact[]> {
    if (rows.length === 0) return [];
    const signatures = await this.#database.manager.find(SignatureRow, {
      where: { digest: In(rows.map((row) => row.digest)) },
      order: { signer: 'ASC' },
    });
    const byDigest = new Map<string, SignatureRow[]>();
    for (const row of signatures) byDigest.set(row.digest, [...(byDigest.get(row.digest) ?? []), row]);
    return rows.map((row) => ({
      digest: row.digest,
      statement: statementOf(row),
      signatures: (byDigest.get(row.digest) ?? []).map(({ signer, signature }) => ({ signer, signature })),
      complete: row.complete === 1,
    }));
  }
}

function stillCounted({ applied, endedThrough }: CountedStatements): [condition: string, values: ObjectLiteral] {
  const values = { applied: u64Text(applied), endedThrough };
  return ['(statement.count <= :applied OR statement.epoch > :endedThrough)', values];
}

function firstOfEachCount(rows: readonly StatementRow[]): StatementRow[] {
  return rows.filter((row, at) => rows[at - 1]?.count !== row.count);
}

function wholeCounts(rows: readonly StatementRow[], limit: number): readonly StatementRow[] {
  const cut = rows[limit];
  if (cut === undefined) return rows;
  const whole = rows.slice(0, limit).filter((row) => row.count !== cut.count);
  return whole.length > 0 ? whole : rows.slice(0, limit);
}

function milestoneFact(row: MilestoneRow): MilestoneFact {
  const { edge, stage, count, atMs, chainId, blockHeight, blockHash } = row;
  const block =
    chainId === null || blockHeight === null || blockHash === null
      ? {}
      : { block: { chainId, height: blockHeight, hash: blockHash } };
  return { edge, stage, count, ...(atMs === null ? {} : { atMs }), ...block };
}
