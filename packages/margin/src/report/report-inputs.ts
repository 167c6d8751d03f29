import {
  type Address,
  type Bytes32,
  type JsonObject,
  type Unparsed,
  parseAddress,
  parseUint,
  parseWord,
  requireObject,
} from '@surety/domain';
import { marginError } from '../errors.js';
import { parseBookDocument } from '../stress/book-document.js';
import type { UnifiedAccount } from '../unified/account.js';
import type { MarketSnapshot } from '../unified/market-snapshot.js';
import { SHIPPED_MARKET_TERMS } from '../unified/shipped-terms.js';

/** The subject of a report: an account at a protocol, its position, and the final block of all readings. */
export interface ReportSubject {
  readonly chainId: number;
  /** The contract that is to take the report. */
  readonly reports: Address;
  readonly protocol: Address;
  readonly account: Bytes32;
  readonly positionNonce: bigint;
  readonly blockNumber: bigint;
  readonly blockHash: Bytes32;
  /** Time of that block in seconds. */
  readonly asOf: bigint;
}

/** On-chain counterparts of the book's names, so that anyone can compare them. */
export interface ReportBindings {
  /** Number at the ledger of each asset that has a line. */
  readonly assets: ReadonlyMap<string, number>;
  /** Price slot at the risk manager of each underlying. */
  readonly prices: ReadonlyMap<string, number>;
}

/** Everything that a report's figures follow from. */
export interface ReportInputs {
  readonly subject: ReportSubject;
  readonly bindings: ReportBindings;
  readonly account: UnifiedAccount;
  readonly snapshot: MarketSnapshot;
}

const SUBJECT_FIELDS = [
  'chainId',
  'reports',
  'protocol',
  'account',
  'positionNonce',
  'blockNumber',
  'blockHash',
  'asOf',
] as const;

/**
 * Reads the inputs of a report: `{"subject","bindings","book"}`, the book as docs/MARGIN.md says with one account by revaluation.
 * @throws INCONSISTENT_INPUT for another book; MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX and what a book throws.
 */
export function parseReportInputs(json: Unparsed): ReportInputs {
  const object = requireObject(json, 'inputs', ['subject', 'bindings', 'book']);
  const subject = parseSubject(object['subject']);
  const bindings = parseBindings(object['bindings']);
  const { snapshot, accounts } = parseBookDocument(object['book']);
  const [only, second] = accounts;
  if (only === undefined || second !== undefined) {
    throw marginError('INCONSISTENT_INPUT', `inputs.book has ${accounts.length} accounts; expected one`);
  }
  if (only.account.mode !== 'portfolio') {
    throw marginError('INCONSISTENT_INPUT', 'inputs.book weighs by rules; expected "portfolio": true');
  }
  if (snapshot.at !== subject.asOf) {
    throw marginError(
      'INCONSISTENT_INPUT',
      `inputs.book.at is ${snapshot.at}; expected the block's time ${subject.asOf}`,
    );
  }
  requireScanRange(snapshot);
  requireBound('prices', [...snapshot.underlyings.keys()], bindings.prices);
  requireBound(
    'assets',
    [...only.account.lines, ...only.account.debts].map(({ asset }) => asset),
    bindings.assets,
  );
  return { subject, bindings, account: only.account, snapshot };
}

function parseSubject(value: Unparsed): ReportSubject {
  const object = requireObject(value, 'inputs.subject', SUBJECT_FIELDS);
  const path = (field: (typeof SUBJECT_FIELDS)[number]): string => `inputs.subject.${field}`;
  return {
    chainId: Number(parseUint(object['chainId'], 53, path('chainId'))),
    reports: parseAddress(object['reports'], path('reports')),
    protocol: parseAddress(object['protocol'], path('protocol')),
    account: parseWord(object['account'], path('account')),
    positionNonce: parseUint(object['positionNonce'], 64, path('positionNonce')),
    blockNumber: parseUint(object['blockNumber'], 64, path('blockNumber')),
    blockHash: parseWord(object['blockHash'], path('blockHash')),
    asOf: parseUint(object['asOf'], 40, path('asOf')),
  };
}

function parseBindings(value: Unparsed): ReportBindings {
  const object = requireObject(value, 'inputs.bindings', ['assets', 'prices']);
  return { assets: parseNumbers(object, 'assets'), prices: parseNumbers(object, 'prices') };
}

function parseNumbers(bindings: JsonObject, name: 'assets' | 'prices'): ReadonlyMap<string, number> {
  const path = `inputs.bindings.${name}`;
  const listed = bindings[name];
  const object = requireObject(listed, path, Object.keys(listed ?? {}));
  return new Map(Object.entries(object).map(([key, one]) => [key, Number(parseUint(one, 16, `${path}.${key}`))]));
}

/** In a report a market's scan range is never narrower than in the terms. No chain states it. */
function requireScanRange({ underlyings }: MarketSnapshot): void {
  const least = SHIPPED_MARKET_TERMS.portfolio.scanRange;
  for (const [name, { derivatives }] of underlyings) {
    const range = derivatives?.terms.portfolio.scanRange ?? least;
    if (range >= least) continue;
    throw marginError(
      'INCONSISTENT_INPUT',
      `inputs.book.underlyings.${name}.market.scanRange is ${range} of 1e18; expected at least ${least}`,
    );
  }
}

function requireBound(name: keyof ReportBindings, needed: readonly string[], bound: ReadonlyMap<string, number>): void {
  const missing = needed.find((one) => !bound.has(one));
  if (missing === undefined) return;
  throw marginError('INCONSISTENT_INPUT', `inputs.bindings.${name} does not say where ${missing} stands on chain`);
}
