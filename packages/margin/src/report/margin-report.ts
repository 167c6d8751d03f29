import { type Bytes32, type Keccak256, asciiToBytes, bytes32, bytesToHex } from '@surety/domain';
import type { Grade } from '../line-margin.js';
import { leastOf, positivePartOf } from '../portfolio/wad.js';
import { greatestOf } from '../unified/market-position.js';
import { type UnifiedMargin, unifiedMarginOf } from '../unified/unified-margin.js';
import { canonicalText } from './canonical-text.js';
import type { ReportInputs } from './report-inputs.js';

/** The engine's results from a report's inputs. */
export interface ReportFigures {
  /** keccak256 of the canonical text of the inputs, terms included. */
  readonly inputsHash: Bytes32;
  /** Name of the terms that were weighed by. */
  readonly parameterVersion: string;
  /** WAD, rounded up; {@link REPORT_INFINITE} while something owed or held has no valid price. */
  readonly initialWad: bigint;
  /** WAD, rounded up, at most `initialWad`. */
  readonly maintenanceWad: bigint;
}

/** Largest requirement that a ledger accepts as an answer: no assets cover it. @source Requirements.sol, 2^128 − 1 */
export const REPORT_INFINITE = 2n ** 128n - 1n;

/** First line of the hashed text, so that no other text has this hash. */
const INPUTS_DOMAIN = 'surety.margin-inputs.v1\n';

/**
 * Computes a report: what of the account's collateral its positions at the protocol take, collateral less what is free,
 * so that what the ledger counts as assets less this figure is what the engine calls free. Gains lower it to 0 at most.
 * Collateral hedges for maintenance alone: it may leave while the report counts, if initial is covered without it.
 * @source PROTOCOL section 9 @throws INCONSISTENT_INPUT for what is not listed.
 */
export function marginReportOf(inputs: ReportInputs, keccak256: Keccak256): ReportFigures {
  const { account, snapshot } = inputs;
  const margin = unifiedMarginOf(account, snapshot);
  const unhedged = unifiedMarginOf({ ...account, lines: [] }, snapshot);
  const maintenanceWad = requiredAt('maintenance', margin);
  const initialWad = margin.initialDefined
    ? greatestOf(requiredAt('initial', unhedged), maintenanceWad)
    : REPORT_INFINITE;
  return {
    inputsHash: reportInputsHash(inputs, keccak256),
    parameterVersion: margin.version,
    initialWad,
    maintenanceWad,
  };
}

/** Returns the hash of a report's inputs: the same for inputs that mean the same, however they were written. */
export function reportInputsHash(inputs: ReportInputs, keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(asciiToBytes(INPUTS_DOMAIN + canonicalText(inputs)))));
}

function requiredAt(grade: Grade, { grades, collateral }: UnifiedMargin): bigint {
  const { assets, requirement } = grades[grade];
  return leastOf(positivePartOf(collateral.values[grade] - (assets - requirement)), REPORT_INFINITE);
}
