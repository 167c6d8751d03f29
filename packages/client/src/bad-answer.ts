import { type AnySchema, type View, readAs } from '@surety/api';
import type { AppError } from '@surety/domain';
import { clientError } from './errors.js';

/** Characters of an address and of an account, with `0x`. */
const [ADDRESS_TEXT, ACCOUNT_TEXT] = [42, 66];

/** Builds the error for one member of a response: its path, the value seen, and the value expected. */
export function badAnswer(path: string, value: unknown, expected: string): AppError {
  return clientError({
    code: 'BAD_ANSWER',
    message: `the aggregator's answer holds ${seenText(value)} at ${path}; expected ${expected}; ask its operator or use another one`,
    retryable: false,
    context: { path },
  });
}

/** Words for a value of a stranger's answer, in which lists may be nested deeper than any function can follow. */
function seenText(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).length} members`;
  const seen = JSON.stringify(value) ?? String(value);
  return seen.length > 80 ? `${seen.slice(0, 77)}...` : seen;
}

/**
 * Passes on an answer about the account that was asked for, by its 64 hex digits or by its owner's address.
 * @throws BAD_ANSWER for one about another account, such as a cache on the way may give
 */
export async function aboutAccount<Answer extends { readonly account: string }>(
  asked: string,
  reading: Promise<Answer>,
): Promise<Answer> {
  const answer = await reading;
  const wanted = asked.toLowerCase();
  // An owner's address stands for the account that begins with it and goes on with zeros.
  const expected = wanted.length === ADDRESS_TEXT ? wanted.padEnd(ACCOUNT_TEXT, '0') : wanted;
  if (answer.account.toLowerCase() === expected) return answer;
  throw badAnswer('answer.account', answer.account, expected);
}

/** `<edge>:<index>` in small letters; a transaction's hash, or anything else that is explained, has another form. */
const ENTRY_ID = /^0x[0-9a-f]{64}:\d+$/;

/**
 * Passes on what is told of an entry that was asked for by `<edge>:<index>`; for any other name, all that is told.
 * @throws BAD_ANSWER for another entry, such as a cache on the way may give
 */
export function aboutEntry<Told extends { readonly id: string; readonly edge?: string; readonly index?: bigint }>(
  asked: string,
  told: readonly Told[],
): readonly Told[] {
  const wanted = asked.toLowerCase();
  if (!ENTRY_ID.test(wanted)) return told;
  for (const { id, edge, index } of told) {
    const seen = id === wanted && edge !== undefined ? `${edge}:${index}` : id;
    if (seen !== wanted) throw badAnswer('answer.id', seen, wanted);
  }
  return told;
}

/**
 * Passes on an answer whose member repeats the name that was asked for; one of an older aggregator, which repeats none.
 * @throws BAD_ANSWER for another name, such as a cache on the way may give
 */
export function repeating<Name extends string, Answer extends Readonly<Partial<Record<Name, string | undefined>>>>(
  asked: string,
  answer: Answer,
  name: Name,
): Answer {
  const seen = answer[name];
  if (seen === undefined || seen.toLowerCase() === asked.toLowerCase()) return answer;
  throw badAnswer(`answer.${name}`, seen, asked);
}

/** A member of a request that its answer repeats. */
type Repeated = number | bigint | string;

/**
 * Passes on an answer that repeats what was asked for; members that are undefined were not asked for.
 * @throws BAD_ANSWER naming the first member that is another, such as a cache on the way may give
 */
export function asAsked<Name extends string, Answer extends Readonly<Record<Name, Repeated>>>(
  answer: Answer,
  asked: Readonly<Record<Name, Repeated | undefined>>,
): Answer {
  for (const name of Object.keys(asked) as Name[]) {
    const [seen, wanted] = [String(answer[name]), String(asked[name] ?? answer[name])];
    if (seen.toLowerCase() !== wanted.toLowerCase()) throw badAnswer(`answer.${name}`, seen, wanted);
  }
  return answer;
}

/** Validates a response against its schema. @throws BAD_ANSWER naming the first member that does not fit. */
export function readAnswer<Schema extends AnySchema>(schema: Schema, value: unknown): View<Schema> {
  const reading = readAs(schema, value, 'answer');
  if (reading.kind === 'fits') return reading.value;
  const { path, seen, expected } = reading.misfit;
  throw badAnswer(path, seen, expected);
}
