import {
  type Address,
  AppError,
  type Bytes32,
  ENTRY_BYTES,
  type JournalHead,
  type JournalPosition,
  type Keccak256,
  type StatementDomain,
} from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { PostOutcome } from '../ports/aggregator-api.js';
import type { SignedStatement } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import { type AdoptedEntries, entriesAfter, entriesToGoal } from './adopted-entries.js';
import { VerifierEpochs, attesterEpochAt } from './attester-epochs.js';
import { APPLIED, EdgeBook, type Growth } from './edge-book.js';
import { EdgeNames } from './edge-names.js';
import { sameBytes } from './entry-pool.js';
import type {
  CandidateFact,
  ContradictionFact,
  EntryFact,
  IntakeStore,
  JudgedStatement,
  MilestoneFact,
  RewoundFact,
} from './intake-store.js';
import { judgeAgainstHeads } from './judge-against-heads.js';
import { type KnownEdge, isLocalEdge } from './known-edge.js';
import { CANDIDATES_PER_POSTER_MAX, OPEN_STATEMENTS_MAX, OPEN_STATEMENTS_ROOM } from './limits.js';
import { type PostedBatch, candidateOf, differs, entryFact, isNews, judgePosted } from './posted-batch.js';
import { stageName } from './stage-name.js';
import { type VerifierSets, refitBooks } from './refit-books.js';
import { type RecoverSigner, type Refusal, judgeStatement, refuse, refuseLocal } from './judge-statement.js';

/** Codes that say nothing against an attester: it comes again by itself, or hands in its history. */
const HOLDS_BACK: ReadonlySet<string> = new Set(['EPOCHS_UNREAD', 'EPOCH_ENDED', 'TOO_MANY']);

/** Ports of {@link Intake}. */
export interface IntakePorts {
  readonly store: IntakeStore;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
  readonly recoverSigner: RecoverSigner;
}

/**
 * Accepts statements and entries: validates each before storing any of it, and confirms candidates as entries when a
 * head with k signatures folds over them (PROTOCOL sections 3 and 5).
 *
 * Invariant: the entries of an edge are a prefix of its journal, confirmed by a head that was signed or applied under
 * its present name, or below the point of its last rewind; a repeated post changes nothing. All writes run one after
 * the other.
 */
export class Intake {
  readonly #ports: IntakePorts;
  readonly #books = new Map<Bytes32, EdgeBook>();
  readonly #names = new EdgeNames();
  readonly #serial = new Serial();
  readonly #epochs = new VerifierEpochs();
  /** Edges whose last promotion has not ended: the store failed, and what is posted again brings nothing new. */
  readonly #unpromoted = new Set<Bytes32>();

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /**
   * Loads the edges' facts from the store. Call it before anything else, and again for edges listed later. An edge with
   * another source replaces the one that was opened. Where the verifier's sets are known, what only ended epochs or suspended
   * members say is dropped.
   */
  async open(edges: readonly KnownEdge[]): Promise<void> {
    for (const known of edges) await this.#serial.run(() => this.#open(known));
  }

