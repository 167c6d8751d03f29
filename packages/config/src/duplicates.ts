import type { ConfigIssue } from './errors.js';

/** Returns one issue for each value that occurs more than once at a path. */
export function duplicates({
  values,
  path,
  what,
}: {
  readonly values: readonly string[];
  readonly path: string;
  /** Name of the values, such as `name`. */
  readonly what: string;
}): ConfigIssue[] {
  const twice = [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
  return twice.map((value) => ({ path, seen: `${what} ${value} more than once`, expected: `each ${what} once` }));
}
