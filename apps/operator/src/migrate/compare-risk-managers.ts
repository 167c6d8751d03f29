import type { FeedAnswer, SlotFacts, Worth } from './read-risk-manager.js';
import { formatTime } from '../terminal/format.js';

/**
 * Lists the differences between a new risk manager's prices and the present one's, and their reasons. `answers` are
 * those of the present one's feeds.
 */
export function comparePrices(
  kept: readonly SlotFacts[],
  seen: readonly SlotFacts[],
  answers: readonly FeedAnswer[],
): string[] {
  return kept.flatMap((before, at) => {
    const after = seen[at];
    if (after === undefined)
      return [`slot ${before.slot} was not read at the new risk manager; expected ${before.feed}`];
    if (after.feed !== before.feed || after.maxAgeS !== before.maxAgeS) {
      return [
        `slot ${before.slot} follows ${after.feed} for up to ${after.maxAgeS} s; expected ${before.feed} for up to ${before.maxAgeS} s`,
      ];
    }
    const isSame =
      after.price === before.price && after.confPpm === before.confPpm && after.observedAt === before.observedAt;
    if (isSame) return [];
    return [
      `slot ${before.slot} answers ${describePrice(after)}; expected ${describePrice(before)} as the present one does: ${explain(before, after, answers[at])}`,
    ];
  });
}

function describePrice({ price, observedAt }: SlotFacts): string {
  if (observedAt === 0) return 'no price';
  return `${price} of ${formatTime(observedAt)}`;
}

function explain(before: SlotFacts, after: SlotFacts, answer: FeedAnswer | undefined): string {
  if (answer !== undefined && 'refusal' in answer) return `the feed ${before.feed} gives none now (${answer.refusal})`;
  if (after.observedAt !== before.observedAt) return 'one of them was poked later; run again';
  return `the feed ${before.feed} gave them two answers for one time`;
}

/** Lists the lines and accounts whose worth differs from the expected one. */
export function compareWorth(expected: readonly Worth[], seen: readonly Worth[]): string[] {
  return expected.flatMap((before, at) => {
    const after = seen[at];
    if (after !== undefined && describeWorth(after) === describeWorth(before)) return [];
    const found = after === undefined ? 'nothing' : describeWorth(after);
    return [`${before.of} is worth ${found}; expected ${describeWorth(before)}`];
  });
}

/** Grades in WAD, from initial to maintenance. */
function describeWorth({ initialWad, exitWad, maintenanceWad, status }: Worth): string {
  return `${initialWad}, ${exitWad}, ${maintenanceWad} (status ${status})`;
}
