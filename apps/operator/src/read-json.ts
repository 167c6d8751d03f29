import { readFileSync } from 'node:fs';
import { operatorError } from './errors.js';

/** Reads a file. @throws NOT_JSON naming it. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw operatorError('NOT_JSON', `${path} could not be read`, cause);
  }
}

/** Parses what came from somewhere. @throws NOT_JSON naming where from and what is wrong. */
export function parseJson<Value>(from: string, text: string, parse: (json: unknown) => Value): Value {
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
    throw operatorError('NOT_JSON', `${from}: ${reason}`, cause);
  }
}
