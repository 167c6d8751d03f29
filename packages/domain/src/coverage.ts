import type { Entry } from './entry.js';
import { bytesToHex, bytesToUint, hexToBytes, uintToBytes } from './hex.js';
import { type Bytes32, WAD, bytes32, mulDivDown, mulDivUp, uint } from './units.js';

/** The fields of a SHORTFALL entry: its party and its amount. */
export interface Shortfall {
  /** Units without tokens; at most `accounted` in what an honest vault journals. */
  readonly missing: bigint;
  /** Units that the vault accounts for. */
  readonly accounted: bigint;
  /** Sequence number of the LOST entry that it answers, 0 for none. */
  readonly answers: bigint;
}

/** Most units that a vault accounts for of one asset. @source VaultBase.sol, LedgerStorage.sol */
export const ACCOUNTED_MAX = 2n ** 104n - 1n;

const ANSWER_SHIFT = 128n;
const ANSWER_BITS = 96;

/** Packs the party of a SHORTFALL. @throws OUT_OF_RANGE above 128 bits accounted or 96 bits answered. @source VaultBase.sol, _report */
export function shortfallParty({ accounted, answers }: Pick<Shortfall, 'accounted' | 'answers'>): Bytes32 {
  const low = uint(accounted, Number(ANSWER_SHIFT), 'accounted');
  return bytes32(bytesToHex(uintToBytes(low | (uint(answers, ANSWER_BITS, 'answered number') << ANSWER_SHIFT), 32)));
}

/**
 * Reads a SHORTFALL as a ledger does. Undefined for one that the ledger refuses, since no honest vault journals it.
 * @source LedgerKinds.sol, _shortfall
 */
export function readShortfall(entry: Pick<Entry, 'asset' | 'amount' | 'party'>): Shortfall | undefined {
  const party = bytesToUint(hexToBytes(entry.party, 32));
  const accounted = BigInt.asUintN(Number(ANSWER_SHIFT), party);
  const answers = party >> ANSWER_SHIFT;
  const isPlausible =
    entry.asset !== 0 &&
    accounted <= ACCOUNTED_MAX &&
    entry.amount <= accounted &&
    answers >> BigInt(ANSWER_BITS) === 0n;
  return isPlausible ? { missing: entry.amount, accounted, answers } : undefined;
}

/** Returns the part of a unit that has tokens, WAD, rounded down; all of it if nothing is missing. @source VaultBase.sol, _coverageOf */
export function coverageOf({ missing, accounted }: Pick<Shortfall, 'missing' | 'accounted'>): bigint {
  return missing === 0n ? WAD : mulDivDown(accounted - missing, WAD, accounted);
}

/**
 * Returns a line as margins count it: its units × coverage, rounded down, and its unseasoned part, rounded up but never
 * above the amount, since a shortage does not season units. The only place where units are multiplied by a coverage.
 * @source LedgerCoverage.sol, _counted
 */
export function coveredLine<Line extends { readonly amount: bigint; readonly unseasoned: bigint }>(
  line: Line,
  coverageWad: bigint,
): Line {
  if (coverageWad === WAD) return line;
  const amount = mulDivDown(line.amount, coverageWad, WAD);
  const unseasoned = mulDivUp(line.unseasoned, coverageWad, WAD);
  return { ...line, amount, unseasoned: unseasoned < amount ? unseasoned : amount };
}
