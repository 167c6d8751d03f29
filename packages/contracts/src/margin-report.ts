import {
  type Address,
  type Bytes32,
  type Hex,
  type MarginReport,
  type Unparsed,
  bytes32,
  bytesToHex,
  concatBytes,
  asciiToBytes,
  hexToBytes,
  countParser,
  objectParser,
  parseAddress,
  parseWord,
  uintParser,
} from '@surety/domain';
import { domainSeparator, hashStruct } from 'viem';
import { keccak256 } from './hash.js';

/** The verifier in whose domain a report is signed, on the chain of the reports' contract. */
export interface ReportVerifier {
  readonly chainId: number;
  readonly verifier: Address;
}

/** Longest life of a report from the moment it is taken, in seconds. @source MarginReports.sol, LIFETIME_MAX */
export const REPORT_LIFETIME_S = 900n;
/** Longest time before that in which its block may become final, in seconds. @source MarginReports.sol, FINALITY_MAX */
export const REPORT_FINALITY_S = 1_800n;

/** Members of a report in the order in which they are hashed, with their types. @source MarginReports.sol, REPORT_TYPE */
export const MARGIN_REPORT_FIELDS = [
  { name: 'reports', type: 'address' },
  { name: 'protocol', type: 'address' },
  { name: 'account', type: 'bytes32' },
  { name: 'positionNonce', type: 'uint64' },
  { name: 'blockNumber', type: 'uint64' },
  { name: 'blockHash', type: 'bytes32' },
  { name: 'asOf', type: 'uint64' },
  { name: 'inputsHash', type: 'bytes32' },
  { name: 'parameterVersion', type: 'bytes32' },
  { name: 'initialWad', type: 'uint128' },
  { name: 'maintenanceWad', type: 'uint128' },
  { name: 'expiry', type: 'uint64' },
  { name: 'epoch', type: 'uint32' },
] as const;

const types = { MarginReport: MARGIN_REPORT_FIELDS } as const;

/** Returns the EIP-712 typed data to sign. */
export function marginReportTypedData(report: MarginReport, { chainId, verifier }: ReportVerifier) {
  return {
    domain: { name: 'Surety', version: '1', chainId, verifyingContract: verifier },
    types,
    primaryType: 'MarginReport',
    message: report,
  } as const;
}

/** Returns the struct hash, as the contract does. */
export function marginReportHash(report: MarginReport): Bytes32 {
  return bytes32(hashStruct({ data: report, primaryType: 'MarginReport', types }));
}

/** Returns the 66 bytes whose hash attesters sign. @source EIP-712 */
export function marginReportPreimage(report: MarginReport, { chainId, verifier }: ReportVerifier): Uint8Array {
  const { domain } = marginReportTypedData(report, { chainId, verifier });
  const separator = domainSeparator({ domain });
  return concatBytes(Uint8Array.of(0x19, 0x01), hexToBytes(separator, 32), hexToBytes(marginReportHash(report), 32));
}

/** Returns the 32 bytes that attesters sign. */
export function marginReportDigest(report: MarginReport, verifier: ReportVerifier): Bytes32 {
  return bytes32(bytesToHex(keccak256(marginReportPreimage(report, verifier))));
}

/** Returns a name of parameters as a report carries it. @throws BAD_LENGTH above 32 characters or outside ASCII. */
export function parameterVersionWord(version: string): Bytes32 {
  const ascii = asciiToBytes(version);
  return bytes32(bytesToHex(concatBytes(ascii, new Uint8Array(Math.max(0, 32 - ascii.length)))));
}

const reportParser = objectParser({
  reports: parseAddress,
  protocol: parseAddress,
  account: parseWord,
  positionNonce: uintParser(64),
  blockNumber: uintParser(64),
  blockHash: parseWord,
  asOf: uintParser(64),
  inputsHash: parseWord,
  parameterVersion: parseWord,
  initialWad: uintParser(128),
  maintenanceWad: uintParser(128),
  expiry: uintParser(64),
  epoch: countParser(32),
});

/** Reads a report, numbers as decimal text. @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX with the path. */
export function parseMarginReport(value: Unparsed, path = 'report'): MarginReport {
  return reportParser(value, path);
}

/** Joins signatures in the verifier's order: ascending by signer. */
export function joinReportSignatures(
  signatures: readonly { readonly signer: Address; readonly signature: Hex }[],
): Hex {
  const ascending = signatures.toSorted((left, right) => (left.signer < right.signer ? -1 : 1));
  return `0x${ascending.map(({ signature }) => signature.slice(2)).join('')}`;
}
