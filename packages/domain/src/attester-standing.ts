import { HEARTBEAT_SECONDS } from './frame.js';
import { quorumOf } from './statement.js';

/** Seconds for which an attester may miss what others have signed before it counts as late: its block and its delivery take a few. */
export const ATTESTER_GRACE_S = 10;

/**
 * Seconds since the newest signed block after which an attester counts as silent: two heartbeats, and 20 minutes in which
 * blocks become final.
 */
export const ATTESTER_SILENT_S = 2 * Number(HEARTBEAT_SECONDS) + 1_200;

/** Last statement of one attester about one edge, as an aggregator heard it. */
export interface HeardAttester {
  readonly address: string;
  /** Highest count that it signed. */
  readonly count: bigint;
  /** Time in seconds of the newest block that it signed; 0 if it never signed. */
  readonly asOf: bigint;
  /** Seconds for which others have signed what it has not; 0 if there is nothing. */
  readonly behindS: number;
}

/** An attester that does not keep up with an edge. */
export interface LateAttester extends HeardAttester {
  /** Seconds since it was last known to keep up; null if it was never heard. */
  readonly lateS: number | null;
}

/** Standing of one edge's attesters: how far they carry what is locked or released now. */
export interface EdgeStanding {
  readonly members: number;
  readonly current: number;
  /** Signatures that a head needs. */
  readonly needed: number;
  readonly late: readonly LateAttester[];
  /** False while fewer than the needed ones keep up: new entries wait. */
  readonly isAttested: boolean;
}

/** Tells which attesters of an edge keep up, and whether they suffice. @throws OUT_OF_RANGE unless 4 ≤ n ≤ 31. */
export function judgeAttesters(heard: readonly HeardAttester[], nowS: number): EdgeStanding {
  const late = heard.flatMap((one): LateAttester[] => {
    const isHeard = one.asOf > 0n;
    if (one.behindS > ATTESTER_GRACE_S) return [{ ...one, lateS: isHeard ? one.behindS : null }];
    const ageS = nowS - Number(one.asOf);
    // Nobody signs a journal without entries before its first heartbeat.
    return isHeard && ageS > ATTESTER_SILENT_S ? [{ ...one, lateS: ageS }] : [];
  });
  const members = heard.length;
  const needed = quorumOf(members);
  const current = members - late.length;
  return { members, current, needed, late, isAttested: current >= needed };
}
