import type { Edge, Rewound } from './edge.js';
import { ENTRY_KINDS, type Entry, type EntryKind } from './entry.js';
import { domainError } from './errors.js';
import type { JournalHead, StatementDomain } from './statement.js';
import { type Address, type TokenUnits, address, blockHash, bytes32, tokenUnits, uint } from './units.js';

/** A JSON value that has not been validated. */
export type Unparsed = unknown;

/** An object of JSON with its known members only. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Checks that a JSON value is an object with exactly these members.
 * @throws MISSING_FIELD, UNKNOWN_FIELD naming the member and its path.
 */
export function requireObject(value: Unparsed, path: string, fields: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw domainError('MISSING_FIELD', `${path} is not an object; expected members ${fields.join(', ')}`);
  }
  const object = value as JsonObject;
  for (const field of fields) {
    if (object[field] === undefined) throw domainError('MISSING_FIELD', `${path}.${field} is missing`);
  }
  for (const field of Object.keys(object)) {
    if (!fields.includes(field)) {
      throw domainError('UNKNOWN_FIELD', `${path}.${field} is not known; expected only ${fields.join(', ')}`);
    }
  }
  return object;
}

/** Reads an unsigned integer written as decimal text, or as a JSON number up to 2^53 - 1. @throws OUT_OF_RANGE. */
export function parseUint(value: Unparsed, bits: number, path: string): bigint {
  if (typeof value === 'number' ? Number.isSafeInteger(value) : /^(?:0|[1-9][0-9]{0,77})$/.test(textOf(value))) {
    return uint(BigInt(value as string | number), bits, path);
  }
  throw domainError('OUT_OF_RANGE', `${path} is ${clip(value)}; expected a decimal integer from 0 to 2^${bits} - 1`);
}

/** Reads a word of 32 bytes. @throws BAD_HEX if it is not 0x and 64 hex digits. */
export function parseWord(value: Unparsed, path: string): ReturnType<typeof bytes32> {
  if (!/^0x[0-9a-fA-F]{64}$/.test(textOf(value))) {
    throw domainError('BAD_HEX', `${path} is ${clip(value)}; expected 0x and 64 hex digits`);
  }
  return bytes32(value as string);
}

/**
 * Reads an address, written with 20 bytes or left-padded to 32.
 * @throws BAD_HEX for another length or character; OUT_OF_RANGE for dirty upper bytes.
 */
export function parseAddress(value: Unparsed, path: string): Address {
  const text = textOf(value);
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return address(text);
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw domainError('BAD_HEX', `${path} is ${clip(value)}; expected an address of 20 bytes, or padded to 32`);
  }
  if (!/^0x0{24}/.test(text)) {
    throw domainError('OUT_OF_RANGE', `${path} is ${text}; expected 12 zero bytes in front of the address`);
  }
  return address(`0x${text.slice(26)}`);
}

/** Reads a JSON value, or throws what is wrong with it, naming the path at which it stands. */
export type Parser<Value> = (value: Unparsed, path: string) => Value;

/** The value that a parser returns. */
export type Parsed<Of extends Parser<unknown>> = ReturnType<Of>;

/** The parser of a member that may be left out. */
export type OptionalParser<Value> = Parser<Value> & { readonly isOptional: true };

type Fields = Readonly<Record<string, Parser<unknown>>>;
type ObjectOf<Of extends Fields> = {
  readonly [Name in keyof Of as Of[Name] extends OptionalParser<unknown> ? never : Name]: Parsed<Of[Name]>;
} & { readonly [Name in keyof Of as Of[Name] extends OptionalParser<unknown> ? Name : never]?: Parsed<Of[Name]> };

/**
 * Returns the parser of an object with these members only, which are read in this order.
 * @throws MISSING_FIELD, UNKNOWN_FIELD naming the member and its path, and what the members' parsers throw.
 */
export function objectParser<const Of extends Fields>(fields: Of): Parser<ObjectOf<Of>> {
  const all = Object.entries(fields);
  const isOptional = ([, parser]: (typeof all)[number]): boolean => 'isOptional' in parser;
  return (value, path) => {
    const isNamed = (field: string): boolean => typeof value === 'object' && value !== null && field in value;
    const given = all.filter((field) => !isOptional(field) || isNamed(field[0]));
    const [must, may] = [given.filter((field) => !isOptional(field)), given.filter(isOptional)];
    const names = [...must, ...may].map(([name]) => name);
    const object = requireObject(value, path, names);
    return Object.fromEntries(
      given.map(([name, parse]) => [name, parse(object[name], `${path}.${name}`)]),
    ) as ObjectOf<Of>;
  };
}

