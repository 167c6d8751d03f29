import { AppError, type EdgeDirection } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { SilenceHints, SilenceNoter } from '../ports/witness.js';

/** What one loop watches, and through what. */
export interface NoteSilenceDeps {
  readonly source: number;
  readonly direction: EdgeDirection;
  /** Every witness of the edge's replica. */
  readonly witnesses: readonly SilenceNoter[];
  /** What waits at the replica for a confirmation. */
  readonly hints: SilenceHints;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: {
    /** How many witnesses must confirm. */
    readonly m: number;
    /** Time between two looks: a witness has a day, and nobody is in a hurry. */
    readonly everyMs: number;
  };
}

/**
 * Has the replica note each witness that has told nothing for a day of what waits for it, until the signal aborts: fast limits fall then
 * by the curve of those that are left. The contract judges; what it refuses costs nothing.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function noteSilence(deps: NoteSilenceDeps, signal: AbortSignal): Promise<void> {
  const { source, direction, clock, observer, policy } = deps;
  for (let failures = 0, pass = 0; !signal.aborted; pass++) {
    try {
      await noteSilenceOnce(deps, pass, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = failures++ === 0 ? 'warn' : 'debug';
      observer.observe({ name: 'silence-unread', level, fields: { source, direction, code } });
    }
    await clock.sleep(policy.everyMs, signal);
  }
}

/**
 * Makes one pass and gives the names of the witnesses whose silence was noted. A witness that fails holds up no other.
 * @throws the first failure once all were tried.
 */
export async function noteSilenceOnce(
  deps: NoteSilenceDeps,
  pass: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { witnesses, policy } = deps;
  const read = await Promise.allSettled(witnesses.map((witness) => witness.readStanding(signal)));
  const counts = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value.confirmed] : []));
  // What as many have confirmed as must waits for nobody, whatever the others do.
  const agreed = counts.toSorted((left, right) => (left > right ? -1 : 1))[policy.m - 1] ?? 0n;
  const settled = await Promise.allSettled(
    witnesses.map(async (witness, at) => {
      const standing = read[at];
      if (standing?.status !== 'fulfilled') throw standing?.reason;
      return noteOne(deps, { witness, agreed, ...standing.value }, pass, signal);
    }),
  );
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
}

async function noteOne(
  { source, direction, hints, observer }: NoteSilenceDeps,
  of: {
    readonly witness: SilenceNoter;
    readonly agreed: bigint;
    readonly confirmed: bigint;
    readonly conflicted: boolean;
  },
  pass: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { witness, agreed, confirmed, conflicted } = of;
  if (conflicted) return undefined;
  const index = await hints.readOldest(agreed > confirmed ? agreed : confirmed, pass, signal);
  if (index === undefined) return undefined;
  const outcome = await witness.note(index, signal);
  if (outcome.kind !== 'landed') return undefined;
  const fields = { source, direction, witness: witness.name, confirmed, index, tx_hash: outcome.txHash };
  observer.observe({ name: 'witness-silent', level: 'error', fields });
  return witness.name;
}
