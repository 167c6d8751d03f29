import type { Finding } from './repository.js';

/** One commit: its hash, the first line of its message, and the rest of it. */
export interface Commit {
  readonly hash: string;
  readonly subject: string;
  readonly body: string;
}

/** The commit before the rule. Only its descendants are held to it: other branches of that time did not know it. */
export const RULED_AFTER = '0ebdd4269a7f1f906af66e2c922c6c54bba2a653';

const SUBJECT_LENGTH_MAX = 72;

/** `area: do what`, with one or more areas, or a capitalised verb phrase. */
const SUBJECT = /^(?:[a-z][\w.-]*(?:, [a-z][\w.-]*)*: \S|[A-Z][a-z]+ \S)/;

/** First words of a sentence that says what is, not what the commit does. */
const NO_VERB = /^(?:[a-z][\w., -]*: )?(?:[Aa]n?|[Tt]he|[Ii]t|[Tt]his|[Tt]hat|[Tt]hese|[Tt]hey|[Ww]hat|[Nn]o)\b/;

/** Faults in the messages of some commits. */
export function findCommitFaults(commits: readonly Commit[]): readonly Finding[] {
  return commits.flatMap(({ hash, subject, body }) => {
    const at = `${hash.slice(0, 8)} "${subject}"`;
    return [
      ...(subject.length > SUBJECT_LENGTH_MAX
        ? [`${at} has ${subject.length} characters; expected ${SUBJECT_LENGTH_MAX} at most`]
        : []),
      ...(SUBJECT.test(subject) && !NO_VERB.test(subject)
        ? []
        : [`${at} is no "area: do what" and no capitalised verb phrase`]),
      ...(subject.endsWith('.') ? [`${at} ends with a period`] : []),
      ...(body.trim() === '' ? [`${at} has no body; say why in one to three short sentences`] : []),
    ];
  });
}
