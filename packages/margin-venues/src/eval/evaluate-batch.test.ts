import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/margin.json' with { type: 'json' };
import { MARGIN_ERROR_CODES, fraction } from '@surety/margin';
import { type EvaluationResult, evaluateBatch, parseBatch } from './evaluate-batch.js';
import { mergePatch } from './merge-patch.js';
import { MODEL_NAMES } from './models.js';
import { owed, owned } from './print-outputs.js';

const EQUITY = 'account-equity';
const equity = (inputs: object = {}) => ({
  id: 'e',
  model: EQUITY,
  inputs: { balances: [{ asset: 'USDC', amount: '10', price: '1' }], positions: [], ...inputs },
});

function answers(requests: readonly unknown[], parameters: Readonly<Record<string, unknown>> = {}): EvaluationResult[] {
  return [...evaluateBatch({ parameters, requests })];
}

/** The one answer, as `CODE: message` or `ok`. */
function told(request: unknown, parameters: Readonly<Record<string, unknown>> = {}): string {
  const [result] = answers([request], parameters);
  if (result === undefined) return 'no answer';
  return result.ok ? 'ok' : `${result.error.code}: ${result.error.message}`;
}

const vectorOf = (id: string) => {
  const found = vectors.cases.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return { id, model: found.model, inputs: found.inputs as Record<string, unknown> };
};

describe('a batch', () => {
  it('is a list or an envelope, and nothing else', () => {
    for (const value of [null, 5, 'x', true, {}, { requests: {} }, { requests: [], parameters: [] }]) {
      expect(() => parseBatch(value)).toThrow('expected a list of requests');
    }
    expect(parseBatch([])).toEqual({ parameters: {}, requests: [] });
    expect(parseBatch({ requests: [1] })).toEqual({ parameters: {}, requests: [1] });
    expect(answers([])).toEqual([]);
  });

  it('is answered in order, a bad request touching no other, an id that occurs twice answered twice', () => {
    const results = answers([equity(), 7, equity({ balances: 'x' }), equity()]);
    expect(results.map(({ id, ok }) => [id, ok])).toEqual([
      ['e', true],
      [null, false],
      ['e', false],
      ['e', true],
    ]);
    expect(results[0]).toEqual({ id: 'e', ok: true, outputs: { unrealisedPnl: '0', netEquity: '10' } });
  });
});