  /**
   * Records a rewind of an edge's replica, once: statements carry another name from now on, and the same indices may
   * mean other entries. Ignored for an edge that was never opened.
   */
  rewind(edge: Bytes32, rewound: RewoundFact): Promise<void> {
    return this.#serial.run(async () => {
      const { store, observer } = this.#ports;
      const before = this.#books.get(edge);
      if (before === undefined || before.generation >= rewound.generation) return;
      const { known } = before;
      await store.rewindEdge({ edge, rewound, keepsEntries: known.direction === 'to-vault' });
      crashPoint('aggregator.edge.rewound');
      const book = await this.#load(known, this.#epochs.endedThrough(known.domain));
      book.noteApplied(rewound.point.count);
      this.#books.set(edge, book);
      this.#names.keep(book);
      const fields = { edge, name: rewound.name, count: rewound.point.count };
      observer.observe({ name: 'edge-rewound', level: 'warn', fields });
      await this.#promote(book);
    });
  }

  /**
   * Replaces the attester sets of one verifier, read at a final block of time `atSeconds`. Signatures of members that it
   * has suspended no longer count, nor heads of epochs that ended by then, nor entries that only such a head confirmed.
   */
  useEpochs(verifier: StatementDomain, epochs: readonly AttesterEpoch[], atSeconds: bigint): Promise<void> {
    const isFirst = this.epochsOf(verifier).length === 0;
    this.#epochs.set(verifier, epochs, atSeconds);
    return this.#serial.run(async () => {
      const { fitted, reopened } = await refitBooks(this.#ports, this.#books, this.#setsOf(verifier));
      for (const book of isFirst ? fitted : reopened) await this.#promote(book);
    });
  }

  /** Returns the attester sets of a verifier; none before they were read. */
  epochsOf(verifier: StatementDomain): readonly AttesterEpoch[] {
    return this.#epochs.of(verifier);
  }

  /** Returns the edges in the order they were opened. */
  get books(): readonly EdgeBook[] {
    return [...this.#books.values()];
  }

  /** Returns one edge; undefined if it is unknown. */
  book(edge: Bytes32): EdgeBook | undefined {
    return this.#books.get(edge);
  }

  /** Validates and stores statements; returns one outcome each, in order. */
  postStatements(statements: readonly SignedStatement[]): Promise<readonly PostOutcome[]> {
    return this.#serial.run(async () => {
      const { keccak256, recoverSigner } = this.#ports;
      const context = { names: this.#names, epochs: this.#epochs, nowS: this.#nowS(), keccak256, recoverSigner };
      const judged = statements.map((signed) => judgeStatement(signed, context));
      const { verdicts, contradictions } = await judgeAgainstHeads(judged, this.#books, this.#ports.store);
      return this.#storeStatements(statements, verdicts, contradictions);
    });
  }

  /** Validates and stores entries that are not attested yet. */
  postEntries(batch: PostedBatch): Promise<PostOutcome> {
    return this.#serial.run(async () => {
      const { keccak256, recoverSigner } = this.#ports;
      const known = this.#books.get(batch.edge)?.known;
      const refusal =
        known === undefined
          ? refuse('UNKNOWN_EDGE', `edge ${batch.edge} is none of the ${this.#books.size} edges of this deployment`)
          : (refuseLocal(known) ??
            judgePosted(batch, {
              known,
              epochs: this.epochsOf(known.domain),
              nowS: this.#nowS(),
              keccak256,
              recoverSigner,
            }));
      const outcome = refusal ?? (await this.#storeCandidates(batch));
      if (outcome.kind === 'refused') this.#tellRefused(outcome.code, outcome.detail, batch.poster);
      return outcome;
    });
  }

  /**
   * Accepts a head that the destination applied at a final block, under the edge's present name, as if k members had
   * signed it.
   */
  adoptAppliedHead(edge: Bytes32, head: JournalPosition): Promise<void> {
    return this.#serial.run(async () => {
      const book = this.#requireBook(edge);
      if (isLocalEdge(book.known)) book.noteGoal(head, APPLIED);
      else book.noteAttested(head, APPLIED);
      await this.#promote(book);
    });
  }

  /**
   * Accepts entries read from the origin chain, or from the transaction that applied them, if they fold from the edge's
   * position to a signed or applied head. Returns how many were confirmed.
   */
  adoptEntries(edge: Bytes32, entries: AdoptedEntries): Promise<number> {
    return this.#serial.run(async () => {
      const book = this.#requireBook(edge);
      const facts = entriesToGoal(book, entries, this.#ports.keccak256);
      await this.#confirm(book, facts);
      return facts.length;
    });
  }

  /**
   * Accepts entries of a journal on the settlement chain, the ledger's own or that of the vault beside it, that are
   * proven at a final block and lead from the edge's position, or from before it, to `position`. Ignored for an edge that was
   * never opened: once it is, they are read again ({@link JournalRefill}), as where they begin past the position. `atMs` is when
   * they became final, if that was just now.
   */
  adoptJournal(
    edge: Bytes32,
    run: { readonly entries: LocatedEntries; readonly position: JournalPosition; readonly atMs: number | undefined },
  ): Promise<void> {
    return this.#serial.run(async () => {
      const book = this.#books.get(edge);
      if (book === undefined || run.position.count <= book.position.count) return;
      const { locations } = run.entries;
      const from = book.position.count;
      const skip = locations.findIndex((location) => location.index === from + 1n);
      if (skip < 0) {
        const fields = { edge, from, count: run.position.count };
        this.#ports.observer.observe({ name: 'journal-run-apart', level: 'warn', fields });
        return;
      }
      const packed = run.entries.packed.subarray(skip * ENTRY_BYTES);
      const { keccak256 } = this.#ports;
      const entries = { from, packed, locations: locations.slice(skip) };
      const facts = entriesAfter(book.position, entries, { book, keccak256 });
      if (facts.at(-1)?.head !== run.position.head) {
        this.#tellContradicted(edge, run.position);
        return;
      }
      for (const { index: count, head } of facts) {
        const goal = book.goals.get(count);
        if (goal !== undefined && goal !== head) this.#tellContradicted(edge, { count, head: goal });
      }
      await this.#confirm(book, facts);
      if (run.atMs !== undefined) await this.#saveMilestone(book, 'final', { from, count: run.position.count });
    });
  }

  /** Records that the newest block has releases up to a count; they are merely seen. */
  noteRequested(edge: Bytes32, count: bigint): Promise<void> {
    return this.#serial.run(async () => {
      const book = this.#books.get(edge);
      const growth = book?.noteSeen(count);
      if (book !== undefined && growth !== undefined) await this.#saveMilestone(book, 'seen', growth);
    });
  }

  async #open(known: KnownEdge): Promise<void> {
    const { edgeId, domain, source } = known;
    const before = this.#books.get(edgeId);
    if (before?.known.source === source) return;
    // As if no epoch had ended, so that the sets in force are fitted to it as to one that was opened before them.
    const loaded = await this.#load(known, 0);
    if (before?.generation === loaded.generation) {
      loaded.noteApplied(before.appliedCount);
      if (before.folded !== undefined) loaded.noteFolded(before.folded);
    }
    // Before the sets are read, nobody knows whose heads still count.
    const isJudged = this.epochsOf(domain).length > 0;
    const alone = new Map([[edgeId, loaded]]);
    if (isJudged) await refitBooks(this.#ports, alone, this.#setsOf(domain));
    // Shown once it is fitted: until then it holds heads of ended epochs.
    const book = alone.get(edgeId) ?? loaded;
    this.#books.set(edgeId, book);
    this.#names.keep(book);
    if (isJudged) await this.#promote(book);
  }

  #setsOf(verifier: StatementDomain): VerifierSets {
    return { verifier, epochs: this.epochsOf(verifier), endedThrough: this.#epochs.endedThrough(verifier) };
  }

  async #load(known: KnownEdge, ended: number): Promise<EdgeBook> {
    const { store, clock } = this.#ports;
    return new EdgeBook(known, await store.loadEdge(known.edgeId, ended), clock.elapsedMs(), ended);
  }

  #nowS(): bigint {
    return BigInt(Math.floor(this.#ports.clock.nowMs() / 1_000));
  }

  #tellContradicted(edge: Bytes32, { count, head }: JournalPosition): void {
    this.#ports.observer.observe({
      name: 'journal-contradicted',
      level: 'error',
      fields: { edge, count, head },
    });
  }

  async #storeStatements(
    statements: readonly SignedStatement[],
    verdicts: readonly (Refusal | JudgedStatement)[],
    contradictions: readonly ContradictionFact[],
  ): Promise<readonly PostOutcome[]> {
    const good = verdicts.filter((verdict): verdict is JudgedStatement => !('kind' in verdict));
    const { fresh, completed } = await this.#ports.store.saveStatements({ statements: good, contradictions });
    crashPoint('aggregator.statements.saved');
    const atMs = this.#ports.clock.elapsedMs();
    for (const one of good) {
      const book = this.#requireBook(one.edge);
      book.noteStatement(one, attesterEpochAt(this.epochsOf(book.known.domain), this.#nowS()), atMs);
    }
    // All before the first further write: none of them completes a second time.
    const grown = completed.map((one) => this.#noteCompleted(one));
    for (const { book, growth } of grown) {
      if (growth !== undefined) await this.#saveMilestone(book, 'attested', growth);
      crashPoint('aggregator.statements.complete');
    }
    for (const edge of new Set(good.map((one) => one.edge))) await this.#promoteLeft(edge);
    const added = good.filter((_, at) => fresh[at] === true);
    await boundOpen(added, this.#books, this.#ports.store);
    let at = 0;
    return verdicts.map((verdict, index) => {
      if ('kind' in verdict) {
        this.#tellRefused(verdict.code, verdict.detail, statements[index]?.signer ?? 'nobody');
        return verdict;
      }
      return { kind: 'stored', fresh: fresh[at++] ?? false };
    });
  }

  /** Records a statement in memory. Returns how far the attested count grew, if it did. */
  #noteCompleted({ edge: name, count, head, asOf, epoch }: JournalHead): {
    readonly book: EdgeBook;
    readonly growth: Growth | undefined;
  } {
    const book = this.#requireBook(this.#names.of(name)?.known.edgeId ?? name);
    const fields = { edge: book.known.edgeId, count, as_of: asOf };
    this.#ports.observer.observe({ name: 'statement-complete', level: 'debug', fields });
    const from = book.attestedCount;
    const isGrown = book.noteAttested({ count, head }, epoch);
    this.#unpromoted.add(book.known.edgeId);
    return { book, growth: isGrown ? { from, count } : undefined };
  }

  async #storeCandidates(batch: PostedBatch): Promise<PostOutcome> {
    const book = this.#requireBook(batch.edge);
    if (batch.entries.locations.length === 0) return this.#withdrawSeen(batch, book);
    const all = batch.entries.locations.map((location, at) => candidateOf(batch, at, location.index));
    const past = all.filter((candidate) => candidate.index > book.position.count);
    const conflict = await this.#findConflict(batch, all, book);
    if (conflict !== undefined) return conflict;
    const last = past.at(-1);
    if (last !== undefined && last.index > book.position.count + CANDIDATES_PER_POSTER_MAX) {
      return refuse(
        'TOO_MANY',
        `entry ${last.index} is more than ${CANDIDATES_PER_POSTER_MAX} past the attested ${book.position.count}; hand in statements first`,
      );
    }
    const changed = past.filter((candidate) => isNews(candidate, book.pool.find(batch.poster, candidate.index)));
    if (changed.length === 0) {
      await this.#promoteLeft(batch.edge);
      return { kind: 'stored', fresh: false };
    }
    const replaced = changed.find((candidate) => differs(candidate, book.pool.find(batch.poster, candidate.index)));
    const { edge, poster } = batch;
    const dropFrom = replaced === undefined ? {} : { dropFrom: replaced.index };
    const candidates = changed.filter((candidate) => !book.pool.isHeldElsewhere(candidate));
    if (candidates.length > 0 || replaced !== undefined) {
      await this.#ports.store.saveCandidates({ edge, poster, ...dropFrom, candidates });
    }
    crashPoint('aggregator.candidates.saved');
    if (replaced !== undefined) book.pool.dropFrom(batch.poster, replaced.index);
    const from = book.entryCount;
    book.pool.put(changed);
    this.#unpromoted.add(edge);
    const seen = book.takeSeenGrowth();
    if (seen !== undefined) await this.#saveMilestone(book, 'seen', seen);
    if (book.entryCount > from) await this.#saveMilestone(book, 'final', { from, count: book.entryCount });
    await this.#promote(book);
    return { kind: 'stored', fresh: true };
  }

  /** A seen batch without entries withdraws all above `from`: the poster's chain was reorganised. */
  async #withdrawSeen({ edge, poster, from }: PostedBatch, book: EdgeBook): Promise<PostOutcome> {
    const lowest = book.pool.lowestSeenPast(poster, from);
    if (lowest === undefined) return { kind: 'stored', fresh: false };
    await this.#ports.store.saveCandidates({ edge, poster, dropFrom: lowest, candidates: [] });
    book.pool.dropFrom(poster, lowest);
    book.forgetSeen();
    return { kind: 'stored', fresh: true };
  }

  async #findConflict(batch: PostedBatch, all: readonly CandidateFact[], book: EdgeBook): Promise<Refusal | undefined> {
    const known = all.filter((candidate) => candidate.index <= book.position.count).map((candidate) => candidate.index);
    const held = known.length === 0 ? [] : await this.#ports.store.loadEntriesAt(batch.edge, known);
    const heldAt = new Map(held.map((entry) => [entry.index, entry.packed]));
    for (const candidate of all) {
      const own = book.pool.find(batch.poster, candidate.index);
      const fixed = heldAt.get(candidate.index) ?? (own?.stage === 'final' ? own.packed : undefined);
      if (fixed !== undefined && !sameBytes(fixed, candidate.packed)) {
        return refuse(
          'CONFLICT',
          `entry ${candidate.index} of ${batch.edge} differs from the one held as ${own === undefined ? 'attested' : 'final'}`,
        );
      }
    }
    return undefined;
  }

  /** Promotes an edge if there is anything that no promotion has taken up. */
  async #promoteLeft(edge: Bytes32): Promise<void> {
    if (this.#unpromoted.has(edge)) await this.#promote(this.#requireBook(edge));
  }

  async #promote(book: EdgeBook): Promise<void> {
    const { edgeId } = book.known;
    this.#unpromoted.add(edgeId);
    // Journals on the settlement chain are proven by it, so no candidates are needed, whatever members sign.
    if (book.known.direction !== 'to-vault' && !isLocalEdge(book.known)) await this.#promoteCandidates(book);
    this.#unpromoted.delete(edgeId);
  }

  async #promoteCandidates(book: EdgeBook): Promise<void> {
    const run = book.pool.findRun(book.position, book.goals, this.#ports.keccak256);
    if (run !== undefined) {
      const facts = run.candidates.map((candidate, at) =>
        entryFact({ ...candidate, location: candidate.location, head: run.heads[at] ?? book.position.head }),
      );
      await this.#confirm(book, facts);
    }
    await this.#dropUnfit(book);
  }

  /** Drops candidates above a signed head if no order of them folds to it. Honest posters post theirs again. */
  async #dropUnfit(book: EdgeBook): Promise<void> {
    const next = [...book.goals.keys()].reduce<bigint | undefined>(
      (low, count) => (low === undefined || count < low ? count : low),
      undefined,
    );
    if (next === undefined || book.pool.contiguousCount(book.position.count, 'final') < next) return;
    const dropped = book.pool.size;
    book.pool.clear();
    await this.#ports.store.dropCandidates(book.known.edgeId);
    this.#ports.observer.observe({
      name: 'candidates-dropped',
      level: 'warn',
      fields: { edge: book.known.edgeId, count: next, dropped },
    });
  }

  async #confirm(book: EdgeBook, facts: readonly EntryFact[]): Promise<void> {
    const last = facts.at(-1);
    if (last === undefined) return;
    await this.#ports.store.saveEntries(book.known.edgeId, facts);
    crashPoint('aggregator.entries.saved');
    book.advance({ count: last.index, head: last.head });
    this.#ports.observer.observe({
      name: 'entries-confirmed',
      level: 'info',
      fields: { edge: book.known.edgeId, count: last.index },
    });
  }

  async #saveMilestone(book: EdgeBook, stage: MilestoneFact['stage'], { from, count }: Growth): Promise<void> {
    const atMs = this.#ports.clock.nowMs();
    await this.#ports.store.saveMilestones([{ edge: book.known.edgeId, stage, count, atMs }]);
    this.#ports.observer.observe({
      name: 'stage-reached',
      level: 'debug',
      fields: { edge: book.known.edgeId, stage: stageName(stage, book.known.direction), from, count },
    });
  }

  #requireBook(edge: Bytes32): EdgeBook {
    const book = this.#books.get(edge);
    if (book === undefined) {
      throw new AppError({
        code: 'UNKNOWN_EDGE',
        message: `edge ${edge} was never opened; open it before use`,
        context: { edge },
      });
    }
    return book;
  }

  #tellRefused(code: string, detail: string, poster: string): void {
    const level = HOLDS_BACK.has(code) ? 'info' : 'warn';
    this.#ports.observer.observe({ name: 'post-refused', level, fields: { code, poster, detail } });
  }
}

