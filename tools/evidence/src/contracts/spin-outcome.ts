/** The figures of a search that was begun. */
export interface Found {
  readonly errors: number;
  /** Reason for which the search says nothing. */
  readonly problem: string | undefined;
  readonly states: number;
  readonly transitions: number;
  readonly megabytes: number;
  /** First failure. */
  readonly broken: string | undefined;
}

/** Reads what Spin's verifier prints. A search counts only if it ended and its stack was deep enough. */
export function readOutcome(text: string): Found {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const errors = number(/errors: (\d+)/);
  const complete = errors > 0 || !/Search not completed|max search depth too small/.test(text);
  const broken = /pan:\d+: (.*?)(?: \(at depth \d+\))?$/m.exec(text)?.[1];
  return {
    errors,
    problem: complete && !Number.isNaN(errors) ? undefined : `not completed: ${text.trim().split('\n')[0]}`,
    states: number(/([\d.e+]+) states, stored/),
    transitions: number(/([\d.e+]+) transitions/),
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
    broken: broken?.replaceAll('|', String.raw`\|`).slice(0, 90),
  };
}
