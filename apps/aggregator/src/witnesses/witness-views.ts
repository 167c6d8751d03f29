import type { WitnessEdgeView, WitnessesAnswer } from '@surety/api';
import { type Clock, DriftBoard } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';

/** Age in milliseconds up to which an answer is given again: it costs some dozens of reads, and heads come every few minutes. */
const KEPT_MS = 15_000;

/** Shows what witnesses have told and how they are set. Whoever asks often is given the last answer, until settings were compared again. */
@Injectable()
export class WitnessViews {
  #kept:
    | { readonly sinceMs: number; readonly comparisons: number; readonly edges: Promise<readonly WitnessEdgeView[]> }
    | undefined;

  constructor(
    @Inject(TOKENS.readEdges) private readonly readEdges: () => Promise<readonly WitnessEdgeView[]>,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(DriftBoard) private readonly drift: DriftBoard,
  ) {}

  /** Returns the witnesses of every edge. */
  async witnesses(): Promise<WitnessesAnswer> {
    const { clock, drift, readEdges } = this;
    const [nowMs, comparisons] = [clock.elapsedMs(), drift.comparisons];
    let kept = this.#kept;
    if (kept === undefined || kept.comparisons !== comparisons || nowMs - kept.sinceMs >= KEPT_MS)
      this.#kept = kept = { sinceMs: nowMs, comparisons, edges: readEdges() };
    const edges = await kept.edges.catch((cause: unknown) => {
      this.#kept = undefined;
      throw cause;
    });
    return { edges };
  }
}
