import type { Address } from '@surety/domain';
import { type ReportDifference, reportDifferences } from './judge-report.js';
import type { ReportFile, ReportSignature } from './report-file.js';

/** A report with the name of its file. */
export interface NamedReport {
  readonly name: string;
  readonly file: ReportFile;
}

/** The joined report with distinct signatures, ascending by signer, or the first difference between the files. */
export interface JoinedReports {
  readonly file: ReportFile;
  readonly differences: readonly ReportDifference[];
}

/** Joins files that several members signed separately. They must be equal, member by member. */
export function joinReports([first, ...more]: readonly [NamedReport, ...NamedReport[]]): JoinedReports {
  const differences = more.flatMap(({ name, file }) => [
    ...reportDifferences(`${name} verifier`, file.verifier, first.file.verifier),
    ...Object.entries(first.file.report).flatMap(([member, expected]) =>
      reportDifferences(`${name} report.${member}`, file.report[member as keyof typeof file.report], expected),
    ),
  ]);
  const bySigner = new Map<Address, ReportSignature>();
  for (const { file } of [first, ...more])
    for (const one of file.signatures) if (!bySigner.has(one.signer)) bySigner.set(one.signer, one);
  const signatures = [...bySigner.values()].toSorted((left, right) => (left.signer < right.signer ? -1 : 1));
  return { file: { ...first.file, signatures }, differences };
}
