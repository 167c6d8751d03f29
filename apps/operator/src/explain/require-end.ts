import type { ExplanationView } from '@surety/client';
import { AppError, isAdvisedCommand, oneLine } from '@surety/domain';
import { operatorError } from '../errors.js';
import type { FollowedEntry } from './follow-entry.js';

/** The end of a wait: at what was asked for, at something else, or none yet. */
type WaitEnd = 'reached' | 'missed' | 'under-way';

/** Ends that the desk of source 0 tells in the transaction itself, so that nothing is followed. */
const DESK_ENDS = { applied: 'reached', paid: 'reached', parked: 'missed', recorded: 'under-way' } as const;

const EXPECTED = { counted: 'it to count in the margin', paid: 'its payment' } as const;
const MISSED = { counted: 'NOT_COUNTED', paid: 'NOT_PAID' } as const;

/** An entry that a command waited for. */
export interface WaitedEntry {
  readonly id: string;
  readonly wanted: 'counted' | 'paid';
  /** The end of following it; undefined where the desk of source 0 said how it ended. */
  readonly followed: FollowedEntry | undefined;
  readonly atDesk: keyof typeof DESK_ENDS | undefined;
}

/**
 * Returns if an entry reached what was waited for: a script that goes on must be able to rely on it.
 * @throws NOT_COUNTED, NOT_PAID if it ended otherwise; STILL_UNDER_WAY, which may pass by itself, if it has not ended.
 */
export function requireEnd({ id, wanted, followed, atDesk }: WaitedEntry): void {
  const explanation = followed?.explanation ?? null;
  const end = atDesk === undefined ? judgeEnd(explanation) : DESK_ENDS[atDesk];
  if (end === 'reached') return;
  const seen = atDesk ?? followed?.line ?? 'nothing';
  if (end === 'missed') {
    throw operatorError(
      MISSED[wanted],
      `${id} ended otherwise: ${seen}; expected ${EXPECTED[wanted]}; ${adviceOf(explanation)}see surety explain ${id}`,
    );
  }
  throw new AppError({
    code: 'STILL_UNDER_WAY',
    message: `${id} was sent and has not ended yet: ${seen}; expected ${EXPECTED[wanted]} by now; do not send it again: surety explain ${id} shows how it goes on`,
    retryable: true,
  });
}

function judgeEnd(explanation: ExplanationView | null): WaitEnd {
  if (explanation === null) return 'under-way';
  const { outcome, cause, stages } = explanation;
  switch (outcome) {
    case 'counted':
      return 'reached';
    case 'done':
      return stages.at(-1)?.name === 'refunded' ? 'missed' : 'reached';
    case 'waiting':
      return cause?.code === 'RELEASE_CLAIMABLE' ? 'missed' : 'under-way';
    case 'impaired':
      // Time alone ends a season, and nobody has to look.
      return cause?.code === 'LINE_SEASONING' ? 'under-way' : 'missed';
    default:
      return 'missed';
  }
}

function adviceOf(explanation: ExplanationView | null): string {
  const next = explanation?.next ?? null;
  if (next === null) return '';
  const command = next.run !== null && isAdvisedCommand(next.run) ? ` (${next.run})` : '';
  return `${oneLine(next.who)}: ${oneLine(next.act)}${command}; `;
}
