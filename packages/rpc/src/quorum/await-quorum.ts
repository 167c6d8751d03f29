import type { Patience } from '../first-within.js';

/** Ends the wait for the last ones. An abort without a reason makes an error with a stack each time. */
const SETTLED = new Error('nobody waits for the last ones any more');

/**
 * Waits until all have answered or failed, or until `enough` have answered and patience has passed since.
 * Returns what each of them came to, in their order; undefined for one that is silent then.
 */
export async function awaitQuorum<Answer>(
  asked: readonly Promise<Answer>[],
  enough: number,
  { clock, afterMs }: Patience,
): Promise<readonly (PromiseSettledResult<Answer> | undefined)[]> {
  const outcomes: (PromiseSettledResult<Answer> | undefined)[] = asked.map(() => undefined);
  const over = new AbortController();
  let answered = 0;
  const quorum = new Promise<void>((resolve) => {
    for (const [at, one] of asked.entries()) {
      one.then(
        (value) => {
          outcomes[at] = { status: 'fulfilled', value };
          answered += 1;
          if (answered === enough) resolve();
        },
        (reason: unknown) => void (outcomes[at] = { status: 'rejected', reason }),
      );
    }
  });
  const patience = quorum.then(() => clock.sleep(afterMs, over.signal));
  await Promise.race([Promise.allSettled(asked), patience]);
  over.abort(SETTLED);
  return [...outcomes];
}
