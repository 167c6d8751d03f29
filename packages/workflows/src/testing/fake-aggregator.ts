import {
  type Address,
  AppError,
  type Bytes32,
  ENTRY_BYTES,
  type EdgeDirection,
  type Hex,
  concatBytes,
} from '@surety/domain';
import { gapsBetween } from '../intake/intake-store.js';
import type {
  AggregatorApi,
  AttestedStatement,
  EdgeSummary,
  OpenPayment,
  PostOutcome,
  StoppedPayment,
} from '../ports/aggregator-api.js';
import type { SignedStatement } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import type { LocatedEntries } from '../ports/origin-chain.js';

/** Entries as they were posted. */
export interface PostedBatch {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly entries: LocatedEntries;
  readonly stage: 'seen' | 'final';
  readonly poster: Address;
  readonly signature: Hex;
}

/** An in-memory aggregator for one edge. Accepts everything; a count is attested once `quorum` signers stated it. */
export class FakeAggregator implements AggregatorApi {
  readonly #edge: Bytes32;
  readonly #quorum: number;
  statements: SignedStatement[] = [];
  batches: PostedBatch[] = [];
  #entries: Uint8Array[] = [];
  /** Thrown by every call while set. */
  failure: Error | undefined;
  /** Refuses entries with this code while set. */
  refusal: string | undefined;
  /** Members whose positions it reports. */
  members: readonly Address[] = [];
  /** Refuses statements with this code while set. */
  statementRefusal: string | undefined;
  /** Time that a post of entries takes, on a clock. */
  latency: { readonly clock: Clock; readonly ms: number } | undefined;
  /** Direction of its edge. */
  direction: EdgeDirection = 'to-ledger';
  /** Returned by `readPayments`. */
  payments: OpenPayment[] = [];
  /** Returned by `readAttested` beside what was posted. */
  attested: AttestedStatement[] = [];

  constructor(edge: Bytes32, quorum = 1) {
    this.#edge = edge;
    this.#quorum = quorum;
  }

  /** Drops all data, as after a deleted database. */
  forget(): void {
    this.statements = [];
    this.batches = [];
    this.#entries = [];
  }

  get entryCount(): bigint {
    return BigInt(this.#entries.length);
  }

  /** Counts of the stored statements, in the order of arrival. */
  get counts(): bigint[] {
    return this.statements.map(({ statement }) => statement.count);
  }

  async postStatements(statements: readonly SignedStatement[]): Promise<readonly PostOutcome[]> {
    this.#requireAnswers();
    const code = this.statementRefusal;
    if (code !== undefined) return statements.map(() => ({ kind: 'refused', code, detail: 'refused by the test' }));
    this.statements.push(...statements);
    return statements.map(() => ({ kind: 'stored', fresh: true }));
  }

  async postEntries(request: PostedBatch, signal?: AbortSignal): Promise<PostOutcome> {
    this.#requireAnswers();
    await this.latency?.clock.sleep(this.latency.ms, signal);
    if (this.refusal !== undefined) return { kind: 'refused', code: this.refusal, detail: 'refused by the test' };
    this.batches.push(request);
    if (request.stage === 'final') {
      request.entries.locations.forEach((_, at) => {
        this.#entries[Number(request.from) + at] = request.entries.packed.slice(
          at * ENTRY_BYTES,
          (at + 1) * ENTRY_BYTES,
        );
      });
    }
    return { kind: 'stored', fresh: true };
  }

  async readEdges(): Promise<readonly EdgeSummary[]> {
    this.#requireAnswers();
    return [
      {
        edge: this.#edge,
        direction: this.direction,
        source: 1,
        originChainId: 1,
        destinationChainId: 2,
        attestedCount: this.#attestedCounts().at(-1) ?? 0n,
        reachableCount: gapsBetween(this.#attestedCounts())[0]?.from ?? this.#attestedCounts().at(-1) ?? 0n,
        appliedCount: 0n,
        entryCount: this.entryCount,
        attesters: this.#members(),
      },
    ];
  }

  async readAttested(_edge: Bytes32, { after }: { after: bigint }): Promise<readonly AttestedStatement[]> {
    this.#requireAnswers();
    return this.attested.filter(({ statement }) => statement.count > after);
  }

  async readEntries(_edge: Bytes32, from: bigint, to: bigint): Promise<Uint8Array> {
    this.#requireAnswers();
    return concatBytes(...this.#entries.slice(Number(from), Number(to)));
  }

  /** Returned by `readStopped`. */
  stopped: StoppedPayment[] = [];

  async readStopped(_edge: Bytes32, afterSeq: bigint): Promise<readonly StoppedPayment[]> {
    this.#requireAnswers();
    return this.stopped.filter(({ seq }) => seq > afterSeq);
  }

  async readPayments(_edge: Bytes32, afterSeq: bigint): Promise<readonly OpenPayment[]> {
    this.#requireAnswers();
    return this.payments.filter(({ seq }) => seq > afterSeq);
  }

  #members(): { address: Address; count: bigint; asOf: bigint }[] {
    return this.members.map((address) => {
      const own = this.statements.filter(({ signer }) => signer === address).map(({ statement }) => statement);
      const top = (values: bigint[]): bigint => values.reduce((most, value) => (value > most ? value : most), 0n);
      return { address, count: top(own.map(({ count }) => count)), asOf: top(own.map(({ asOf }) => asOf)) };
    });
  }

  #attestedCounts(): bigint[] {
    const signers = new Map<bigint, Set<Address>>();
    for (const { statement, signer } of this.statements) {
      signers.set(statement.count, (signers.get(statement.count) ?? new Set()).add(signer));
    }
    const attested = [...signers].filter(([count, who]) => who.size >= this.#quorum && count <= this.entryCount);
    return attested.map(([count]) => count).sort((left, right) => (left < right ? -1 : 1));
  }

  #requireAnswers(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

/** The error of an aggregator that cannot be reached. */
export function unreachable(): AppError {
  return new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'nobody listens', retryable: true });
}
