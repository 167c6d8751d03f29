import { type Parser, type Unparsed, chainId, parseUint } from '@surety/domain';
import { deployError } from './errors.js';

/** Reads the id of a chain. */
export function parseChainId(value: Unparsed, path: string): ReturnType<typeof chainId> {
  return chainId(parseUint(value, 53, path));
}

/** Returns the parser of text of a form. @throws BAD_PLAN. */
export function textParser(form: RegExp, wanted: string): Parser<string> {
  return (value, path) => {
    if (typeof value === 'string' && form.test(value)) return value;
    throw deployError('BAD_PLAN', `${path} is ${JSON.stringify(value)}; expected ${wanted}`);
  };
}

/** Reads a name. @throws BAD_PLAN. */
export const parseName = textParser(/^[\w. -]{1,40}$/, 'a name of 1 to 40 letters, digits, dots, dashes or spaces');

/** Reads a switch. @throws BAD_PLAN. */
export function parseFlag(value: Unparsed, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw deployError('BAD_PLAN', `${path} is ${JSON.stringify(value)}; expected true or false`);
}

/** Returns the parser of a list. @throws BAD_PLAN. */
export function listParser<Value>(parse: Parser<Value>): Parser<readonly Value[]> {
  return (value, path) => {
    if (Array.isArray(value)) return value.map((one: unknown, at) => parse(one, `${path}[${at}]`));
    throw deployError('BAD_PLAN', `${path} is not a list`);
  };
}

/** Returns the parser of an object whose `kind` chooses among others. @throws BAD_PLAN. */
export function kindParser<Value>(parsers: Readonly<Record<string, Parser<Value>>>): Parser<Value> {
  const kinds = Object.keys(parsers);
  const wanted = `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;
  return (value, path) => {
    const kind = typeof value === 'object' && value !== null ? (value as { readonly kind?: unknown }).kind : undefined;
    const parse = typeof kind === 'string' && Object.hasOwn(parsers, kind) ? parsers[kind] : undefined;
    if (parse !== undefined) return parse(value, path);
    throw deployError('BAD_PLAN', `${path}.kind is ${String(kind)}; expected ${wanted}`);
  };
}