/**
 * Makes room where a member has too many incomplete statements on one edge: its own oldest ones go. Refusing its new ones
 * would halt the edge for good after an outage, because nothing completes without them.
 */
async function boundOpen(
  added: readonly JudgedStatement[],
  books: ReadonlyMap<Bytes32, EdgeBook>,
  store: Pick<IntakeStore, 'trimOpenStatements'>,
): Promise<void> {
  const touched = new Map<EdgeBook, Set<Address>>();
  for (const { edge, signer } of added) {
    const book = books.get(edge);
    if (book === undefined) continue;
    book.setOpenStatements(signer, book.openStatements(signer) + 1);
    touched.set(book, (touched.get(book) ?? new Set()).add(signer));
  }
  for (const [book, signers] of touched) {
    for (const signer of signers) {
      if (book.openStatements(signer) <= OPEN_STATEMENTS_MAX) continue;
      const keep = OPEN_STATEMENTS_MAX - OPEN_STATEMENTS_ROOM;
      // First heads far above all that is known are without bound, and no honest member signs there.
      const known = [book.position.count, book.attestedCount, book.folded?.count ?? 0n];
      const forgetAbove = known.reduce((left, right) => (left > right ? left : right)) + CANDIDATES_PER_POSTER_MAX;
      book.setOpenStatements(signer, await store.trimOpenStatements({ edge: book.name, signer, keep, forgetAbove }));
    }
  }
}

/** Runs tasks one after the other; a failed one does not stop the next. */
class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Settles like the task, once all earlier tasks have ended. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
