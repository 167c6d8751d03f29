import type { Network } from '../parse-network.js';

/** `refuse` fails `surety config lint`; `warn` only reports. */
export type LintSeverity = 'refuse' | 'warn';

/** Facts outside the file: the host of each provider URL that is set, never the URL itself. */
export interface LintFacts {
  readonly hosts: ReadonlyMap<string, string>;
}

/** Changes to the example network, by path (`chains[0].vault.policy.m`); null removes the member. */
export type LintExample = Readonly<Record<string, unknown>>;

/** One place that a rule checked; `seen` is null if the rule is kept. */
export interface LintPlace {
  readonly path: string;
  readonly seen: string | null;
}

/** The text of a rule for operators. */
export interface LintRuleText {
  /** Kebab case; never changes. */
  readonly id: string;
  readonly severity: LintSeverity;
  /** The expectation, to be read after "expected". */
  readonly wants: string;
  /** The incident or fact behind it. */
  readonly why: string;
  /** The fix. */
  readonly fix: string;
  /** Makes the example network break this rule and no other. */
  readonly bad: LintExample;
  /** Keeps the rule, with a minimal difference from the bad example. */
  readonly good: LintExample;
}

/** One rule of the security linter. */
export interface LintRule extends LintRuleText {
  /** Checks every place that the rule is about; returns none if the network has no such place. */
  inspect(network: Network, facts: LintFacts): readonly LintPlace[];
}

/** Builds a rule from the places it is about and a function that returns what is wrong with one, or null. */
export function lintRule<Subject extends { readonly path: string }>({
  subjects,
  field,
  judge,
  ...text
}: LintRuleText & {
  readonly subjects: (network: Network) => readonly Subject[];
  /** Member of the subject that a finding names. */
  readonly field?: string;
  readonly judge: (subject: Subject, facts: LintFacts) => string | null;
}): LintRule {
  return {
    ...text,
    inspect: (network, facts) =>
      subjects(network).map((subject) => ({
        path: field === undefined ? subject.path : `${subject.path}.${field}`,
        seen: judge(subject, facts),
      })),
  };
}
