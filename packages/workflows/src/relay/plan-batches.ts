import { mulDivUp } from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import { BATCH_ENTRIES_MAX, BATCH_GAS_BASE, ENTRY_GAS, SIGNATURE_GAS } from './limits.js';

/** The replica's position and the available statements. */
export interface BatchPlanInput {
  /** The replica's count. */
  readonly count: bigint;
  /** The replica's `asOf` in seconds: an older statement would be rejected. */
  readonly asOf: bigint;
  /** Complete statements of the edge, in any order. */
  readonly attested: readonly AttestedStatement[];
  /** Largest planned gas of one batch. */
  readonly gasCeiling: bigint;
  /** Most entries in one batch; lowered after a simulation took more gas than planned. */
  readonly entriesMax?: bigint;
  /** Planned gas of one entry, learnt from landed batches; the worst case by default. */
  readonly entryGas?: bigint;
}

/** One batch: the entries `from` < n ≤ `to`, closed by the statement for `to`. */
export interface RelayBatch {
  readonly from: bigint;
  readonly to: bigint;
  readonly attested: AttestedStatement;
  readonly gasPlanned: bigint;
}

/** A plan, and the step that is too large to take, if any: a statement in between is missing. */
export interface BatchPlan {
  readonly batches: readonly RelayBatch[];
  readonly blocked?: { readonly from: bigint; readonly to: bigint };
}

/**
 * Chooses batches from the replica's count on, each as long as gas allows. Invariant: every batch ends at an attested
 * count, starts where the previous one ended, and respects the limits on gas and length (see plan-batches.test.ts).
 * Planning again from any prefix of a plan continues it.
 */
export function planBatches(input: BatchPlanInput): BatchPlan {
  const steps = newestByCount(input);
  const entriesMax = input.entriesMax ?? BATCH_ENTRIES_MAX;
  const batches: RelayBatch[] = [];
  let from = input.count;
  let at = 0;
  while (at < steps.length) {
    let best: RelayBatch | undefined;
    let next = at;
    for (; next < steps.length; next++) {
      const batch = batchTo(from, steps[next] as AttestedStatement, input.entryGas ?? ENTRY_GAS);
      if (batch.gasPlanned > input.gasCeiling || batch.to - from > entriesMax) break;
      best = batch;
    }
    if (best === undefined) {
      return { batches, blocked: { from, to: (steps[at] as AttestedStatement).statement.count } };
    }
    batches.push(best);
    from = best.to;
    at = next;
  }
  return { batches };
}

/** Returns the planned gas of a batch. */
export function plannedBatchGas(batch: {
  readonly entries: bigint;
  readonly signatures: number;
  readonly entryGas?: bigint;
}): bigint {
  return BATCH_GAS_BASE + SIGNATURE_GAS * BigInt(batch.signatures) + (batch.entryGas ?? ENTRY_GAS) * batch.entries;
}

/**
 * Returns the planned gas of one entry for the next batch: that of the last batch plus a quarter, since simulation
 * rejects a batch that uses more. Never above the worst case. Entries of known accounts use a seventh of it.
 */
export function learnEntryGas(landed: { readonly gasUsed: bigint; readonly entries: bigint }): bigint {
  const perEntry = mulDivUp(landed.gasUsed, 5n, 4n * landed.entries);
  return perEntry < ENTRY_GAS ? perEntry : ENTRY_GAS;
}

function batchTo(from: bigint, attested: AttestedStatement, entryGas: bigint): RelayBatch {
  const to = attested.statement.count;
  return {
    from,
    to,
    attested,
    gasPlanned: plannedBatchGas({ entries: to - from, signatures: attested.signers.length, entryGas }),
  };
}

/** Returns one statement for each count above the replica's, ascending: the one with the newest `asOf`. */
function newestByCount(input: BatchPlanInput): AttestedStatement[] {
  const byCount = new Map<bigint, AttestedStatement>();
  for (const attested of input.attested) {
    const { count, asOf } = attested.statement;
    if (count <= input.count || asOf < input.asOf) continue;
    const known = byCount.get(count);
    if (known === undefined || isBetter(attested, known)) byCount.set(count, attested);
  }
  return [...byCount.values()].sort((left, right) => (left.statement.count < right.statement.count ? -1 : 1));
}

function isBetter(left: AttestedStatement, right: AttestedStatement): boolean {
  if (left.statement.asOf !== right.statement.asOf) return left.statement.asOf > right.statement.asOf;
  return left.statement.tip < right.statement.tip;
}