describe('each code', () => {
  it('INVALID_REQUEST: not a request', () => {
    expect(told(null)).toMatchInlineSnapshot(`"INVALID_REQUEST: the request is null, not an object"`);
    expect(told([])).toMatchInlineSnapshot(`"INVALID_REQUEST: the request is a list, not an object"`);
    expect(told({ model: EQUITY, inputs: {} })).toMatchInlineSnapshot(`"INVALID_REQUEST: id is missing or no text"`);
    expect(told({ id: 'a', inputs: {} })).toMatchInlineSnapshot(`"INVALID_REQUEST: model is missing or no text"`);
    expect(told({ id: 'a', model: EQUITY, inputs: [] })).toMatchInlineSnapshot(
      `"INVALID_REQUEST: inputs is missing or no object"`,
    );
    expect(answers([{ id: 5, model: EQUITY, inputs: {} }])[0]?.id).toBeNull();
  });

  it('UNKNOWN_MODEL: with the models of the same subject, or all of them', () => {
    expect(told({ id: 'a', model: 'option.black77', inputs: {} })).toBe(
      'UNKNOWN_MODEL: "option.black77"; expected one of option.black76, option.black-scholes, option.greeks',
    );
    for (const model of ['', 'constructor', '__proto__', 'toString']) {
      expect(told({ id: 'a', model, inputs: {} })).toBe(
        `UNKNOWN_MODEL: "${model}"; expected one of ${MODEL_NAMES.join(', ')}`,
      );
    }
  });

  it('UNKNOWN_PARAMETERS: before any field, also without an envelope', () => {
    const inputs = { parameters: 'constructor', junk: 1 };
    expect(told({ id: 'a', model: 'standard-margin.srm', inputs })).toMatchInlineSnapshot(
      `"UNKNOWN_PARAMETERS: inputs.parameters names "constructor"; no such document is in the batch"`,
    );
    const named = { parameters: {}, portfolio: 'nobody' };
    expect(told({ id: 'a', model: 'portfolio-margin.pmrm2', inputs: named })).toMatch(/^UNKNOWN_PARAMETERS/);
    // In the other model a portfolio has no name.
    expect(told({ id: 'a', model: 'portfolio-margin.pmrm1', inputs: named })).toMatch(/^MISSING_FIELD/);
  });

  it('MISSING_FIELD: with its path, before what is wrong with other fields', () => {
    expect(told(equity({ balances: [{ amount: 'x', price: 5 }], junk: 1 }))).toMatchInlineSnapshot(
      `"MISSING_FIELD: inputs.balances[0].asset is missing"`,
    );
  });

  it('MISSING_FIELD: for what other fields make necessary', () => {
    const token = { ...(vectorOf('mango-health-3').inputs['tokens'] as object[])[0], depositScaleStartQuote: '1' };
    const inputs = { ...vectorOf('mango-health-3').inputs };
    expect(told({ id: 'a', model: 'health.mango-v4', inputs: { ...inputs, tokens: [token] } })).toMatchInlineSnapshot(
      `"MISSING_FIELD: inputs.tokens[0].totalDeposits is missing"`,
    );
    expect(
      told({ id: 'a', model: 'health.mango-v4', inputs: { ...inputs, healthType: 'maint' } }),
    ).toMatchInlineSnapshot(`"MISSING_FIELD: inputs.perpMarkets[0].maintBaseAssetWeight is missing"`);
    const leg = {
      underlyingPrice: '1',
      underlyingType: 'equity',
      multiplier: '1',
      legs: [{ type: 'put', quantity: '1' }],
    };
    expect(told({ id: 'a', model: 'strategy-margin.reg-t', inputs: leg })).toMatchInlineSnapshot(
      `"MISSING_FIELD: inputs.legs[0].strike is missing"`,
    );
    const fill = { marginType: 'fill', size: '1', imfFactor: '0', initialAssetWeight: '1' };
    expect(told({ id: 'a', model: 'collateral-weight.imf', inputs: fill })).toMatchInlineSnapshot(
      `"MISSING_FIELD: inputs.maintenanceAssetWeight is missing"`,
    );
    const transfer = { ...TRANSFER, direction: 'assetForLiability', assetAmount: undefined };
    const sent: unknown = JSON.parse(JSON.stringify({ id: 'a', model: 'liquidation-transfer.spot', inputs: transfer }));
    expect(told(sent)).toMatchInlineSnapshot(`"MISSING_FIELD: inputs.liabilityAmount is missing"`);
  });

  it('UNKNOWN_FIELD: also a member named as every object has one', () => {
    expect(told(equity({ junk: 1, balances: 5 }))).toMatchInlineSnapshot(`"UNKNOWN_FIELD: inputs.junk is not known"`);
    const hidden: unknown = JSON.parse('{"balances":[],"positions":[],"__proto__":{"x":1}}');
    expect(told({ id: 'a', model: EQUITY, inputs: hidden })).toMatchInlineSnapshot(
      `"UNKNOWN_FIELD: inputs.__proto__ is not known"`,
    );
    expect(told(equity({ parameters: {} }))).toMatch(/^UNKNOWN_FIELD/);
  });

  it('INVALID_TYPE: anything but true and false where one of them is due', () => {
    const { inputs, ...request } = vectorOf('drift-acct-ask');
    for (const [strict, shown] of [
      ['true', '"true"'],
      [1, '1'],
      [null, 'null'],
    ] as const) {
      expect(told({ ...request, inputs: { ...inputs, strict } })).toBe(
        `INVALID_TYPE: inputs.strict is ${shown}; expected true or false`,
      );
    }
  });

  it('shows sixty characters of what is wrong, and of more than that fifty-seven', () => {
    const [whole, longer] = ['x'.repeat(60), 'x'.repeat(61)];
    const otherUnrealisedPnl = (text: string) => told(equity({ otherUnrealisedPnl: text }));
    expect(otherUnrealisedPnl(whole)).toContain(`is "${whole}"; expected`);
    expect(otherUnrealisedPnl(longer)).toContain(`is "${'x'.repeat(57)}..."; expected`);
  });

  it('INVALID_TYPE: a number where text is due, and null', () => {
    expect(told(equity({ balances: [{ asset: 'a', amount: 5, price: 'x' }] }))).toMatchInlineSnapshot(
      `"INVALID_TYPE: inputs.balances[0].amount is 5; expected decimal text"`,
    );
    expect(told(equity({ otherUnrealisedPnl: null }))).toMatchInlineSnapshot(
      `"INVALID_TYPE: inputs.otherUnrealisedPnl is null; expected decimal text"`,
    );
    expect(told(equity({ positions: {} }))).toMatchInlineSnapshot(
      `"INVALID_TYPE: inputs.positions is an object; expected a list"`,
    );
  });

  it('INVALID_DECIMAL: every form but the one', () => {
    for (const amount of ['NaN', '1e5', '+1', '.5', '0x10', '', ' 1', '1.', '00']) {
      expect(told(equity({ balances: [{ asset: 'a', amount, price: '-1' }] }))).toMatch(/^INVALID_DECIMAL/);
    }
    const auction = {
      startPercent: '1',
      cutoffPercent: '1',
      fastSeconds: '1',
      slowSeconds: '1',
      elapsedSeconds: '1.0',
    };
    expect(told({ id: 'a', model: 'auction.discount', inputs: auction })).toMatchInlineSnapshot(
      `"INVALID_DECIMAL: inputs.elapsedSeconds is "1.0"; expected an integer such as -12"`,
    );
  });

  it('INVALID_ENUM: a word that is not listed', () => {
    expect(
      told({ id: 'a', model: 'liquidation-transfer.spot', inputs: { ...TRANSFER, direction: 'sideways' } }),
    ).toMatchInlineSnapshot(
      `"INVALID_ENUM: inputs.direction is "sideways"; expected liabilityForAsset, assetForLiability"`,
    );
  });

  it('OUT_OF_RANGE: a price that is missing or negative, a share above 1', () => {
    const priced = (price: string) => told(equity({ balances: [{ asset: 'a', amount: '1', price }] }));
    expect(priced('-1')).toMatchInlineSnapshot(`"OUT_OF_RANGE: inputs.balances[0].price is negative"`);
    expect(priced('0')).toMatch(/^OUT_OF_RANGE: .* is zero/);
    expect(priced('-0.0')).toMatch(/^OUT_OF_RANGE: .* is zero/);
    const health = { collaterals: [{ value: '1', liquidationThreshold: '1.01' }], debt: '1' };
    expect(told({ id: 'a', model: 'health-factor.aave-v3', inputs: health })).toMatch(/is above 1$/);
    expect(told({ id: 'a', model: 'scenario-grid.uniform', inputs: { maxMove: '1', buckets: '4' } })).toMatch(
      /odd count/,
    );
  });

  it('INCONSISTENT_INPUT: both or neither, repeated and unknown keys, unequal arrays', () => {
    const spot = (vectorOf('drift-max-withdraw').inputs['spots'] as object[])[0];
    const account = vectorOf('drift-max-withdraw').inputs;
    const cases: readonly [string, object][] = [
      ['account-margin.drift-v2', { ...account, spots: [spot, spot] }],
      ['account-margin.drift-v2', { ...account, withdraw: { asset: 'BTC', dust: '0' } }],
      ['auction.solvent-bid', { ...BID, bidPercent: undefined }],
      ['auction.solvent-bid', { ...BID, schedule: SCHEDULE }],
      ['span.requirement', { scanRisk: '1', netOptionValue: '0' }],
      [
        'span.scan-risk',
        {
          positions: [
            { quantity: '1', array: ['1'] },
            { quantity: '1', array: [] },
          ],
        },
      ],
      ['collateral-weight.imf', { marginType: 'initial', size: '1', imfFactor: '0', maintenanceAssetWeight: '1' }],
      ['maintenance-margin.tiered', { amount: '1', price: '1', tiers: [{ rate: '1' }, { upTo: '5', rate: '1' }] }],
      ['liquidation-transfer.spot', { ...TRANSFER, liabilityAmount: '1' }],
      ['perp-margin.dydx-v4', { ...vectorOf('dydx-req-12').inputs, openInterestQuantums: undefined }],
      ['liquidation-price.bankruptcy', { ...CLOSING, closingMarket: 'ETH', deltaQuantums: '-1' }],
      ['liquidation-price.bankruptcy', { ...CLOSING, deltaQuantums: '1' }],
    ];
    for (const [model, inputs] of cases) {
      const request: unknown = JSON.parse(JSON.stringify({ id: 'a', model, inputs }));
      expect([model, told(request).split(':')[0]]).toEqual([model, 'INCONSISTENT_INPUT']);
    }
  });

  it('UNPRICED_LIABILITY: a debt without a price, also one that a perpetual leaves', () => {
    const { inputs } = vectorOf('mango-health-3');
    const tokens = (inputs['tokens'] as object[]).map((token) => ({ ...token, available: false }));
    expect(told({ id: 'a', model: 'health.mango-v4', inputs: { ...inputs, tokens } })).toMatchInlineSnapshot(
      `"UNPRICED_LIABILITY: QUOTE is owed and has no usable price"`,
    );
  });

  it('UNDEFINED_RESULT: a formula without a value, and numbers beyond the limit', () => {
    const noDebt = { collaterals: [], debt: '0' };
    expect(told({ id: 'a', model: 'health-factor.aave-v3', inputs: noDebt })).toBe('UNDEFINED_RESULT: a divisor is 0');
    expect(told(equity({ otherUnrealisedPnl: '9'.repeat(5_000) }))).toMatch(
      /^UNDEFINED_RESULT: inputs.otherUnrealised/,
    );
    const { inputs } = vectorOf('dydx-req-12');
    expect(
      told({ id: 'a', model: 'perp-margin.dydx-v4', inputs: { ...inputs, priceExponent: '999999999999' } }),
    ).toMatch(/^UNDEFINED_RESULT: 10\^\d+ is beyond the limit/);
    expect(told({ id: 'a', model: 'scenario-grid.uniform', inputs: { maxMove: '1', buckets: '99999999999' } })).toMatch(
      /^UNDEFINED_RESULT/,
    );
    expect(told({ id: 'a', model: 'max-loss.payoff', inputs: SHORT_PUT })).toMatch(/^UNDEFINED_RESULT/);
    expect(told({ id: 'a', model: 'liquidation-transfer.spot', inputs: { ...TRANSFER, decimals: '1001' } })).toMatch(
      /^UNDEFINED_RESULT/,
    );
  });
});

