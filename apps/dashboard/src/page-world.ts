import type { AggregatorClient } from '@surety/client';

/** Ports of the page: all that it reaches outside itself. */
export interface PageWorld {
  readonly client: AggregatorClient;
  nowMs(): number;
  /** Repeats until the returned function is called. */
  every(ms: number, work: () => void): () => void;
}

/** Properties of each view. */
export interface ViewProps {
  readonly world: PageWorld;
  /** Of the last tick. */
  readonly nowMs: number;
  /** The part of the address behind the view's name, such as an account. */
  readonly subject: string;
}
