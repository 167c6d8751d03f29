/**
 * Returns an error's message. For a thrown value that is not an Error it names only the type, since the value may hold a
 * secret or raw remote text.
 */
export function failureDetail(error: unknown): string {
  if (error instanceof Error) return error.message;
  const type = error === null ? 'null' : typeof error;
  return `a value of type ${type} was thrown where an Error was expected; this is a bug: report it with this line`;
}
