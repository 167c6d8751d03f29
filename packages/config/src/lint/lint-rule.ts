import type { Network } from '../parse-network.js';

/** `refuse` fails `surety config lint`; `warn` wants a look. */
export type LintSeverity = 'refuse' | 'warn';

/** Facts outside the file: the host of each provider URL that is set. Never the URL itself. */
export interface LintFacts {
  readonly hosts: ReadonlyMap<string, string>;
}

/** Changes of the example network, by path (`chains[0].vault.policy.m`); null leaves the member out. */
export type LintExample = Readonly<Record<string, unknown>>;

/** One place that a rule looked at; `seen` is null where the rule is kept. */
export interface LintPlace {
  readonly path: string;
  readonly seen: string | null;
}

/** The text of a rule for people. */
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
  /** Keeps it, as near to the bad example as the rule allows. */
  readonly good: LintExample;
}

/** One rule of the security linter. */
export interface LintRule extends LintRuleText {
  /** Looks at every place that the rule is about; none where the network has nothing of the kind. */
  inspect(network: Network, facts: LintFacts): readonly LintPlace[];
}

/** Builds a rule from the places it is about and a judge that gives what is wrong with one, or null. */
export function lintRule<Subject extends { readonly path: string }>({
  subjects,
  field,
  judge,
  ...text
}: LintRuleText & {
  readonly subjects: (network: Network) => readonly Subject[];
  /** Member of the subject that a finding points at. */
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
