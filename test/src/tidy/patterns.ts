// The brackets keep these patterns from finding themselves.
/** A path of one machine. */
export const MACHINE_PATH = /(^|[\s"'`(=])\/(?:work|farm|root|Users|home\/\w+)\/[\w.]|\/tmp\/bash[_]jobs/;
/** A word about how this repository is made. */
export const PRODUCTION_WORD =
  /\b(sub[a]gents?|L[L]M|language[ ]model|AI[- ](?:agent|assistant)|coding[ ]session|this[ ]session|the[ ]CEO)\b/;
/** A rule or a type that is turned off for one place. */
export const ESCAPE = /@ts-(?:ignore|nocheck|expect-error)|(?:es|ox)lint-[d]isable/;
/** A test that does not run, or that keeps others from running. */
export const SKIPPED = /\b(?:it|test|describe|suite)\.(?:skip|only|todo)\b|\bx(?:it|describe)\(|\bvm\.skip\(/;
/** A docstring that announces a thing instead of naming it. */
export const ANNOUNCED = /^\s*(?:\/\*\*|\/\/\/ @(?:notice|dev)) (?:What|How|Why) /;
/** A wait for time instead of for something. */
export const SLEEP = /setTimeout\(\s*(?:r|res|resolve|done)\b|\bsleep\(\d/;
/** Work left over, without an issue. */
export const TO_DO = /\b(?:TO[D]O|FI[X]ME|X[X]X)\b(?!.*#\d+)/;
