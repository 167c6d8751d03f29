import { WAD, asciiToBytes, bytesToHex } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import inputsDocument from '../../examples/report-inputs.json' with { type: 'json' };
import { SHIPPED_FEED_TERMS, SHIPPED_MARKET_TERMS, SHIPPED_TERMS } from '../unified/shipped-terms.js';
import { unifiedMarginOf } from '../unified/unified-margin.js';
import { canonicalText } from './canonical-text.js';
import { REPORT_INFINITE, marginReportOf } from './margin-report.js';
import { parseReportInputs } from './report-inputs.js';

/** The engine is handed a hash; here eight sums of FNV-1a, each begun elsewhere. */
const hash = (bytes: Uint8Array): Uint8Array => {
  const sums = Uint32Array.from({ length: 8 }, (_, at) => 0x811c9dc5 + at);
  for (const byte of bytes) for (let at = 0; at < 8; at += 1) sums[at] = Math.imul((sums[at] ?? 0) ^ byte, 0x01000193);
  return new Uint8Array(sums.buffer);
};
type Members = Record<string, unknown>;
interface Written {
  subject: Members;
  bindings: { assets: Members; prices: Members };
  book: { at: string; accounts: Members[]; underlyings: Record<string, Members> };
}
const example = (): Written => JSON.parse(JSON.stringify(inputsDocument)) as Written;
const changed = (change: (inputs: Written) => void): Written => {
  const inputs = example();
  change(inputs);
  return inputs;
};
const reportOf = (inputs: unknown) => marginReportOf(parseReportInputs(inputs), hash);
const onlyAccount = ({ book }: Written): Members => book.accounts[0] ?? {};
const underlyingOf = ({ book }: Written, name: string): Members => book.underlyings[name] ?? {};

describe('the inputs of a report', () => {
  it('are refused with more or fewer accounts, by rules, at another time, or without a place on chain', () => {
    const refusal = (change: (inputs: Written) => void, reason: RegExp): void =>
      expect(() => parseReportInputs(changed(change))).toThrow(reason);
    refusal(({ book }) => (book.accounts = []), /0 accounts; expected one/);
    refusal(({ book }) => book.accounts.push({ id: 'other' }), /2 accounts; expected one/);
    refusal((inputs) => (onlyAccount(inputs)['portfolio'] = false), /expected "portfolio": true/);
    refusal(({ book }) => (book.at = '1800000001'), /book\.at is 1800000001; expected the block's time 1800000000/);
    refusal((inputs) => {
      underlyingOf(inputs, 'ETH')['market'] = { settlement: 'USD', dailyVolume: '1', dailyVol: '0', scanRange: '0.17' };
    }, /ETH\.market\.scanRange is 170000000000000000 of 1e18/);
    refusal(({ bindings }) => delete bindings.prices['ETH'], /bindings\.prices does not say where ETH stands/);
    refusal(({ bindings }) => delete bindings.assets['weth.alpha'], /bindings\.assets does not say where weth\.alpha/);
    refusal(({ subject }) => (subject['account'] = '0x12'), /inputs\.subject\.account/);
    refusal(({ bindings }) => (bindings.prices['ETH'] = '65536'), /inputs\.bindings\.prices\.ETH/);
    expect(() => parseReportInputs({ ...example(), more: 1 })).toThrow(/inputs\.more is not known/);
    expect(() => parseReportInputs({ subject: {}, book: {} })).toThrow(/inputs\.bindings is missing/);
  });

  it('have one hash however they are written, and another once a figure differs', () => {
    const { inputsHash } = reportOf(example());
    const rewritten = changed((inputs) => {
      inputs.book.underlyings = Object.fromEntries(Object.entries(inputs.book.underlyings).reverse());
      underlyingOf(inputs, 'ETH')['price'] = '3000.000';
      onlyAccount(inputs)['options'] = [];
    });
    expect(reportOf(rewritten).inputsHash).toBe(inputsHash);
    for (const change of [
      (inputs: Written) => (underlyingOf(inputs, 'ETH')['price'] = '3000.000001'),
      (inputs: Written) => (inputs.subject['blockNumber'] = '101'),
      (inputs: Written) => (inputs.subject['positionNonce'] = '4'),
      (inputs: Written) => (inputs.bindings.prices['ETH'] = '7'),
    ]) {
      expect(reportOf(changed(change)).inputsHash).not.toBe(inputsHash);
    }
  });
});

describe('canonical text', () => {
  it('is one for one value', () => {
    expect(
      canonicalText({
        b: 1n,
        a: [true, 'é"'],
        c: undefined,
        d: new Map([
          ['y', 2],
          ['x', 1],
        ]),
      }),
    ).toBe('{"a":[true,"\\u00e9\\""],"b":"1","d":{"x":1,"y":2}}');
  });

  it('gives different values different texts', () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.bigInt(), fc.string(), fc.boolean(), fc.integer()),
      any: fc.oneof({ maxDepth: 3 }, tie('leaf'), fc.array(tie('any')), fc.dictionary(fc.string(), tie('any'))),
    })).any;
    fc.assert(
      fc.property(value, value, (left, right) => {
        const shape = (of: unknown): string =>
          JSON.stringify(of, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : sorted(one)));
        expect(canonicalText(left) === canonicalText(right)).toBe(shape(left) === shape(right));
      }),
    );
  });
});

