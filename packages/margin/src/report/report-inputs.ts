import {
  type Parsed,
  type Unparsed,
  countParser,
  objectParser,
  parseAddress,
  parseUint,
  parseWord,
  requireObject,
  uintParser,
} from '@surety/domain';
import { marginError } from '../errors.js';
import { parseBookDocument } from '../stress/book-document.js';
import type { UnifiedAccount } from '../unified/account.js';
import type { MarketSnapshot } from '../unified/market-snapshot.js';
import { SHIPPED_MARKET_TERMS } from '../unified/shipped-terms.js';

const parseSubject = objectParser({
  chainId: countParser(53),
  /** The contract that is to take the report. */
  reports: parseAddress,
  protocol: parseAddress,
  account: parseWord,
  positionNonce: uintParser(64),
  blockNumber: uintParser(64),
  blockHash: parseWord,
  /** Time of that block in seconds. */
  asOf: uintParser(40),
});
/** The subject of a report: an account at a protocol, its position, and the final block of all readings. */
export type ReportSubject = Parsed<typeof parseSubject>;

const parseBindings = objectParser({
  /** Number at the ledger of each asset that has a line. */
  assets: parseNumbers,
  /** Price slot at the risk manager of each underlying. */
  prices: parseNumbers,
});
/** On-chain counterparts of the book's names, so that anyone can compare them. */
export type ReportBindings = Parsed<typeof parseBindings>;

/** Everything that a report's figures follow from. */
export interface ReportInputs {
  readonly subject: ReportSubject;
  readonly bindings: ReportBindings;
  readonly account: UnifiedAccount;
  readonly snapshot: MarketSnapshot;
}

/**
 * Reads the inputs of a report: `{"subject","bindings","book"}`, the book as docs/MARGIN.md says with one account by revaluation.
 * @throws INCONSISTENT_INPUT for another book; MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX and what a book throws.
 */
export function parseReportInputs(json: Unparsed): ReportInputs {
  const object = requireObject(json, 'inputs', ['subject', 'bindings', 'book']);
  const subject = parseSubject(object['subject'], 'inputs.subject');
  const bindings = parseBindings(object['bindings'], 'inputs.bindings');
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

function parseNumbers(value: Unparsed, path: string): ReadonlyMap<string, number> {
  const object = requireObject(value, path, Object.keys(value ?? {}));
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
