import type { ConfigIssue } from './errors.js';

/** Gives one issue for each value that stands more than once at a path. */
export function duplicates({
  values,
  path,
  what,
}: {
  readonly values: readonly string[];
  readonly path: string;
  /** What the values are, such as `name`. */
  readonly what: string;
}): ConfigIssue[] {
  const twice = [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
  return twice.map((value) => ({ path, seen: `${what} ${value} more than once`, expected: `each ${what} once` }));
}
