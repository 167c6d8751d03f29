import { escapeUnseen } from '@surety/domain';
import type { ObservedEvent } from '@surety/workflows';

/** Most characters of one text in a log line. */
const TEXT_LENGTH_MAX = 500;

/** Names of fields that may hold a secret: their values are never written. */
const SECRET_NAME =
  /pass(word|phrase)|secret|private|mnemonic|seed|credential|authorization|api_?key|^key$|_key$|keystore/i;

/** A web address in a text: what follows its host may hold a key. */
const URL_TAIL = /\b(https?|wss?|postgres(?:ql)?):\/\/(?:[^\s/"'@]*@)?([^\s/"'?#]+)[^\s"']*/gi;

/** A value as it may stand in a line of JSON. */
export type SafeValue = string | number | boolean | null;

/**
 * Returns fields that are safe to write: secrets withheld by name, web addresses cut to their host, long texts cut,
 * bigint as decimal text, and no terminal control characters.
 */
export function safeFields(fields: ObservedEvent['fields']): Record<string, SafeValue> {
  const safe: Record<string, SafeValue> = {};
  for (const [name, value] of Object.entries(fields))
    safe[name] = SECRET_NAME.test(name) ? '[withheld]' : safeValue(value);
  return safe;
}

/** Returns a text that is safe to write. */
export function safeText(text: string): string {
  const local = text.replace(URL_TAIL, '$1://$2');
  const clipped = local.length > TEXT_LENGTH_MAX ? `${local.slice(0, TEXT_LENGTH_MAX - 3)}...` : local;
  // JSON escapes the controls of ASCII.
  return escapeUnseen(clipped, (character) => character < ' ');
}

/**
 * Returns lines that a terminal shows and does not obey: control characters, turns of direction and what has no width become `\uXXXX`,
 * but line ends and tabs stay. Text from elsewhere (a token's revert, a provider's error) could otherwise rewrite the screen; within a line
 * it is to be `oneLine`, too.
 */
export function printableText(text: string): string {
  return escapeUnseen(text, (character) => character === '\n' || character === '\t');
}

function safeValue(value: ObservedEvent['fields'][string]): SafeValue {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? safeText(value) : value;
}
