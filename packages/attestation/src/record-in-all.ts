import type { HistoryRow, RecordOutcome, SigningHistory } from '@surety/workflows';
import { attestError, crashPoint } from '@surety/workflows';

/**
 * Records rows in every store, one after the other; only if all have them synced may a signature be made. Rows that one
 * store took before another refused stay: they claim nothing, and the same statement may be tried again.
 * @throws HISTORY_UNAVAILABLE if there is no store, or whatever a store throws.
 */
export async function recordInAll(
  stores: readonly SigningHistory[],
  rows: readonly HistoryRow[],
): Promise<RecordOutcome> {
  if (stores.length === 0)
    throw attestError('HISTORY_UNAVAILABLE', 'there is no signing history; expected at least one store');
  for (const store of stores) {
    const outcome = await store.record(rows);
    if (outcome.kind === 'contradicted') return outcome;
    crashPoint('attester.history.one-recorded');
  }
  return { kind: 'recorded' };
}
