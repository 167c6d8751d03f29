import { address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ReportPlace } from '../ports/margin-reports.js';
import { reportWords } from '../testing/report-words.js';
import { judgePosting } from './judge-posting.js';

const some = (pair: string) => address(`0x${pair.repeat(20)}`);
const verifier = some('5e');
const report = reportWords();
const stored = { initialWad: 1n, maintenanceWad: 1n, positionNonce: 3n, blockNumber: 90n, asOf: 900n, expiry: 1_900n };
const place: ReportPlace = { time: 1_800n, taker: some('aa'), verifier, positionNonce: 4n, countsFrom: 2n, stored };
const judged = (change: Partial<ReportPlace>) => judgePosting(report, { ...place, ...change }, verifier);

describe('the check before posting', () => {
  it.each<[field: string, change: Partial<ReportPlace>, expected: RegExp]>([
    ['report.reports', { taker: some('ab') }, /^0xabab.*, whose reports the protocol takes$/],
    ['report.reports', { taker: undefined }, /^none, whose/],
    ['verifier of report.reports', { verifier: some('5f') }, /^the configured 0x5e/],
    ['report.blockNumber', { stored: { ...stored, blockNumber: 100n } }, /^above 100, of which a report is stored$/],
    ['report.expiry', { time: 2_668n }, /^after the newest block's time 2668$/],
    ['report.positionNonce', { positionNonce: 3n }, /^3, the position of now, or from 2 on$/],
    ['report.positionNonce', { positionNonce: 36n, countsFrom: 5n }, /^36, the position of now, or from 5 on$/],
    ['report.positionNonce', { positionNonce: 5n, countsFrom: 5n }, /^5, the position of now$/],
  ])('refuses by %s', (field, change, expected) => {
    expect(judged(change)).toMatchObject({
      kind: 'refused',
      field,
      expected: expect.stringMatching(expected) as string,
    });
  });

  it('recognises the stored report', () => {
    const { initialWad, maintenanceWad, positionNonce, blockNumber, asOf, expiry } = report;
    const same = { initialWad, maintenanceWad, positionNonce, blockNumber, asOf, expiry };
    expect(judged({ stored: same, time: 9_999n })).toEqual({ kind: 'there' });
  });

  it('takes one about a position to which the protocol can add what was traded since', () => {
    expect(judged({ positionNonce: 35n, countsFrom: 4n })).toEqual({ kind: 'post' });
  });

  it('waits until the report would be valid for at most 15 minutes', () => {
    expect(judged({ time: 1_767n })).toEqual({ kind: 'early', fromS: 1_768n });
    expect(judged({ time: 1_768n })).toEqual({ kind: 'post' });
    expect(judged({ time: 2_667n })).toEqual({ kind: 'post' });
  });
});
