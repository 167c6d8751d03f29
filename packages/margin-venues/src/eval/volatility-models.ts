import {
  type Fraction,
  ONE,
  SVI_BITS,
  ewmaVariances,
  ewmaWindow,
  fraction,
  fromScaled,
  garch11Forecast,
  garch11LongRunVariance,
  garch11Variances,
  multiply,
  normalCumulative,
  normalDensity,
  printDecimal,
  quotient,
  squareRoot,
  sviVol,
  toScaled,
  volsOf,
} from '@surety/margin';
import { bitLength, exp, fromFixed, ln, pow, requireBits, toFixed } from '@surety/margin/arithmetic';
import {
  type RawObject,
  decimalField,
  integerField,
  listField,
  objectField,
  optional,
  priceField,
  wordField,
} from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { decimalsOf } from './print-outputs.js';

/** Bits of results: 57 decimals, of which 36 are printed. */
const BITS = 192;

const fixed = (value: Fraction): bigint => toFixed(value, BITS);
const printed = (value: bigint): string => printDecimal(fromFixed(value, BITS), 'halfUp');

/** ln of an exact number, without the rounding of a small one. @throws UNDEFINED_RESULT unless above 0. */
function logarithmOf({ n, d }: Fraction): bigint {
  return ln(n << BigInt(BITS), BITS) - ln(d << BigInt(BITS), BITS);
}

/** x^y with {@link BITS} bits; a base below 1 gets as many bits more as it has zeros. */
function powerOf(x: Fraction, y: Fraction): Fraction {
  const bits = BITS + Math.max(0, bitLength(x.d) - bitLength(x.n));
  requireBits(bits);
  return fromFixed(pow(toFixed(x, bits), toFixed(y, bits), bits), bits);
}

type MathFunction = 'ln' | 'exp' | 'sqrt' | 'normalCdf' | 'normalPdf' | 'pow' | 'divHalfUp';

const NEEDS: Readonly<Record<string, readonly string[]>> = { pow: ['y'], divHalfUp: ['y', 'decimals'] };

/** Further arguments of a function besides x. */
function mathNeeds(inputs: RawObject): readonly string[] {
  const name = inputs['function'];
  const needs = typeof name === 'string' && Object.hasOwn(NEEDS, name) ? NEEDS[name] : undefined;
  return needs?.filter((each) => !Object.hasOwn(inputs, each)) ?? [];
}

interface MathInputs {
  readonly function: MathFunction;
  readonly x: Fraction;
  readonly y?: Fraction;
  readonly decimals?: bigint;
}

function mathValue({ function: name, x, y = ONE, decimals = 0n }: MathInputs): string {
  switch (name) {
    case 'ln':
      return printed(logarithmOf(x));
    case 'exp':
      return printed(exp(fixed(x), BITS));
    case 'sqrt':
      return printDecimal(squareRoot(x, 'floor'), 'floor');
    case 'normalCdf':
      return printed(normalCumulative(fixed(x), BITS));
    case 'normalPdf':
      return printed(normalDensity(fixed(x), BITS));
    case 'pow':
      return printDecimal(powerOf(x, y), 'halfUp');
    case 'divHalfUp': {
      const places = decimalsOf(decimals);
      return printDecimal(fromScaled(toScaled(quotient(x, y), places, 'halfUp'), places), 'halfUp', places);
    }
  }
}

const fixedPoint = modelOf(
  objectField(
    {
      function: wordField('ln', 'exp', 'sqrt', 'normalCdf', 'normalPdf', 'pow', 'divHalfUp'),
      x: decimalField(),
      y: optional(decimalField()),
      decimals: optional(integerField('notNegative')),
    },
    mathNeeds,
  ),
  (inputs) => ({ value: mathValue(inputs) }),
);

const svi = modelOf(
  objectField({
    yearsToExpiry: decimalField('positive'),
    a: decimalField(),
    b: decimalField(),
    rho: decimalField(),
    m: decimalField(),
    sigma: decimalField(),
    forward: priceField(),
    strike: priceField(),
  }),
  ({ yearsToExpiry, forward, strike, a, b, rho, m, sigma }) => {
    const slice = { a: fixed(a), b: fixed(b), rho: fixed(rho), m: fixed(m), sigma: fixed(sigma) };
    const k = logarithmOf(quotient(strike, forward));
    return { vol: printDecimal(fromFixed(sviVol(slice, k, fixed(yearsToExpiry)), SVI_BITS), 'halfUp') };
  },
);

const garch11 = modelOf(
  objectField({
    omega: decimalField(),
    alpha: decimalField(),
    beta: decimalField(),
    initialVol: decimalField('notNegative'),
    returns: listField(decimalField()),
    horizonSteps: optional(integerField('notNegative')),
  }),
  ({ initialVol, returns, horizonSteps, ...parameters }) => {
    const model = { omega: fixed(parameters.omega), alpha: fixed(parameters.alpha), beta: fixed(parameters.beta) };
    const first = fixed(initialVol);
    const variances = garch11Variances(model, first, returns.map(fixed));
    const last = variances.at(-1) ?? toFixed(multiply(initialVol, initialVol), BITS);
    const longRun = garch11LongRunVariance(model);
    const expected = horizonSteps === undefined ? undefined : garch11Forecast(model, last, horizonSteps);
    return {
      vols: volsOf(variances).map(printed),
      longRunVariance: longRun === undefined ? undefined : printed(longRun),
      expectedVariance: expected === undefined ? undefined : printed(expected),
      expectedVol: expected === undefined ? undefined : volsOf([expected]).map(printed)[0],
    };
  },
);

const ewma = modelOf(
  objectField({
    lambda: decimalField('share'),
    initialVol: decimalField('notNegative'),
    returns: listField(decimalField()),
  }),
  ({ lambda, initialVol, returns }) => {
    const series = { lambda: fixed(lambda), initialVol: fixed(initialVol), returns: returns.map(fixed) };
    return { vols: volsOf(ewmaVariances(series)).map(printed) };
  },
);

const window = modelOf(
  objectField({ lambda: decimalField('share'), tolerance: decimalField('share') }),
  ({ lambda, tolerance }) => ({ days: printed(ewmaWindow(fixed(lambda), fixed(tolerance))) }),
);

const powerLaw = modelOf(
  objectField({ daysToExpiry: decimalField('positive'), volRange: decimalField(), power: decimalField() }),
  ({ daysToExpiry, volRange, power }) => ({
    volChange: printDecimal(multiply(powerOf(quotient(fraction(30n), daysToExpiry), power), volRange), 'halfUp'),
  }),
);

/** Volatility, its surface and the arithmetic below both. */
export const VOLATILITY_MODELS: ModelTable = {
  'math.fixed-point': fixedPoint,
  'vol-surface.svi': svi,
  'volatility.garch11': garch11,
  'volatility.ewma': ewma,
  'volatility.ewma-window': window,
  'vol-shock.power-law': powerLaw,
};
