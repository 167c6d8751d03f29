import type { Edge, Rewound } from './edge.js';
import { ENTRY_KINDS, type Entry, type EntryKind } from './entry.js';
import { domainError } from './errors.js';
import type { JournalHead, StatementDomain } from './statement.js';
import { type Address, address, blockHash, bytes32, tokenUnits, uint } from './units.js';

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

/**
 * Reads an edge, and how its replica got its present name.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX.
 */
export function parseEdge(value: Unparsed, path = 'edge'): Edge & Rewound {
  const object = requireObject(value, path, [
    'originChainId',
    'journal',
    'destinationChainId',
    'replica',
    'generation',
    'previousHead',
  ]);
  return {
    originChainId: parseUint(object['originChainId'], 256, `${path}.originChainId`),
    journal: parseAddress(object['journal'], `${path}.journal`),
    destinationChainId: parseUint(object['destinationChainId'], 256, `${path}.destinationChainId`),
    replica: parseAddress(object['replica'], `${path}.replica`),
    generation: Number(parseUint(object['generation'], 32, `${path}.generation`)),
    previousHead: parseWord(object['previousHead'], `${path}.previousHead`),
  };
}

/** Reads one entry. @throws MISSING_FIELD, UNKNOWN_FIELD, UNKNOWN_KIND, OUT_OF_RANGE, BAD_HEX. */
export function parseEntry(value: Unparsed, path = 'entry'): Entry {
  const object = requireObject(value, path, ['kind', 'asset', 'amount', 'account', 'party', 'fee']);
  const kind = textOf(object['kind']);
  if (!Object.hasOwn(ENTRY_KINDS, kind)) {
    throw domainError(
      'UNKNOWN_KIND',
      `${path}.kind is ${clip(object['kind'])}; expected ${Object.keys(ENTRY_KINDS).join(', ')}`,
    );
  }
  return {
    kind: kind as EntryKind,
    asset: Number(parseUint(object['asset'], 16, `${path}.asset`)),
    amount: tokenUnits(parseUint(object['amount'], 128, `${path}.amount`)),
    account: parseWord(object['account'], `${path}.account`),
    party: parseWord(object['party'], `${path}.party`),
    fee: tokenUnits(parseUint(object['fee'], 96, `${path}.fee`)),
  };
}

/** Reads a statement. @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX. */
export function parseStatement(value: Unparsed, path = 'statement'): JournalHead {
  const object = requireObject(value, path, [
    'edge',
    'count',
    'tip',
    'head',
    'blockNumber',
    'blockHash',
    'asOf',
    'epoch',
  ]);
  return {
    edge: parseWord(object['edge'], `${path}.edge`),
    count: parseUint(object['count'], 64, `${path}.count`),
    tip: parseUint(object['tip'], 64, `${path}.tip`),
    head: parseWord(object['head'], `${path}.head`),
    blockNumber: parseUint(object['blockNumber'], 64, `${path}.blockNumber`),
    blockHash: blockHash(parseWord(object['blockHash'], `${path}.blockHash`)),
    asOf: parseUint(object['asOf'], 64, `${path}.asOf`),
    epoch: Number(parseUint(object['epoch'], 32, `${path}.epoch`)),
  };
}

/** An entry as JSON: amounts are decimal text. */
export function formatEntry(entry: Entry): Record<string, string | number> {
  return { ...entry, amount: entry.amount.toString(), fee: entry.fee.toString() };
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

function textOf(value: Unparsed): string {
  return typeof value === 'string' ? value : '';
}

function clip(value: Unparsed): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
