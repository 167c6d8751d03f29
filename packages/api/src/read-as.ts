import { z } from 'zod';
import { type AnySchema, type Hint, type MisfitCode, type View, hints } from './values.js';

/** The first place where a value does not fit its schema. */
export interface Misfit {
  /** Path from the root's name on: `answer.edges[0].name`. */
  readonly path: string;
  /** The value found there; for a list of a wrong length, its length; undefined if nothing is there. */
  readonly seen: unknown;
  /** The expected value, in words. */
  readonly expected: string;
  readonly code: MisfitCode;
}

/** A value that fits its schema, or the place where it does not. */
export type Reading<Value> =
  { readonly kind: 'fits'; readonly value: Value } | { readonly kind: 'misfit'; readonly misfit: Misfit };

/**
 * Reads unparsed JSON by a schema and stops at the first misfit: a sender of millions of wrong items must not make the
 * reader describe each.
 */
export function readAs<Schema extends AnySchema>(schema: Schema, value: unknown, root: string): Reading<View<Schema>> {
  let first: RawIssue | undefined;
  const error = (issue: RawIssue): undefined => void (first ??= issue);
  // zod keeps `abortEarly` out of its public type; a test sees to it that it still stops.
  const context: z.core.ParseContext<z.core.$ZodIssue> & { abortEarly: true } = { error, abortEarly: true };
  const result = compiledOf(schema).safeParse(value, context);
  if (result.success) return { kind: 'fits', value: result.data as View<Schema> };
  const { path } = result.error.issues[0] ?? { path: [] };
  return { kind: 'misfit', misfit: misfitOf(first, path, root) };
}

/**
 * Compiled at the first read: that takes some milliseconds, and reads 512 places in a third of the time from then on. Not in a page
 * that told zod (`jitless`) that its policy lets nobody write code.
 */
const compiled = new WeakMap<AnySchema, AnySchema>();

function compiledOf<Schema extends AnySchema>(schema: Schema): Schema {
  const known = compiled.get(schema) as Schema | undefined;
  if (known !== undefined) return known;
  const made = z.config().jitless === true ? schema : z.compile(schema);
  compiled.set(schema, made);
  return made;
}

type RawIssue = z.core.$ZodRawIssue;

function misfitOf(issue: RawIssue | undefined, path: readonly PropertyKey[], root: string): Misfit {
  const at = pathOf(root, path);
  const hint = hintOf(issue);
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return { path: pathOf(at, [key]), seen: undefined, expected: hint.expected, code: 'UNKNOWN_FIELD' };
  }
  const seen = issue?.input;
  if (Array.isArray(seen) && issue?.code === 'too_small')
    return { path: at, seen: seen.length, expected: `at least ${issue.minimum}`, code: 'BAD_LENGTH' };
  if (Array.isArray(seen) && issue?.code === 'too_big')
    return { path: at, seen: seen.length, expected: `at most ${issue.maximum}`, code: 'TOO_MANY' };
  return { path: at, seen, ...hint };
}

/** A check of this package brings its hint; all else has that of the schema which refused. */
function hintOf(issue: RawIssue | undefined): Hint {
  const own = issue?.code === 'custom' ? (issue.params?.['hint'] as Hint | undefined) : undefined;
  const schema = (issue?.['schema'] ?? issue?.inst) as z.core.$ZodType | undefined;
  const hint = own ?? (schema === undefined ? undefined : hints.get(schema));
  return hint ?? { expected: 'another value', code: 'OUT_OF_RANGE' };
}

function pathOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((at, key) => {
    if (typeof key === 'number') return `${at}[${key}]`;
    return at === '' ? String(key) : `${at}.${String(key)}`;
  }, root);
}
