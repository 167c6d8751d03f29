import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Address, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { joinReports } from './join-reports.js';
import { beginReport } from './judge-report.js';
import { type ReportFile, parseInputsOrReport } from './report-file.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const signer = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const begun = beginReport(parseInputsOrReport(JSON.parse(readFileSync(example, 'utf8'))), {
  verifier: signer('5e'),
  epoch: 1,
  expiry: 1_800_000_900n,
});
const signed = (name: string, ...pairs: readonly string[]) => {
  const signatures = pairs.map((pair) => ({ signer: signer(pair), signature: `0x${pair}` as const }));
  return { name, file: { ...begun, signatures } satisfies ReportFile };
};

describe('reports that members signed separately', () => {
  it('are joined with each signature once, ascending', () => {
    const { file, differences } = joinReports([signed('a', '33'), signed('b', '11', '33'), signed('c', '22')]);
    expect([file.signatures.map((one) => one.signer), differences]).toEqual([['11', '22', '33'].map(signer), []]);
  });

  it('are refused with name and member if they differ', () => {
    const other = signed('b', '22');
    const late = { ...other, file: { ...other.file, verifier: signer('5f'), report: { ...begun.report, epoch: 2 } } };
    expect(joinReports([signed('a', '11'), late]).differences).toEqual([
      { field: 'b verifier', seen: signer('5f'), expected: signer('5e') },
      { field: 'b report.epoch', seen: '2', expected: '1' },
    ]);
  });
});
