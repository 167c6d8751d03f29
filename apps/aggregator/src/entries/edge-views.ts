import type { EdgeView, EntriesPageView, StatementView } from '@surety/api';
import { type Bytes32, bytesToHex, concatBytes } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  type Clock,
  type EdgeBook,
  type EdgeCondition,
  type EntryFact,
  Intake,
  LedgerFollower,
  type VaultFollower,
  attesterEpochAt,
  isLocalEdge,
  memberSince,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { PosterProcesses } from '../intake/poster-processes.js';
import { Problem } from '../problem.js';
import { conditionView } from './edge-condition-view.js';

/** Shows edges as the aggregator knows them. */
@Injectable()
export class EdgeViews {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(PosterProcesses) private readonly processes: PosterProcesses,
  ) {}

  /** Returns every edge. */
  edges(): EdgeView[] {
    return this.intake.books.map((book) => this.#edge(book));
  }

  /** Returns one page of statements that carry the present name of an edge, asked for by its first name or that. @throws Problem 404 UNKNOWN_EDGE. */
  async statements(request: {
    edge: Bytes32;
    after: bigint;
    limit: number;
    attested: boolean;
  }): Promise<StatementView[]> {
    const { name, appliedCount: applied, endedThrough } = this.#requireNamed(request.edge);
    const attested = request.attested && { applied, endedThrough };
    const facts = await this.store.views.loadStatements({ ...request, edge: name, attested });
    return facts.map(({ statement, signatures, complete }) => ({
      statement,
      signers: signatures.map((one) => one.signer),
      signatures: `0x${signatures.map((one) => one.signature.slice(2)).join('')}`,
      complete,
    }));
  }

  /** Returns attested entries. @throws Problem 404 UNKNOWN_EDGE or NOT_ATTESTED if the range is not held yet. */
  async entries(request: { edge: Bytes32; from: bigint; to: bigint }): Promise<EntriesPageView> {
    const { edge, from, to } = request;
    const book = this.#require(edge);
    if (to > book.position.count) {
      const detail = `${edge} has ${book.position.count} attested entries; entry ${to} is not among them yet`;
      throw new Problem({ status: 404, code: 'NOT_ATTESTED', detail });
    }
    const entries = await this.store.intake.loadEntries({ edge, from, to, limit: Number(to - from) });
    const packed = bytesToHex(concatBytes(...entries.map((entry) => entry.packed)));
    return { edge, from, to, packed, locations: entries.flatMap(locationOf) };
  }

  #edge(book: EdgeBook): EdgeView {
    const { edgeId, edge, direction, source } = book.known;
    const nowS = Math.floor(this.clock.nowMs() / 1_000);
    return {
      edge: edgeId,
      name: book.name,
      generation: book.generation,
      direction,
      source,
      local: isLocalEdge(book.known),
      originChainId: Number(edge.originChainId),
      destinationChainId: Number(edge.destinationChainId),
      entryCount: book.entryCount,
      attestedCount: book.attestedCount,
      reachableCount: book.reachableCount,
      appliedCount: book.appliedCount,
      lastAsOf: direction === 'to-ledger' ? this.follower.asOfOf(source) : 0n,
      condition: conditionView(this.#conditionOf(edgeId), BigInt(nowS)),
      attesters: this.#members(book, nowS),
    };
  }

  /** Returns the members of the present epoch: nothing waits for whoever left. */
  #members(book: EdgeBook, nowS: number): EdgeView['attesters'] {
    const epochs = this.intake.epochsOf(book.known.domain);
    // Members of the ledger's verifier sign for its other sources only.
    const epoch = isLocalEdge(book.known) ? undefined : attesterEpochAt(epochs, BigInt(nowS));
    if (epoch === undefined) return [];
    const marks = new Map(book.attesters.map((mark) => [mark.address, mark]));
    return epoch.members.map((address) => {
      const mark = marks.get(address);
      const since = memberSince(epochs, address, epoch);
      const behindS = Math.floor(book.behindMs(address, this.clock.elapsedMs(), { set: epoch, since }) / 1_000);
      const told = { behindS, twice: this.processes.isTwice(address) };
      if (mark === undefined) return { address, count: 0n, asOf: 0n, lagS: null, ...told };
      return { address, count: mark.count, asOf: mark.asOf, lagS: nowS - Number(mark.asOf), ...told };
    });
  }

  /** Returns what the edge's reader holds against it, as folded. */
  #conditionOf(edge: Bytes32): EdgeCondition | undefined {
    const replica = this.vaults.get(edge)?.replica ?? this.follower.books.replicas.find((one) => one.edge === edge);
    return replica?.condition;
  }

  #require(edge: Bytes32): EdgeBook {
    return required(edge, this.intake.book(edge));
  }

  #requireNamed(name: Bytes32): EdgeBook {
    const { intake } = this;
    return required(name, intake.book(name) ?? intake.books.find((book) => book.name === name));
  }
}

function required(edge: Bytes32, book: EdgeBook | undefined): EdgeBook {
  if (book !== undefined) return book;
  const detail = `edge ${edge} is none of this deployment, or was named so before its replica was rewound; see /v1/edges`;
  throw new Problem({ status: 404, code: 'UNKNOWN_EDGE', detail });
}

function locationOf({ location }: EntryFact): EntriesPageView['locations'] {
  return location === undefined ? [] : [location];
}
