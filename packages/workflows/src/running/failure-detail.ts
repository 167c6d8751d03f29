import { AppError } from '@surety/domain';

/** Returns an error's code, or a given one for an error that this program does not know, and its message. */
export function failureOf(error: unknown, unknown = 'UNEXPECTED'): { readonly code: string; readonly detail: string } {
  return { code: error instanceof AppError ? error.code : unknown, detail: failureDetail(error) };
}

/** Returns an error's code and the first 300 characters of its message. */
export function shortFailureOf(error: unknown): { readonly code: string; readonly detail: string } {
  const { code, detail } = failureOf(error);
  return { code, detail: detail.slice(0, 300) };
}

/**
 * Returns an error's message. For a thrown value that is not an Error it names only the type, since the value may hold a
 * secret or raw remote text.
 */
export function failureDetail(error: unknown): string {
  if (error instanceof Error) return error.message;
  const type = error === null ? 'null' : typeof error;
  return `a value of type ${type} was thrown where an Error was expected; this is a bug: report it with this line`;
}
