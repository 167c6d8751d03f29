import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/margin.json' with { type: 'json' };
import { type Fraction, absolute, compare, decimal, fraction, maximum, multiply, subtract } from '@surety/margin';
import { divide } from '@surety/margin/arithmetic';
import { isRawObject } from '@surety/margin/request-fields';
import { evaluateBatch } from './evaluate-batch.js';
import { LINE_AUCTION_MODELS } from './line-auction-models.js';
import { MODEL_NAMES } from './models.js';
import { mergePatch } from './merge-patch.js';

interface Tolerance {
  readonly exact?: boolean;
  readonly abs?: string;
  readonly rel?: string;
  readonly truncateTowardZeroTo?: string;
}

interface VectorCase {
  readonly id: string;
  readonly model: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
  readonly source: string;
}

const cases = vectors.cases as unknown as readonly VectorCase[];
const parameters: Readonly<Record<string, unknown>> = vectors.parameters;

/** Share of the unit by which a cut value may lie below the multiple that it counts as. */
const CUT_SLACK = fraction(1n, 1_000_000n);

function numberOf(text: unknown): Fraction | undefined {
  if (typeof text !== 'string') return undefined;
  const [n, d] = text.split('/');
  if (d !== undefined) return fraction(BigInt(n ?? ''), BigInt(d));
  return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text) ? decimal(text) : undefined;
}

function cutTo(value: Fraction, unit: Fraction): Fraction {
  return multiply(fraction(divide(value.n * unit.d, value.d * unit.n, 'truncate')), unit);
}

function isWithin(expected: Fraction, actual: Fraction, tolerance: Tolerance): boolean {
  if (tolerance.truncateTowardZeroTo !== undefined) {
    const unit = decimal(tolerance.truncateTowardZeroTo);
    const slack = multiply(unit, CUT_SLACK);
    const candidates = [actual, subtract(actual, slack), subtract(actual, multiply(slack, fraction(-1n)))];
    return candidates.some((one) => compare(cutTo(one, unit), expected) === 0);
  }
  const difference = absolute(subtract(actual, expected));
  if (tolerance.exact === true) return difference.n === 0n;
  const relative = multiply(decimal(tolerance.rel ?? '0'), absolute(expected));
  return compare(difference, maximum(decimal(tolerance.abs ?? '0'), relative)) <= 0;
}

/** Compares as the vectors say: lists member by member, numbers exactly as rationals, all else equal. */
function isSame(expected: unknown, actual: unknown, tolerance: Tolerance): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((one: unknown, at) => isSame(one, actual[at], tolerance))
    );
  }
  const [wanted, got] = [numberOf(expected), numberOf(actual)];
  if (wanted === undefined) return expected === actual;
  return got !== undefined && isWithin(wanted, got, tolerance);
}

/** Names with their documents in place, as a batch without an envelope carries them. */
function resolved({ parameters: named, portfolio, overrides, ...rest }: VectorCase['inputs']): unknown {
  const place = (value: unknown) => (typeof value === 'string' ? parameters[value] : value);
  const [document, holdings] = [place(named), place(portfolio)];
  return {
    ...rest,
    ...(document === undefined
      ? {}
      : { parameters: isRawObject(overrides) ? mergePatch(document, overrides) : document }),
    ...(holdings === undefined ? {} : { portfolio: holdings }),
  };
}

describe('the published cases', () => {
  it('are all there, each with its source, and no model is without one', () => {
    expect(cases).toHaveLength(380);
    expect(cases.filter(({ source }) => source.length < 5)).toEqual([]);
    // Nobody publishes cases of Surety's own auction; the operator's tests send the worked ones.
    const models = new Set([...cases.map(({ model }) => model), ...Object.keys(LINE_AUCTION_MODELS)]);
    expect(MODEL_NAMES.toSorted()).toEqual([...models].toSorted());
  });

  it.each(cases)('$model $id', ({ id, model, inputs, expected, tolerance }) => {
    const named = evaluateBatch({ parameters, requests: [{ id, model, inputs }] }).next().value;
    const inPlace = evaluateBatch({ parameters: {}, requests: [{ id, model, inputs: resolved(inputs) }] }).next().value;
    expect(inPlace).toEqual(named);
    const outputs = named?.ok === true ? named.outputs : {};
    const wrong = Object.entries(expected).filter(([name, value]) => !isSame(value, outputs[name], tolerance));
    expect(wrong.map(([name, value]) => ({ name, value, got: outputs[name], named }))).toEqual([]);
  });
});