describe('the figures of a report', () => {
  it('are what positions take from the collateral; a hedge lowers what holds them, not what opens them', () => {
    const { initialWad, maintenanceWad, parameterVersion } = reportOf(example());
    expect(parameterVersion).toBe('shipped-1');
    const alone = reportOf(changed((inputs) => (onlyAccount(inputs)['lines'] = [])));
    expect(maintenanceWad).toBeLessThan(alone.maintenanceWad);
    expect(initialWad).toBe(alone.initialWad);
    expect([initialWad, maintenanceWad]).toMatchInlineSnapshot(`
      [
        9154234208142170730000n,
        3113434208142170730000n,
      ]
    `);
  });

  it('leave of the collateral exactly what the engine calls free', () => {
    const size = fc.bigInt({ min: -20n, max: 20n });
    fc.assert(
      fc.property(size, size, fc.bigInt({ min: 0n, max: 5_000n }), (eth, btc, owed) => {
        const inputs = parseReportInputs(
          changed((one) => {
            onlyAccount(one)['owed'] = owed.toString();
            onlyAccount(one)['perps'] = [
              { underlying: 'ETH', size: eth.toString(), entryPrice: '2900' },
              { underlying: 'BTC', size: btc.toString(), entryPrice: '61000' },
            ];
          }),
        );
        const report = marginReportOf(inputs, hash);
        const margin = unifiedMarginOf(inputs.account, inputs.snapshot);
        const free = (grade: 'initial' | 'maintenance'): bigint =>
          margin.grades[grade].assets - margin.grades[grade].requirement;
        const left = margin.collateral.values.maintenance - report.maintenanceWad;
        expect(left).toBe(smaller(free('maintenance'), margin.collateral.values.maintenance));
        expect(margin.collateral.values.initial - report.initialWad).toBeLessThanOrEqual(free('initial'));
        expect(report.maintenanceWad >= 0n && report.maintenanceWad <= report.initialWad).toBe(true);
      }),
    );
  });

  it('are infinite for initial while a position has no valid price', () => {
    const old = changed((inputs) => (underlyingOf(inputs, 'ETH')['ageS'] = '3601'));
    const report = reportOf(old);
    expect(report.initialWad).toBe(REPORT_INFINITE);
    expect(report.maintenanceWad).toBeLessThan(100_000n * WAD);
  });

  it('never pass what a ledger takes for an answer', () => {
    const huge = changed((inputs) => {
      onlyAccount(inputs)['perps'] = [{ underlying: 'ETH', size: `1${'0'.repeat(40)}`, entryPrice: '3000' }];
    });
    expect(reportOf(huge)).toMatchObject({ initialWad: REPORT_INFINITE, maintenanceWad: REPORT_INFINITE });
  });

  it('name terms that are these and no others', () => {
    const text = canonicalText({ SHIPPED_FEED_TERMS, SHIPPED_MARKET_TERMS, SHIPPED_TERMS });
    // Terms that change need another name: give SHIPPED_TERMS.version one, then this hash.
    expect([SHIPPED_TERMS.version, bytesToHex(hash(asciiToBytes(text)))]).toMatchInlineSnapshot(`
      [
        "shipped-1",
        "0xdf19fbfaf6106e6ea99a702a086aeb3f7b9fa1e9b2cb7ff3450f94d7043284ff",
      ]
    `);
  });
});

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
