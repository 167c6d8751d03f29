import { REASONS, type ReasonCode } from './reasons.js';

/** Things that can be explained. */
export const EXPLAIN_SUBJECTS = [
  'lock',
  'release',
  'parked',
  'account',
  'line',
  'price',
  'edge',
  'chain',
  'attester',
  'relayer',
  'auction',
  'market',
] as const;
/** One kind of thing that can be explained. */
export type ExplainSubject = (typeof EXPLAIN_SUBJECTS)[number];

/** End of an explanation. A lock never ends at `applied`: it is counted, parked, or waits. */
export const EXPLAIN_OUTCOMES = ['counted', 'parked', 'waiting', 'stopped', 'done', 'well', 'impaired'] as const;
/** The end of an explanation. */
export type ExplainOutcome = (typeof EXPLAIN_OUTCOMES)[number];

/** One fact behind an explanation: who was asked, the answer, and where it is from. */
export interface Evidence {
  /** The process, contract or provider that was asked. */
  readonly asked: string;
  readonly said: string;
  /** Block that the fact describes. */
  readonly block?: bigint | null;
  /** Hash of that block, or of the transaction. */
  readonly hash?: string | null;
  /** Seconds since the fact was true. */
  readonly ageS?: number | null;
}

/** A condition that does not hold, with the value seen and the values that its advice names. */
export interface Trouble {
  readonly code: ReasonCode;
  readonly seen: string;
  /** Arguments of the command, such as a chain's name. */
  readonly of?: string;
  /** Seconds until it should have ended. */
  readonly etaS?: number | null;
  /** First time in seconds at which it has ended, if it has a date. */
  readonly until?: bigint | null;
}

/** One ordered stage before it is judged: it holds unless a trouble stands in its way. */
export interface Condition {
  readonly name: string;
  readonly evidence: readonly Evidence[];
  readonly trouble?: Trouble | undefined;
}

/** A judged stage: it holds, it is the first that fails, or it was not reached. */
export interface ExplainedStage {
  readonly name: string;
  readonly state: 'holds' | 'fails' | 'ahead';
  readonly evidence: readonly Required<Evidence>[];
}

/** Reason for the state of a thing: the first failing condition, who acts next, and what to run. */
export interface Explanation {
  readonly subject: ExplainSubject;
  readonly id: string;
  readonly outcome: ExplainOutcome;
  /** One sentence with its end: counted, parked until, or waiting for. */
  readonly summary: string;
  readonly stages: readonly ExplainedStage[];
  readonly cause: { readonly code: ReasonCode; readonly reason: string; readonly limiter: string | null } | null;
  readonly next: { readonly who: string; readonly act: string; readonly run: string | null } | null;
  readonly eta: { readonly seconds: number | null; readonly basis: string } | null;
  /** Block of the settlement chain from which it counts. */
  readonly countedAt: bigint | null;
  /** Seconds, where a date ends what holds it. */
  readonly until: bigint | null;
  /** Weighted value that counts for the initial grade, 18 decimals. */
  readonly countsWad: bigint | null;
}

/** The ends of a subject: with every condition held, and with one that fails. */
export interface Ends {
  readonly subject: ExplainSubject;
  readonly id: string;
  /** The outcome and sentence if every condition holds. */
  readonly held: readonly [outcome: ExplainOutcome, summary: string];
  readonly failed: ExplainOutcome;
  readonly countedAt?: bigint | null;
  readonly countsWad?: bigint | null;
}

/** Judges ordered conditions: the first that fails is the cause, and those after it were not reached. */
export function judgeConditions(ends: Ends, conditions: readonly Condition[]): Explanation {
  const at = conditions.findIndex(({ trouble }) => trouble !== undefined);
  const trouble = conditions[at]?.trouble;
  const stages = conditions.map(({ name, evidence }, index): ExplainedStage => ({
    name,
    state: at < 0 || index < at ? 'holds' : index === at ? 'fails' : 'ahead',
    evidence: evidence.map(({ asked, said, block = null, hash = null, ageS = null }) => {
      return { asked, said, block, hash, ageS };
    }),
  }));
  const { subject, id, countedAt = null, countsWad = null } = ends;
  if (trouble === undefined) {
    const [outcome, summary] = ends.held;
    const settled = { countedAt, until: null, countsWad };
    return { subject, id, outcome, summary, stages, cause: null, next: null, eta: null, ...settled };
  }
  const { who, act, run, basis, limiter = null, ends: fixed } = REASONS[trouble.code];
  const { of = '', seen, etaS = null, until = null } = trouble;
  const outcome = fixed ?? ends.failed;
  const eta = etaS !== null || basis !== undefined ? { seconds: etaS, basis: basis ?? 'its date' } : null;
  return {
    subject,
    id,
    outcome,
    summary: summaryOf({ outcome, seen, until, etaS }),
    stages,
    cause: { code: trouble.code, reason: seen, limiter },
    next: { who, act, run: run === null ? null : run.replace('{}', of).trim() },
    eta,
    countedAt: outcome === 'impaired' ? countedAt : null,
    until,
    countsWad: outcome === 'impaired' ? countsWad : outcome === 'parked' ? 0n : null,
  };
}

function summaryOf(at: {
  readonly outcome: ExplainOutcome;
  readonly seen: string;
  readonly until: bigint | null;
  readonly etaS: number | null;
}): string {
  if (at.outcome !== 'parked') return `${at.outcome}: ${at.seen}`;
  const until = at.until === null ? 'its reason is gone' : dateText(at.until);
  return `parked: counts 0 until ${until}${at.etaS === null ? '' : `, expected in ~${spanText(at.etaS)}`}: ${at.seen}`;
}

/** Writes a time in seconds as a date in UTC; by the Gregorian calendar, since this package has no clock. */
export function dateText(seconds: bigint): string {
  const whole = Number(seconds);
  const day = Math.floor(whole / 86_400);
  const ofDay = whole - day * 86_400;
  // Days from 0000-03-01, so that a leap day ends its year; 400 years have 146,097 days.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const leapDays = Math.floor(ofEra / 1_460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leapDays) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (part: number): string => String(part).padStart(2, '0');
  const time = [Math.floor(ofDay / 3_600), Math.floor((ofDay % 3_600) / 60), ofDay % 60].map(two).join(':');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}T${time}Z`;
}

/** Writes a span of seconds for people, rounded down to the unit. */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
