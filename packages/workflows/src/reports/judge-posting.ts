import type { Address, MarginReport } from '@surety/domain';
import type { ReportPlace } from '../ports/margin-reports.js';

/** Longest validity of a report after it is posted, in seconds. @source MarginReports.sol, LIFETIME_MAX */
const LIFETIME_S = 900n;

/**
 * Whether a report may be posted now.
 *
 * | kind | what to do |
 * | --- | --- |
 * | `post` | post it |
 * | `there` | nothing: this report is stored |
 * | `early` | wait until `fromS`: before, it would count longer than a report may |
 * | `refused` | make another one: `seen` and `expected` say why |
 */
export type Posting =
  | { readonly kind: 'post' }
  | { readonly kind: 'there' }
  | { readonly kind: 'early'; readonly fromS: bigint }
  | { readonly kind: 'refused'; readonly field: string; readonly seen: string; readonly expected: string };

/**
 * Decides whether a report may be posted: refuses what its contract would reject, and a position so old that the
 * protocol cannot add what was traded since, which the contract would accept.
 */
export function judgePosting(report: MarginReport, place: ReportPlace, verifier: Address): Posting {
  const refused = (field: string, seen: unknown, expected: unknown): Posting => ({
    kind: 'refused',
    field,
    seen: String(seen),
    expected: String(expected),
  });
  const { stored, time } = place;
  if (place.taker !== report.reports)
    return refused('report.reports', report.reports, `${place.taker ?? 'none'}, whose reports the protocol takes`);
  if (place.verifier !== verifier)
    return refused('verifier of report.reports', place.verifier ?? 'none', `the configured ${verifier}`);
  if (isSame(report, stored)) return { kind: 'there' };
  if (report.blockNumber <= stored.blockNumber)
    return refused(
      'report.blockNumber',
      report.blockNumber,
      `above ${stored.blockNumber}, of which a report is stored`,
    );
  if (report.expiry <= time) return refused('report.expiry', report.expiry, `after the newest block's time ${time}`);
  if (report.positionNonce > place.positionNonce || report.positionNonce < place.countsFrom)
    return refused('report.positionNonce', report.positionNonce, countedPositions(place));
  if (report.expiry > time + LIFETIME_S) return { kind: 'early', fromS: report.expiry - LIFETIME_S };
  return { kind: 'post' };
}

function countedPositions({ positionNonce, countsFrom }: ReportPlace): string {
  const older = countsFrom < positionNonce ? `, or from ${countsFrom} on` : '';
  return `${positionNonce}, the position of now${older}`;
}

function isSame(report: MarginReport, stored: ReportPlace['stored']): boolean {
  const names = ['initialWad', 'maintenanceWad', 'positionNonce', 'blockNumber', 'asOf', 'expiry'] as const;
  return names.every((name) => report[name] === stored[name]);
}
