import type { Bytes32 } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import { isLocalEdge } from '../intake/known-edge.js';
import { stageName } from '../intake/stage-name.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';

/** Ports that record and announce a step of a replica. */
export interface NoteAppliedPorts {
  readonly intake: Intake;
  readonly intakeStore: IntakeStore;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Records how far a replica claims to be, at most as far as it was attested, proven (on a local edge) or folded; the stages
 * of its entries follow.
 */
export async function noteApplied(
  seen: { readonly edge: Bytes32; readonly count: bigint; readonly folded: bigint },
  { intake, intakeStore, clock, observer }: NoteAppliedPorts,
): Promise<void> {
  const { edge, folded } = seen;
  const book = intake.book(edge);
  if (book === undefined) return;
  const known = isLocalEdge(book.known) ? book.position.count : book.attestedCount;
  const bound = known > folded ? known : folded;
  const count = seen.count < bound ? seen.count : bound;
  if (book.appliedCount === count || count < folded) return;
  const from = book.appliedCount;
  if (count < from) {
    // The batch comes again in another block, at another time.
    await intakeStore.dropSeenApplied({ edge, count });
    book.noteApplied(count);
    return;
  }
  crashPoint('aggregator.glance.grown');
  // The row first: if that fails, the next look finds the book as it was and writes it again. Without a block, which the fold
  // adds: this one is one provider's word, and may be reorganised away.
  await intakeStore.saveMilestones([{ edge, stage: 'applied', count, atMs: clock.nowMs() }]);
  if (book.appliedCount === from) book.noteApplied(count);
  const stage = stageName('applied', book.known.direction);
  observer.observe({ name: 'stage-reached', level: 'info', fields: { edge, stage, from, count } });
}
