import { type ReportVerifier, keccak256, parseMarginReport } from '@surety/contracts';
import { type Address, type Hex, type MarginReport, hexToBytes, parseAddress, requireObject } from '@surety/domain';
import { type ReportFigures, type ReportInputs, marginReportOf, parseReportInputs } from '@surety/margin';

/** One member's signature of a report. */
export interface ReportSignature {
  readonly signer: Address;
  readonly signature: Hex;
}

/** A report with everything needed to recompute it, as `surety margin report` writes it. */
export interface ReportFile {
  /** The verifier of its signing domain; the chain is that of the inputs' subject. */
  readonly verifier: Address;
  /** The inputs as written, for the next file. */
  readonly written: unknown;
  readonly inputs: ReportInputs;
  /** The figures computed from the inputs. */
  readonly figures: ReportFigures;
  readonly report: MarginReport;
  readonly signatures: readonly ReportSignature[];
}

/** Inputs of an unsigned report. */
export type UnsignedInputs = Pick<ReportFile, 'written' | 'inputs' | 'figures'>;

/**
 * Parses the input of `surety margin report`: inputs, or a report that others have signed.
 * @throws as {@link parseReportFile}.
 */
export function parseInputsOrReport(json: unknown): UnsignedInputs | ReportFile {
  return typeof json === 'object' && json !== null && 'report' in json ? parseReportFile(json) : weighed(json);
}

/** Formats a report as {@link parseReportFile} reads it. */
export function formatReportFile({ verifier, written, report, signatures }: Omit<ReportFile, 'inputs' | 'figures'>) {
  return { verifier, inputs: written, report, signatures };
}

/** Returns the verifier that a report's signatures belong to. */
export function verifierOf({ inputs, verifier }: Pick<ReportFile, 'inputs' | 'verifier'>): ReportVerifier {
  return { chainId: inputs.subject.chainId, verifier };
}

/**
 * Parses a report and recomputes its figures.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX, BAD_LENGTH and the errors of inputs, naming the path;
 * TypeError for a member that should be a list.
 */
export function parseReportFile(json: unknown): ReportFile {
  const object = requireObject(json, 'file', ['verifier', 'inputs', 'report', 'signatures']);
  const listed = object['signatures'];
  if (!Array.isArray(listed)) throw new TypeError('file.signatures is no list');
  return {
    ...weighed(object['inputs']),
    verifier: parseAddress(object['verifier'], 'file.verifier'),
    report: parseMarginReport(object['report'], 'file.report'),
    signatures: listed.map((one: unknown, at) => parseSignature(one, `file.signatures[${at}]`)),
  };
}

function weighed(written: unknown): UnsignedInputs {
  const inputs = parseReportInputs(written);
  return { written, inputs, figures: marginReportOf(inputs, keccak256) };
}

function parseSignature(value: unknown, path: string): ReportSignature {
  const object = requireObject(value, path, ['signer', 'signature']);
  const signature = String(object['signature']);
  hexToBytes(signature, 65);
  return { signer: parseAddress(object['signer'], `${path}.signer`), signature: signature as Hex };
}
