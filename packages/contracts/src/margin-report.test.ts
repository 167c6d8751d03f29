import { type MarginReport, address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { encodeAbiParameters, hashTypedData, keccak256, stringToHex } from 'viem';
import {
  MARGIN_REPORT_FIELDS,
  joinReportSignatures,
  marginReportDigest,
  marginReportHash,
  marginReportPreimage,
  marginReportTypedData,
  parameterVersionWord,
  parseMarginReport,
} from './margin-report.js';

const report: MarginReport = {
  reports: address(`0x${'11'.repeat(20)}`),
  protocol: address(`0x${'22'.repeat(20)}`),
  account: bytes32(`0x${'33'.repeat(32)}`),
  positionNonce: 4n,
  blockNumber: 5n,
  blockHash: bytes32(`0x${'66'.repeat(32)}`),
  asOf: 1_800_000_000n,
  inputsHash: bytes32(`0x${'77'.repeat(32)}`),
  parameterVersion: parameterVersionWord('shipped-1'),
  initialWad: 8n,
  maintenanceWad: 7n,
  expiry: 1_800_000_900n,
  epoch: 1,
};
const written = (change: object = {}): object => ({
  ...Object.fromEntries(Object.entries(report).map(([name, value]) => [name, String(value)])),
  ...change,
});

describe('a margin report', () => {
  it('is refused with the path of what is missing, unknown or out of range', () => {
    expect(() => parseMarginReport(written({ epoch: undefined }))).toThrow('report.epoch is missing');
    expect(() => parseMarginReport(written({ extra: 1 }))).toThrow('report.extra is not known');
    expect(() => parseMarginReport(written({ initialWad: (2n ** 128n).toString() }))).toThrow(/report\.initialWad/);
    expect(() => parseMarginReport(written({ inputsHash: '0x12' }))).toThrow(/report\.inputsHash/);
    expect(() => parameterVersionWord('x'.repeat(33))).toThrow(expect.objectContaining({ code: 'BAD_LENGTH' }));
  });

  it('is read as it was written', () => {
    expect(parseMarginReport(written())).toEqual(report);
  });

  it('is hashed under the type that the contract names', () => {
    // @source MarginReports.sol, REPORT_TYPE
    const type =
      'MarginReport(address reports,address protocol,bytes32 account,uint64 positionNonce,uint64 blockNumber,bytes32 blockHash,uint64 asOf,bytes32 inputsHash,bytes32 parameterVersion,uint128 initialWad,uint128 maintenanceWad,uint64 expiry,uint32 epoch)';
    const words = [{ type: 'bytes32' }, ...MARGIN_REPORT_FIELDS.map(({ type: one }) => ({ type: one }))];
    const values = [keccak256(stringToHex(type)), ...MARGIN_REPORT_FIELDS.map(({ name }) => report[name])];
    expect(marginReportHash(report)).toBe(keccak256(encodeAbiParameters(words, values)));
  });

  it('is signed for one verifier on one chain', () => {
    const verifier = address(`0x${'5e'.repeat(20)}`);
    const digest = marginReportDigest(report, { chainId: 900, verifier });
    expect(digest).toBe(hashTypedData(marginReportTypedData(report, { chainId: 900, verifier })));
    expect(marginReportPreimage(report, { chainId: 900, verifier })).toHaveLength(66);
    expect(marginReportDigest(report, { chainId: 901, verifier })).not.toBe(digest);
    expect(marginReportDigest(report, { chainId: 900, verifier: report.reports })).not.toBe(digest);
  });

  it('carries its signatures ascending by signer', () => {
    const one = { signer: address(`0x${'aa'.repeat(20)}`), signature: '0x02' } as const;
    const other = { signer: address(`0x${'0a'.repeat(20)}`), signature: '0x01' } as const;
    expect(joinReportSignatures([one, other])).toBe('0x0102');
  });
});
