/** The result of one check of the doctor. `warn` needs a look, `fail` a repair. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** The provider that was asked, where each one is asked alone; `check` ends with it. */
  readonly at?: string;
}

/**
 * Merges findings that differ in their provider alone, in the place of the first: `alpha vault at alpha-1` and three more become `alpha
 * vault at 4 providers`. Where some providers answer otherwise, each group names its own.
 */
export function groupFindings(findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const [at, finding] of findings.entries()) {
    const key =
      finding.at === undefined ? String(at) : JSON.stringify([subjectOf(finding), finding.result, finding.detail]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (group.length === 1) return first;
    const total = findings.filter((one) => one.at !== undefined && subjectOf(one) === subjectOf(first)).length;
    const places = group.length === total ? `${total} providers` : group.map(({ at }) => at).join(', ');
    return { ...first, check: `${subjectOf(first)} at ${places}` };
  });
}

function subjectOf({ check, at }: Finding): string {
  return at === undefined ? check : check.slice(0, -` at ${at}`.length);
}
