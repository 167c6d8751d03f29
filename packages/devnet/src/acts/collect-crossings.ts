import { type HealthCrossingView, readHealthCrossing } from '@surety/client';
import type { Devnet } from '../start-devnet.js';

/** Health crossings that an aggregator announced, in its order. */
export interface CollectedCrossings {
  readonly crossings: readonly HealthCrossingView[];
  stop(): void;
}

/**
 * Collects the crossings that the aggregator has announced since its start and announces from now on, until it is
 * stopped or the aggregator ends. Drops repetitions of account, step, direction and block.
 */
export function collectCrossings(devnet: Devnet, known: readonly HealthCrossingView[] = []): CollectedCrossings {
  const abort = new AbortController();
  const crossings: HealthCrossingView[] = [];
  const told = new Set(known.map(placeOf));
  const read = async (): Promise<void> => {
    for await (const { name, payload } of devnet.aggregator.readEvents({ signal: abort.signal, lastEventId: '0' })) {
      if (name !== 'health') continue;
      const crossing = readHealthCrossing(payload);
      if (!told.has(placeOf(crossing))) crossings.push(crossing);
    }
  };
  // A stream ends with its aggregator; its events are kept.
  read().catch(() => undefined);
  return { crossings, stop: () => abort.abort() };
}

function placeOf({ account, step, direction, block }: HealthCrossingView): string {
  return [account, step, direction, block.hash].join();
}
