import { type AnySchema, type View, readAs } from '@surety/api';
import type { AppError } from '@surety/domain';
import { clientError } from './errors.js';

/** Builds the error for one member of a response: its path, the value seen, and the value expected. */
export function badAnswer(path: string, value: unknown, expected: string): AppError {
  const seen = JSON.stringify(value) ?? String(value);
  const clipped = seen.length > 80 ? `${seen.slice(0, 77)}...` : seen;
  return clientError({
    code: 'BAD_ANSWER',
    message: `the aggregator's answer holds ${clipped} at ${path}; expected ${expected}; ask its operator or use another one`,
    retryable: false,
    context: { path },
  });
}

/** Validates a response against its schema. @throws BAD_ANSWER naming the first member that does not fit. */
export function readAnswer<Schema extends AnySchema>(schema: Schema, value: unknown): View<Schema> {
  const reading = readAs(schema, value, 'answer');
  if (reading.kind === 'fits') return reading.value;
  const { path, seen, expected } = reading.misfit;
  throw badAnswer(path, seen, expected);
}
