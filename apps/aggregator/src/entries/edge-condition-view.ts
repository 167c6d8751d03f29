import type { EdgeConditionView } from '@surety/api';
import type { EdgeCondition, ReplicaState } from '@surety/workflows';

/** Meaning of each state that is not LIVE, and who may do what about it. */
const MEANINGS: Readonly<Partial<Record<ReplicaState, readonly [reason: string, next: string]>>> = {
  CONTESTED: [
    'one witness shows another head: its word is not taken any more, and the fast limit is a quarter',
    'the operators compare that witness with the chain; everything else goes on',
  ],
  QUARANTINED: [
    'no new entries are taken; nothing of it is released, transferred or counts for new risk',
    'the operators compare journal, statements and witnesses; it lapses by itself unless it is extended once',
  ],
  HALTED: [
    'members of the verifier signed that the chain contradicted itself: no statement of the edge is taken',
    'the guardian clears the halt after 24 hours at the earliest, or recovery installs another set',
  ],
  RECOVERY: [
    'a new attester set is being installed without signatures of the old one',
    'governor and guardian complete or withdraw it; credit, payment and weights are frozen until then',
  ],
  CLOSED: [
    'its reader is being rewound to an earlier count, or pays an exit: no statement is taken',
    'anyone unwinds what is left past the point; then statements carry the edge’s next name',
  ],
};

/** Returns what holds an edge up, for people; null while it is live, or what was held against it has lapsed. */
export function conditionView(condition: EdgeCondition | undefined, nowS: bigint): EdgeConditionView | null {
  if (condition === undefined) return null;
  const { state, until, cause } = condition;
  const meaning = MEANINGS[state];
  const hasLapsed = state === 'QUARANTINED' && until !== 0n && until <= nowS;
  if (meaning === undefined || hasLapsed) return null;
  const [reason, next] = meaning;
  return { state, until, reason: cause === '' ? reason : `${cause}: ${reason}`, next };
}
