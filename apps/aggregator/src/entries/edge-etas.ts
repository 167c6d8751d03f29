import type { EtaBasisView } from '@surety/api';
import type { Bytes32, EdgeDirection } from '@surety/domain';
import type { Store } from '@surety/store';
import { type Clock, Intake } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { TOKENS } from '../tokens.js';

/** An estimate of how long entries take from being seen to being applied, and what it rests on. */
export interface EdgeEta {
  /** Null if no entry was watched. */
  readonly etaS: number | null;
  readonly etaBasis: EtaBasisView;
}

/** Newest entries of an edge that are looked at for an estimate. */
const LAGS_LOOKED_AT = 16;
/** Age in milliseconds up to which an estimate is given again: it costs two queries for each entry. */
const KEPT_MS = 10_000;

/** Estimates from what was watched how long entries take on each edge. */
@Injectable()
export class EdgeEtas {
  readonly #kept: KeptAnswers<Bytes32, readonly number[]>;

  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the median of an edge's newest entries, or while none of it was watched, of those of the edges that go the same way. */
  async of(edge: Bytes32 | undefined, direction: EdgeDirection): Promise<EdgeEta> {
    const own = edge === undefined ? [] : await this.#lagsOf(edge);
    if (own.length > 0) return etaOf(own, 'this-edge');
    const others = this.intake.books.map(({ known }) => known).filter((known) => known.direction === direction);
    const lags = await Promise.all(others.map(({ edgeId }) => this.#lagsOf(edgeId)));
    return etaOf(lags.flat(), 'other-edges');
  }

  #lagsOf(edge: Bytes32): Promise<readonly number[]> {
    return this.#kept.read(edge, () => this.store.views.loadLagsMs(edge, LAGS_LOOKED_AT));
  }
}

function etaOf(lagsMs: readonly number[], kind: EtaBasisView['kind']): EdgeEta {
  const median = [...lagsMs].sort((left, right) => left - right)[lagsMs.length >> 1];
  if (median === undefined) return { etaS: null, etaBasis: { kind: 'none', samples: 0 } };
  return { etaS: Math.ceil(median / 1_000), etaBasis: { kind, samples: lagsMs.length } };
}
