import type { WitnessEdgeView, WitnessesAnswer } from '@surety/api';
import type { Clock, DriftBoard } from '@surety/workflows';

/** Age in milliseconds up to which an answer is given again: it costs some dozens of reads, and heads come every few minutes. */
const KEPT_MS = 15_000;

/** What answers are made of. */
export interface WitnessViewPorts {
  /** Reads the edges of one source after the other; what a chain did not say is null in them. */
  readonly readEdges: () => Promise<readonly WitnessEdgeView[]>;
  readonly clock: Clock;
  readonly drift: Pick<DriftBoard, 'comparisons'>;
}

/** Shows what witnesses have told and how they are set. Whoever asks often is given the last answer, until settings were compared again. */
export class WitnessViews {
  readonly #ports: WitnessViewPorts;
  #kept:
    | { readonly sinceMs: number; readonly comparisons: number; readonly edges: Promise<readonly WitnessEdgeView[]> }
    | undefined;

  constructor(ports: WitnessViewPorts) {
    this.#ports = ports;
  }

  /** Gives the witnesses of every edge. */
  async witnesses(): Promise<WitnessesAnswer> {
    const { clock, drift, readEdges } = this.#ports;
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