const SCHEDULE = { elapsedSeconds: '1', startPercent: '1', cutoffPercent: '0.8', fastSeconds: '10', slowSeconds: '10' };
const BID = {
  maintenanceMargin: '-100',
  markToMarket: '300',
  bufferPercent: '0.1',
  reservedCash: '0',
  fractionWanted: '1',
  bidPercent: '1',
};
const TRANSFER = {
  direction: 'liabilityForAsset',
  assetAmount: '10',
  assetPrice: '1',
  assetMultiplier: '1',
  liabilityPrice: '100',
  liabilityMultiplier: '1',
  decimals: '9',
};
const CLOSING = {
  quoteBalanceQuantums: '-4501000000',
  positions: [
    {
      market: 'BTC',
      baseQuantums: '10000000',
      oraclePrice: '50000',
      atomicResolution: '-8',
      maintenanceMarginRatio: '0.1',
    },
  ],
  closingMarket: 'BTC',
};
const SHORT_PUT = { options: [{ type: 'put', quantity: '-1', strike: '100' }], evaluateAt: [] };

describe('parameters and overrides', () => {
  const { inputs } = vectorOf('derive-srm-test4');
  const request = (overrides: unknown) => ({ id: 'a', model: 'standard-margin.srm', inputs: { ...inputs, overrides } });
  const documents: Readonly<Record<string, unknown>> = vectors.parameters;

  it('a patch merges objects, replaces lists and deletes by null, and changes neither side', () => {
    const target: unknown = JSON.parse('{"a":{"b":1,"c":[1,2]},"d":5}');
    const patch = { a: { c: [3], b: null }, d: { e: 1 }, f: { g: null } };
    expect({ ...mergePatch(target, patch) }).toEqual({ a: { c: [3] }, d: { e: 1 }, f: {} });
    expect(target).toEqual({ a: { b: 1, c: [1, 2] }, d: 5 });
  });

  it('change one request alone, and never the document', () => {
    const before = JSON.stringify(documents);
    const [plain, changed, again] = answers(
      [request({}), request({ perp: { mm: '0.5' }, option: { maxSpotReq: '0.9' } }), request({})],
      documents,
    );
    expect(plain).toEqual(again);
    expect(plain).not.toEqual(changed);
    expect(JSON.stringify(documents)).toBe(before);
  });

  it('are read like any field: what is deleted is missing, what is added unknown', () => {
    expect(told(request({ perp: null }), documents)).toMatch(/^MISSING_FIELD: inputs.parameters.perp /);
    expect(told(request({ perp: { extra: '1' } }), documents)).toMatch(/^UNKNOWN_FIELD: inputs.parameters.perp.extra /);
    expect(told(request(JSON.parse('{"__proto__":{"x":1}}')), documents)).toMatch(/^UNKNOWN_FIELD/);
    for (const overrides of [null, 5, 'x', []]) {
      expect(told(request(overrides), documents)).toMatch(/^INVALID_TYPE: inputs.overrides is/);
    }
    expect(told(request({ perp: 5 }), documents)).toMatch(/^INVALID_TYPE: inputs.parameters.perp is 5/);
    const { parameters: _, ...without } = inputs;
    expect(told({ id: 'a', model: 'standard-margin.srm', inputs: { ...without, overrides: {} } })).toMatch(
      /^MISSING_FIELD: inputs.parameters is missing/,
    );
  });

  it('survive a patch of any depth', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = { perp: deep };
    expect(told(request(deep), documents)).toMatch(/^UNKNOWN_FIELD/);
  });
});