/** Lets a member be left out. */
export function optionalParser<Value>(parser: Parser<Value>): OptionalParser<Value> {
  return Object.assign((value: Unparsed, path: string) => parser(value, path), { isOptional: true } as const);
}

/** Returns the parser of an unsigned integer of so many bits. */
export function uintParser(bits: number): Parser<bigint> {
  return (value, path) => parseUint(value, bits, path);
}

/** Returns the parser of a whole number of so many bits, at most 53. */
export function countParser(bits: number): Parser<number> {
  return (value, path) => Number(parseUint(value, bits, path));
}

const edgeParser = objectParser({
  originChainId: uintParser(256),
  journal: parseAddress,
  destinationChainId: uintParser(256),
  replica: parseAddress,
  generation: countParser(32),
  previousHead: parseWord,
});

/**
 * Reads an edge, and how its replica got its present name.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX.
 */
export function parseEdge(value: Unparsed, path = 'edge'): Edge & Rewound {
  return edgeParser(value, path);
}

const entryParser = objectParser({
  kind: parseKind,
  asset: countParser(16),
  amount: unitsParser(128),
  account: parseWord,
  party: parseWord,
  fee: unitsParser(96),
});

/** Reads one entry. @throws MISSING_FIELD, UNKNOWN_FIELD, UNKNOWN_KIND, OUT_OF_RANGE, BAD_HEX. */
export function parseEntry(value: Unparsed, path = 'entry'): Entry {
  return entryParser(value, path);
}

const statementParser = objectParser({
  edge: parseWord,
  count: uintParser(64),
  tip: uintParser(64),
  head: parseWord,
  blockNumber: uintParser(64),
  blockHash: (value, path) => blockHash(parseWord(value, path)),
  asOf: uintParser(64),
  epoch: countParser(32),
});

/** Reads a statement. @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX. */
export function parseStatement(value: Unparsed, path = 'statement'): JournalHead {
  return statementParser(value, path);
}

/** A statement as JSON: 64-bit numbers are decimal text, the epoch is a number. */
export function formatStatement(statement: JournalHead): Record<string, string | number> {
  return {
    ...statement,
    count: statement.count.toString(),
    tip: statement.tip.toString(),
    blockNumber: statement.blockNumber.toString(),
    asOf: statement.asOf.toString(),
  };
}

/** One case of `surety journal`: an edge's name, the entries that follow it, a statement and its domain. */
export interface JournalCase {
  readonly edge: Edge & Rewound;
  readonly entries: readonly Entry[];
  readonly domain: StatementDomain;
  readonly statement: JournalHead;
}

/** Reads one journal case, as the vectors hold them. @throws MISSING_FIELD, UNKNOWN_FIELD, UNKNOWN_KIND, OUT_OF_RANGE, BAD_HEX. */
export function parseJournalCase(value: Unparsed, path = 'input'): JournalCase {
  const object = requireObject(value, path, ['edge', 'entries', 'verifyingContract', 'statement']);
  const edge = parseEdge(object['edge'], `${path}.edge`);
  const entries = object['entries'];
  if (!Array.isArray(entries)) throw domainError('MISSING_FIELD', `${path}.entries is not a list of entries`);
  return {
    edge,
    entries: entries.map((entry, at) => parseEntry(entry, `${path}.entries[${at}]`)),
    domain: {
      chainId: BigInt(edge.destinationChainId),
      verifyingContract: parseAddress(object['verifyingContract'], `${path}.verifyingContract`),
    },
    statement: parseStatement(object['statement'], `${path}.statement`),
  };
}

function parseKind(value: Unparsed, path: string): EntryKind {
  const kind = textOf(value);
  if (Object.hasOwn(ENTRY_KINDS, kind)) return kind as EntryKind;
  throw domainError('UNKNOWN_KIND', `${path} is ${clip(value)}; expected ${Object.keys(ENTRY_KINDS).join(', ')}`);
}

function unitsParser(bits: number): Parser<TokenUnits> {
  return (value, path) => tokenUnits(parseUint(value, bits, path));
}

function textOf(value: Unparsed): string {
  return typeof value === 'string' ? value : '';
}

function clip(value: Unparsed): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
