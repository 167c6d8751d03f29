import {
  type MarginReport,
  REPORT_FINALITY_S,
  REPORT_LIFETIME_S,
  marginReportDigest,
  parameterVersionWord,
} from '@surety/contracts';
import type { Address } from '@surety/domain';
import type { ReportFigures, ReportInputs } from '@surety/margin';
import { recoverAddress } from 'viem';
import { type ReportFile, type UnsignedInputs, verifierOf } from './report-file.js';

/** One thing that a report says and that is otherwise. */
export interface Difference {
  readonly field: string;
  readonly seen: string;
  readonly expected: string;
}

/** Gives a difference if what is seen is not what is expected, written as text. */
export function differing(field: string, seen: unknown, expected: unknown): Difference[] {
  const [left, right] = [String(seen).toLowerCase(), String(expected).toLowerCase()];
  return left === right ? [] : [{ field, seen: String(seen), expected: String(expected) }];
}

/** Everything of a report that follows from its inputs. */
export function reportOf(inputs: ReportInputs, figures: ReportFigures): Omit<MarginReport, 'expiry' | 'epoch'> {
  const { chainId: _chainId, ...subject } = inputs.subject;
  return { ...subject, ...figures, parameterVersion: parameterVersionWord(figures.parameterVersion) };
}

/** Starts an unsigned report: its expiry and its signers. */
export function beginReport(
  given: UnsignedInputs,
  { verifier, epoch, expiry }: { readonly verifier: Address; readonly epoch: number; readonly expiry: bigint },
): ReportFile {
  const report = { ...reportOf(given.inputs, given.figures), expiry, epoch };
  return { ...given, verifier, report, signatures: [] };
}

/** Lists what of a report does not follow from its inputs: names, the hash, both figures to the integer, its life. */
export function judgeReport({
  inputs,
  figures,
  report,
}: Pick<ReportFile, 'inputs' | 'figures' | 'report'>): Difference[] {
  const expected = reportOf(inputs, figures);
  const names = Object.keys(expected) as (keyof typeof expected)[];
  const latest = report.asOf + REPORT_FINALITY_S + REPORT_LIFETIME_S;
  return [
    ...names.flatMap((name) => differing(`report.${name}`, report[name], expected[name])),
    ...(report.expiry > report.asOf && report.expiry <= latest
      ? []
      : [{ field: 'report.expiry', seen: `${report.expiry}`, expected: `above ${report.asOf}, at most ${latest}` }]),
  ];
}

/** Lists what is wrong with a report's signatures: not of who is named, or twice of one. */
export async function judgeSignatures(file: ReportFile): Promise<Difference[]> {
  const hash = marginReportDigest(file.report, verifierOf(file));
  const seen = new Set<Address>();
  const found: Difference[] = [];
  for (const [at, { signer, signature }] of file.signatures.entries()) {
    const field = `signatures[${at}]`;
    const by = await recoverAddress({ hash, signature }).catch(() => 'nobody');
    found.push(...differing(`${field}.signature`, `of ${by}`, `of ${signer}`));
    if (seen.has(signer))
      found.push({ field: `${field}.signer`, seen: signer, expected: 'a member that has not signed yet' });
    seen.add(signer);
  }
  return found;
}