describe('no input', () => {
  const codes = new Set<string>(MARGIN_ERROR_CODES);
  const isAnswer = (result: EvaluationResult) =>
    result.ok || (codes.has(result.error.code) && !result.error.message.includes('could not be computed'));
  const known = vectors.cases.filter(({ model }) => !model.startsWith('portfolio-margin.pmrm'));

  it('crashes: any JSON as a request, and any JSON as inputs of any model', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MODEL_NAMES), fc.jsonValue(), (model, value) => {
        const results = answers([value, { id: 'a', model, inputs: value }, { id: value, model: value, inputs: {} }]);
        expect(results).toHaveLength(3);
        expect(results.every(isAnswer)).toBe(true);
      }),
    );
  });

  it('crashes: a published case with one of its values replaced', () => {
    const odd = fc.oneof(
      fc.constantFrom('0', '-1', '1', '-0.5', '1e9', '9'.repeat(200), `0.${'0'.repeat(200)}1`, '9'.repeat(2_000)),
      fc.constantFrom<unknown>(null, 5, true, [], {}),
    );
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), odd, ({ model, inputs }, at, value) => {
        const text = JSON.stringify(inputs);
        const spots = [...text.matchAll(/:("[^"]*"|true|false)/g)];
        const spot = spots[at % spots.length];
        const changed: unknown =
          spot === undefined
            ? inputs
            : JSON.parse(
                `${text.slice(0, spot.index + 1)}${JSON.stringify(value)}${text.slice(spot.index + spot[0].length)}`,
              );
        const parameters: Readonly<Record<string, unknown>> = vectors.parameters;
        expect(answers([{ id: 'a', model, inputs: changed }], parameters).every(isAnswer)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('small cases', () => {
  it('prints what is owed up and what is owned down, at the last place', () => {
    const third = fraction(1n, 3n);
    expect([owned(third).at(-1), owed(third).at(-1)]).toEqual(['3', '4']);
    const terms = { liabilityMultiplier: '3', liabilityPrice: '1', decimals: '2' };
    const inputs = { ...vectorOf('drift-liq-asset-1').inputs, ...terms };
    expect(answers([{ id: 'a', model: 'liquidation-transfer.spot', inputs }])).toMatchObject([
      { ok: true, outputs: { assetAmount: '0.33' } },
    ]);
  });

  it('refuses a market listed twice, and invalid words and booleans', () => {
    const { inputs, model } = vectorOf('dydx-bankruptcy-1');
    const [position] = inputs['positions'] as object[];
    expect(told({ id: 'd', model, inputs: { ...inputs, positions: [position, position] } })).toMatch(
      /^INCONSISTENT_INPUT/,
    );
    expect(told({ id: 't', model, inputs: { ...inputs, closingMarket: 5 } })).toMatch(/^INVALID_TYPE/);
  });
});
