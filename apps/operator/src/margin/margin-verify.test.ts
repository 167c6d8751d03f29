import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportOf } from '@surety/chain';
import { keccak256, marginReportTypedData } from '@surety/contracts';
import { address } from '@surety/domain';
import { marginReportOf, parseReportInputs } from '@surety/margin';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const example = fileURLToPath(new URL('../../../../packages/margin/examples/report-inputs.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'surety-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a file of a report holds. */
interface Written {
  verifier: string;
  inputs: { book: { underlyings: Record<string, Record<string, string>> } };
  report: Record<string, string>;
  signatures: { signer: string; signature: string }[];
}
let honest: Written;

beforeAll(async () => {
  const inputs: unknown = JSON.parse(readFileSync(example, 'utf8'));
  const parsed = parseReportInputs(inputs);
  const { asOf, chainId } = parsed.subject;
  const report = { ...reportOf(parsed, marginReportOf(parsed, keccak256)), expiry: asOf + 2_700n, epoch: 1 };
  const verifier = address(`0x${'5e'.repeat(20)}`);
  const signatures = [];
  for (const digit of ['1', '2']) {
    const key = privateKeyToAccount(`0x${digit.repeat(64)}`);
    const signature = await key.signTypedData(marginReportTypedData(report, { chainId, verifier }));
    signatures.push({ signer: key.address.toLowerCase(), signature });
  }
  const text = Object.fromEntries(Object.entries(report).map(([name, value]) => [name, String(value)]));
  honest = { verifier, inputs: inputs as Written['inputs'], report: text, signatures };
});

function verify(change: (written: Written) => void, ...options: readonly string[]) {
  const written = structuredClone(honest);
  change(written);
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(written));
  return runSurety(['margin', 'verify', file, ...options]);
}

describe('surety margin verify', () => {
  it('refuses what is no report, with the path of what is wrong', async () => {
    expect((await runSurety(['margin', 'verify', 'nowhere.json'])).told).toContain(
      'NOT_JSON: nowhere.json could not be read',
    );
    expect((await verify(({ report }) => delete report['epoch'])).told).toContain('file.report.epoch is missing');
    expect((await verify((written) => Object.assign(written, { signatures: 5 }))).told).toContain('is no list');
    expect(await verify(({ signatures }) => (signatures[0] = { signer: '0x', signature: '0x' }))).toMatchObject({
      code: 2,
      output: '',
    });
  });

  it('finds an honest report right', async () => {
    expect(await verify(() => undefined)).toMatchObject({ code: 0, told: '' });
    const { output } = await verify(() => undefined, '--json');
    expect(JSON.parse(output)).toMatchObject({ ok: true, compared: 'inputs', signatures: 2, differences: [] });
  });

  it.each<[name: string, field: string, change: (written: Written) => void]>([
    ['a figure one unit lower', 'report.initialWad', ({ report }) => lower(report, 'initialWad')],
    ['the other figure one unit lower', 'report.maintenanceWad', ({ report }) => lower(report, 'maintenanceWad')],
    ['another hash', 'report.inputsHash', ({ report }) => (report['inputsHash'] = `0x${'00'.repeat(32)}`)],
    [
      'other parameters',
      'report.parameterVersion',
      ({ report }) => (report['parameterVersion'] = `0x${'61'.repeat(32)}`),
    ],
    ['another position', 'report.positionNonce', ({ report }) => lower(report, 'positionNonce')],
    ['another price', 'report.inputsHash', ({ inputs }) => ((inputs.book.underlyings['ETH'] ?? {})['price'] = '3001')],
    ['a life too long', 'report.expiry', ({ report }) => (report['expiry'] = '1800002701')],
    ['a life that ended before it began', 'report.expiry', ({ report }) => (report['expiry'] = '1800000000')],
    ['another verifier', 'signatures[0].signature', (written) => (written.verifier = `0x${'5f'.repeat(20)}`)],
    [
      'a signature in the form that the chain refuses',
      'signatures[1].signature',
      ({ signatures: [, second] }) => second && (second.signature = highS(second.signature)),
    ],
    ['one signature twice', 'signatures[2].signer', ({ signatures }) => signatures.push(...signatures.slice(0, 1))],
  ])('shows %s', async (_name, field, change) => {
    const { code, told, output } = await verify(change);
    expect([code, told]).toEqual([1, expect.stringContaining(`REPORT_WRONG: ${field} is `)]);
    expect(output).toContain(field);
  });

  it('asks for a configuration before it compares with a chain', async () => {
    expect((await verify(() => undefined, '--chain')).code).not.toBe(0);
    const inputs = readFileSync(example, 'utf8');
    expect((await runSurety(['margin', 'report', '--dry-run'], { input: inputs })).code).not.toBe(0);
    expect((await runSurety(['margin', 'report', '--dry-run'], { input: '[]' })).told).toContain(
      'NOT_JSON: standard input',
    );
  });
});

describe('surety margin report', () => {
  it('signs nothing without markets of the signer’s own, and names the next step', async () => {
    const { code, told, output } = await runSurety(['margin', 'report', '--inputs', example, '--yes']);
    expect([code, output]).toEqual([2, '']);
    expect(told).toContain(
      'BAD_USE: volumes, volatilities, forwards, rates and confidences stand on no chain; add --markets',
    );
    const own = join(folder, 'markets.json');
    writeFileSync(own, '{}');
    for (const allowed of [['--dry-run'], ['--markets', own]]) {
      expect((await runSurety(['margin', 'report', '--inputs', example, ...allowed])).told).not.toContain(
        'add --markets',
      );
    }
  });
});

function lower(report: Record<string, string>, name: string): void {
  report[name] = (BigInt(report[name] ?? 0) - 1n).toString();
}

/** Returns the other form of a signature, which recovers to the same signer: s subtracted from the curve's order, v flipped. */
function highS(signature: string): string {
  const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
  return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}`;
}
