import { setImmediate } from 'node:timers/promises';

/** Lets the event loop turn once, so that a long work keeps no request waiting until its end. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}

/**
 * Lets the event loop turn after a full page. SQLite answers at once, so a loop over pages would otherwise be one long
 * work, however many pages there are.
 */
export async function afterPage<Row>(rows: readonly Row[], limit: number): Promise<readonly Row[]> {
  if (rows.length >= limit) await nextTurn();
  return rows;
}
