import { readFileSync } from 'node:fs';
import { operatorError } from '../errors.js';

/** The reason of a failed read or write, such as ENOENT. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}

/** Reads a file. @throws NOT_JSON naming it. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = reasonOf(cause);
    const meaning = reason === 'ENOENT' ? ': it does not exist' : '';
    throw operatorError('NOT_JSON', `${path} could not be read (${reason})${meaning}; expected a file`, cause);
  }
}

/** Parses JSON. @throws NOT_JSON naming the origin of the text and the fault. */
export function parseJson<Value>(from: string, text: string, parse: (json: unknown) => Value): Value {
  if (text.trim() === '') throw operatorError('NOT_JSON', `${from} is empty; expected one JSON document`);
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 300) : String(cause);
    throw operatorError('NOT_JSON', `${from}: ${reason}`, cause);
  }
}
