import {
  REPORT_FINALITY_S,
  REPORT_LIFETIME_S,
  marginReportDigest,
  parameterVersionWord,
  recoverCanonical,
} from '@surety/contracts';
import type { Address, MarginReport } from '@surety/domain';
import type { ReportFigures, ReportInputs } from '@surety/margin';
import { type ReportFile, type UnsignedInputs, verifierOf } from './report-file.js';

/** One field of a report that differs from the expected value. */
export interface ReportDifference {
  readonly field: string;
  readonly seen: string;
  readonly expected: string;
}

/** Returns a difference, formatted as text, if the two values differ. */
export function reportDifferences(field: string, seen: unknown, expected: unknown): ReportDifference[] {
  const [left, right] = [String(seen).toLowerCase(), String(expected).toLowerCase()];
  return left === right ? [] : [{ field, seen: String(seen), expected: String(expected) }];
}

/** Returns the fields of a report that follow from its inputs. */
export function reportOf(inputs: ReportInputs, figures: ReportFigures): Omit<MarginReport, 'expiry' | 'epoch'> {
  const { chainId: _chainId, ...subject } = inputs.subject;
  return { ...subject, ...figures, parameterVersion: parameterVersionWord(figures.parameterVersion) };
}

/** Starts an unsigned report with an expiry and an epoch. */
export function beginReport(
  given: UnsignedInputs,
  { verifier, epoch, expiry }: { readonly verifier: Address; readonly epoch: number; readonly expiry: bigint },
): ReportFile {
  const report = { ...reportOf(given.inputs, given.figures), expiry, epoch };
  return { ...given, verifier, report, signatures: [] };
}

/**
 * Lists the fields of a report that do not follow from its inputs: names, the hash, both figures to the last integer,
 * its lifetime.
 */
export function judgeReport({
  inputs,
  figures,
  report,
}: Pick<ReportFile, 'inputs' | 'figures' | 'report'>): ReportDifference[] {
  const expected = reportOf(inputs, figures);
  const names = Object.keys(expected) as (keyof typeof expected)[];
  const latest = report.asOf + REPORT_FINALITY_S + REPORT_LIFETIME_S;
  return [
    ...names.flatMap((name) => reportDifferences(`report.${name}`, report[name], expected[name])),
    ...(report.expiry > report.asOf && report.expiry <= latest
      ? []
      : [{ field: 'report.expiry', seen: `${report.expiry}`, expected: `above ${report.asOf}, at most ${latest}` }]),
  ];
}

/**
 * Lists signatures that are not by their named signer, and signers that occur twice. A form that the verifier refuses is by
 * nobody: one of them makes the whole report fail on chain.
 */
export async function judgeSignatures(file: ReportFile): Promise<ReportDifference[]> {
  const hash = marginReportDigest(file.report, verifierOf(file));
  const seen = new Set<Address>();
  const found: ReportDifference[] = [];
  for (const [at, { signer, signature }] of file.signatures.entries()) {
    const field = `signatures[${at}]`;
    const by = (await recoverCanonical(hash, signature)) ?? 'nobody';
    found.push(...reportDifferences(`${field}.signature`, `of ${by}`, `of ${signer}`));
    if (seen.has(signer))
      found.push({ field: `${field}.signer`, seen: signer, expected: 'a member that has not signed yet' });
    seen.add(signer);
  }
  return found;
}
