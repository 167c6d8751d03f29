import type { Clock } from '@surety/workflows';

/** When the next provider is asked beside one that has not answered yet. */
export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly afterMs: number;
}

/** Ends a wait. An abort without a reason makes an error with a stack each time. */
const HEARD = new Error('somebody has answered');

/** Resolves with the first of several, or with undefined when patience ends before; without patience it waits for them. */
export async function firstWithin<Said>(
  waiting: Iterable<Promise<Said>>,
  patience: Patience | undefined,
): Promise<Said | undefined> {
  if (patience === undefined) return Promise.race(waiting);
  const heard = new AbortController();
  const impatience = patience.clock.sleep(patience.afterMs, heard.signal).then(() => undefined);
  try {
    return await Promise.race([...waiting, impatience]);
  } finally {
    heard.abort(HEARD);
  }
}
