import {
  CARRY_BITS,
  type Carry,
  type Fraction,
  KERNEL_BITS,
  PRINTED_DECIMALS,
  blackScholes,
  carryFromForward,
  carryFromRates,
  fraction,
  fromScaled,
  greeksOf,
  moneynessOf,
  multiply,
  outOfTheMoneyValue,
  preparedTotalVol,
  printDecimal,
  squareRoot,
  subtract,
  toScaled,
} from '@surety/margin';
import { divideFixed, fromFixed, multiplyFixed, toFixed } from '@surety/margin/arithmetic';
import {
  type RawObject,
  decimalField,
  integerField,
  objectField,
  optional,
  priceField,
  priceOrZeroField,
  wordField,
} from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { requireConsistent } from './refuse.js';
import { VOLATILITY_MODELS } from './volatility-models.js';

/** A year of 365 days. */
const SECONDS_YEAR = 31_536_000n;

/** Prints a value to the nearest: pricing errors are below the last printed digit. */
function nearest(value: Fraction): string {
  return printDecimal(value, 'halfUp');
}

const carried = (value: bigint): string => nearest(fromFixed(value, CARRY_BITS));
const fixed = (value: Fraction): bigint => toFixed(value, CARRY_BITS);

/** Names missing from a partly given alternative, while no other alternative is given. */
function missingOf(inputs: RawObject, pair: readonly string[], other: readonly string[]): readonly string[] {
  if (other.some((name) => Object.hasOwn(inputs, name))) return [];
  const missing = pair.filter((name) => !Object.hasOwn(inputs, name));
  return missing.length === pair.length ? [] : missing;
}

const black76Model = modelOf(
  objectField(
    {
      forward: priceOrZeroField(),
      strike: priceOrZeroField(),
      discountFactor: decimalField('positive'),
      totalVol: optional(decimalField('notNegative')),
      vol: optional(decimalField('notNegative')),
      secondsToExpiry: optional(integerField('notNegative')),
    },
    (inputs) => missingOf(inputs, ['vol', 'secondsToExpiry'], ['totalVol']),
  ),
  ({ forward, strike, discountFactor, totalVol, vol, secondsToExpiry }) => {
    const annual = vol !== undefined && secondsToExpiry !== undefined;
    requireConsistent(
      totalVol === undefined ? annual : vol === undefined && secondsToExpiry === undefined,
      'inputs needs either totalVol, or vol and secondsToExpiry',
    );
    const stated = annual
      ? multiply(vol, squareRoot(fraction(secondsToExpiry, SECONDS_YEAR), 'floor'))
      : (totalVol ?? fraction(0n));
    const outside = outOfTheMoneyValue(
      moneynessOf(fixed(forward), fixed(strike)),
      preparedTotalVol(toFixed(stated, KERNEL_BITS)),
    );
    // Both parts are rounded once and the other side is their sum, so that what is printed keeps put-call parity.
    const premium = toScaled(multiply(discountFactor, fromFixed(outside, CARRY_BITS)), PRINTED_DECIMALS, 'halfUp');
    const parity = toScaled(multiply(discountFactor, subtract(forward, strike)), PRINTED_DECIMALS, 'halfUp');
    const print = (scaled: bigint) => nearest(fromScaled(scaled, PRINTED_DECIMALS));
    return {
      call: print(parity > 0n ? premium + parity : premium),
      put: print(parity > 0n ? premium : premium - parity),
      callMinusPut: print(parity),
    };
  },
);

const TIME = {
  yearsToExpiry: optional(decimalField('notNegative')),
  secondsToExpiry: optional(integerField('notNegative')),
};

/** Years, from exactly one of the two times. */
function yearsOf({ yearsToExpiry, secondsToExpiry }: { yearsToExpiry?: Fraction; secondsToExpiry?: bigint }): bigint {
  requireConsistent(
    (yearsToExpiry === undefined) !== (secondsToExpiry === undefined),
    'inputs needs exactly one of yearsToExpiry and secondsToExpiry',
  );
  return fixed(yearsToExpiry ?? fraction(secondsToExpiry ?? 0n, SECONDS_YEAR));
}

const blackScholesModel = modelOf(
  objectField({
    type: wordField('call', 'put'),
    spot: priceField(),
    strike: priceOrZeroField(),
    rate: decimalField(),
    dividendYield: decimalField(),
    ...TIME,
    vol: decimalField('notNegative'),
  }),
  (inputs) => {
    const carry = carryFromRates({
      spot: fixed(inputs.spot),
      years: yearsOf(inputs),
      rate: fixed(inputs.rate),
      dividendYield: fixed(inputs.dividendYield),
    });
    return {
      price: carried(blackScholes({ type: inputs.type, strike: fixed(inputs.strike), vol: fixed(inputs.vol), carry })),
    };
  },
);

/** The two ways to state a carry. */
interface StatedCarry {
  readonly spot: Fraction;
  readonly rate?: Fraction;
  readonly dividendYield?: Fraction;
  readonly forward?: Fraction;
  readonly discountFactor?: Fraction;
}

function carryOf({ spot, rate, dividendYield, forward, discountFactor }: StatedCarry, years: bigint): Carry {
  const byRates = rate !== undefined && dividendYield !== undefined;
  const byForward = forward !== undefined && discountFactor !== undefined;
  requireConsistent(
    byRates ? forward === undefined && discountFactor === undefined : byForward && !rate && !dividendYield,
    'inputs needs either rate and dividendYield, or forward and discountFactor',
  );
  if (byForward) {
    return carryFromForward({
      spot: fixed(spot),
      years,
      forward: fixed(forward),
      discountFactor: fixed(discountFactor),
    });
  }
  const zero = fraction(0n);
  return carryFromRates({
    spot: fixed(spot),
    years,
    rate: fixed(rate ?? zero),
    dividendYield: fixed(dividendYield ?? zero),
  });
}

const RATES = ['rate', 'dividendYield'];
const FORWARD = ['forward', 'discountFactor'];

const greeksModel = modelOf(
  objectField(
    {
      type: wordField('call', 'put'),
      spot: priceField(),
      strike: priceOrZeroField(),
      ...TIME,
      vol: decimalField('notNegative'),
      rate: optional(decimalField()),
      dividendYield: optional(decimalField()),
      forward: optional(priceField()),
      discountFactor: optional(decimalField('positive')),
    },
    (inputs) => [...missingOf(inputs, RATES, FORWARD), ...missingOf(inputs, FORWARD, RATES)],
  ),
  (inputs) => {
    const spot = fixed(inputs.spot);
    const carry = carryOf(inputs, yearsOf(inputs));
    const greeks = greeksOf({ type: inputs.type, strike: fixed(inputs.strike), vol: fixed(inputs.vol), carry });
    const { price, delta, theta } = greeks;
    const printed = Object.fromEntries(Object.entries(greeks).map(([name, value]) => [name, carried(value as bigint)]));
    return {
      ...printed,
      thetaPerDay: nearest(multiply(fromFixed(theta, CARRY_BITS), fraction(1n, 365n))),
      // An option without value has no elasticity.
      elasticity:
        price === 0n ? undefined : carried(divideFixed(multiplyFixed(delta, spot, CARRY_BITS), price, CARRY_BITS)),
    };
  },
);

/** Options, volatility and arithmetic. */
export const OPTION_MODELS: ModelTable = {
  'option.black76': black76Model,
  'option.black-scholes': blackScholesModel,
  'option.greeks': greeksModel,
  ...VOLATILITY_MODELS,
};
