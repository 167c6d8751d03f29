import { type Fraction, fromScaled, printDecimal, standardMargin, toScaled } from '@surety/margin';
import {
  type Field,
  type Fields,
  type ObjectOf,
  booleanField,
  decimalField,
  integerField,
  listField,
  objectField,
  optional,
  priceField,
  priceOrZeroField,
  textField,
  wordField,
} from '@surety/margin/request-fields';
import { PORTFOLIO1_MARGIN, PORTFOLIO1_OTHER, portfolioMargin1 } from '../portfolio/portfolio-margin-1.js';
import { PORTFOLIO2_MARGIN, PORTFOLIO2_OTHER, portfolioMargin2 } from '../portfolio/portfolio-margin-2.js';
import { type ModelTable, modelOf } from './model.js';
import { requireConsistent, requireDistinct } from './refuse.js';

/** A request's values with 18 decimals. */
type Wads<Value> = Value extends Fraction
  ? bigint
  : Value extends readonly (infer Member)[]
    ? readonly Wads<Member>[]
    : Value extends object
      ? { readonly [Name in keyof Value]: Wads<Value[Name]> }
      : Value;

/** Rounds every number to the nearest with 18 decimals; integers, words and decisions stay. */
function wadsOf<Value>(value: Value): Wads<Value> {
  return wadsOfAny(value) as Wads<Value>;
}

function wadsOfAny(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wadsOfAny);
  if (isFraction(value)) return toScaled(value, 18, 'halfUp');
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wadsOfAny(member)]));
}

function isFraction(value: object): value is Fraction {
  return 'n' in value && 'd' in value && typeof value.n === 'bigint';
}

const print = (wad: bigint): string => printDecimal(fromScaled(wad, 18), 'floor');

/** An object of decimals of any sign. */
function decimals<const Name extends string>(
  ...names: readonly Name[]
): Field<ObjectOf<Record<Name, Field<Fraction>>>> {
  return objectField(Object.fromEntries(names.map((name) => [name, decimalField()])) as Record<Name, Field<Fraction>>);
}

const confidence = decimalField('share');
const seconds = integerField('notNegative');
const factor = decimalField('notNegative');

const PERP = {
  size: decimalField(),
  price: priceField(),
  confidence,
  unrealisedPnl: decimalField(),
} satisfies Fields;

const OPTION = {
  secondsToExpiry: seconds,
  strike: priceOrZeroField(),
  type: wordField('call', 'put'),
  quantity: decimalField(),
  vol: decimalField('notNegative'),
} satisfies Fields;

const BASIS = objectField({ spotUp: factor, spotDown: factor, add: decimalField(), mult: decimalField() });

const VOL_SHOCK = {
  rangeUp: decimalField(),
  rangeDown: decimalField(),
  shortPower: decimalField(),
  longPower: decimalField(),
  dteFloorDays: decimalField('notNegative'),
} satisfies Fields;

/** Returns every expiry its options. @throws INCONSISTENT_INPUT for an expiry listed twice or not at all. */
function withOptions<
  Expiry extends { readonly secondsToExpiry: bigint },
  Option extends { readonly secondsToExpiry: bigint },
>(
  expiries: readonly Expiry[],
  options: readonly Option[],
): readonly (Expiry & { readonly options: readonly Option[] })[] {
  const keys = expiries.map(({ secondsToExpiry }) => secondsToExpiry.toString());
  requireDistinct(keys, 'inputs.portfolio.expiries');
  const listed = new Map<bigint, Option[]>(expiries.map(({ secondsToExpiry }) => [secondsToExpiry, []]));
  for (const option of options) {
    const known = listed.get(option.secondsToExpiry);
    requireConsistent(
      known !== undefined,
      `inputs.portfolio.options has an option that expires in ${option.secondsToExpiry} seconds; no such expiry is listed`,
    );
    known?.push(option);
  }
  return expiries.map((expiry) => ({ ...expiry, options: listed.get(expiry.secondsToExpiry) ?? [] }));
}

const pmrm2 = modelOf(
  objectField({
    parameters: objectField({
      scenarios: listField(
        objectField({
          spot: factor,
          vol: wordField('up', 'down', 'none', 'skew-linear', 'skew-abs'),
          dampening: factor,
        }),
      ),
      volShock: objectField({ ...VOL_SHOCK, minVolUp: decimalField('notNegative') }),
      margin: decimals(...PORTFOLIO2_MARGIN),
      basis: BASIS,
      other: decimals(...PORTFOLIO2_OTHER),
      skew: decimals(
        'linearCBase',
        'linearCap',
        'absCBase',
        'absCap',
        'minKStar',
        'widthScale',
        'volStatic',
        'volScale',
      ),
    }),
    portfolio: objectField({
      cash: decimalField(),
      spot: priceField(),
      spotConfidence: confidence,
      stablePrice: priceField(),
      perp: optional(objectField({ ...PERP, unrealisedFunding: decimalField() })),
      collaterals: listField(
        objectField({
          asset: textField(),
          amount: decimalField('notNegative'),
          price: priceField(),
          confidence,
          mmHaircut: decimalField(),
          imHaircut: decimalField(),
          riskCancelling: booleanField(),
        }),
      ),
      expiries: listField(
        objectField({ secondsToExpiry: seconds, forward: priceField(), rate: decimalField(), confidence }),
      ),
      options: listField(objectField(OPTION)),
    }),
  }),
  (inputs) => {
    const { parameters, portfolio } = wadsOf(inputs);
    const expiries = withOptions(portfolio.expiries, portfolio.options);
    const margin = portfolioMargin2({ ...portfolio, expiries }, parameters);
    return {
      initialMargin: print(margin.initialMargin),
      maintenanceMargin: print(margin.maintenanceMargin),
      mtmPlusCash: print(margin.mtmPlusCash),
    };
  },
  ['parameters', 'portfolio'],
);

const pmrm1 = modelOf(
  objectField({
    parameters: objectField({
      scenarios: listField(objectField({ spot: factor, vol: wordField('up', 'down', 'none') })),
      volShock: objectField(VOL_SHOCK),
      margin: decimals(...PORTFOLIO1_MARGIN),
      basis: BASIS,
      other: decimals(...PORTFOLIO1_OTHER),
    }),
    portfolio: objectField({
      cash: decimalField(),
      spot: priceField(),
      spotConfidence: confidence,
      stablePrice: priceField(),
      base: decimalField('notNegative'),
      perp: optional(objectField(PERP)),
      expiries: listField(
        objectField({
          secondsToExpiry: seconds,
          forwardFixed: priceOrZeroField(),
          forwardVariable: priceOrZeroField(),
          rate: decimalField(),
          confidence,
        }),
      ),
      options: listField(objectField({ ...OPTION, volConfidence: confidence })),
    }),
  }),
  (inputs) => {
    const { parameters, portfolio } = wadsOf(inputs);
    const expiries = withOptions(portfolio.expiries, portfolio.options);
    const scenarios = parameters.scenarios.map((scenario) => ({ ...scenario, dampening: 10n ** 18n }));
    const margin = portfolioMargin1({ ...portfolio, expiries }, { ...parameters, scenarios });
    return {
      initialMargin: print(margin.initialMargin),
      maintenanceMargin: print(margin.maintenanceMargin),
      mtmPlusCash: print(margin.mtmPlusCash),
      basisContingency: print(margin.basisContingency),
    };
  },
  ['parameters'],
);

const srm = modelOf(
  objectField({
    parameters: objectField({
      option: decimals(
        'maxSpotReq',
        'minSpotReq',
        'mmCallSpotReq',
        'mmPutSpotReq',
        'mmPutMtmReq',
        'imOverMmScale',
        'unpairedIMScale',
        'unpairedMMScale',
      ),
      perp: decimals('im', 'mm'),
      base: decimals('marginFactor', 'imScale'),
      oracleContingency: decimals('perpThreshold', 'optionThreshold', 'baseThreshold', 'factor'),
      depeg: decimals('threshold', 'factor'),
    }),
    cash: decimalField(),
    stablePrice: priceField(),
    markets: listField(
      objectField({
        underlying: textField(),
        spot: priceField(),
        spotConfidence: confidence,
        base: decimalField(),
        perp: optional(objectField(PERP)),
        options: listField(objectField({ ...OPTION, forward: priceField(), confidence })),
      }),
    ),
  }),
  (inputs) => {
    const { parameters, ...account } = wadsOf(inputs);
    const margin = standardMargin(account, parameters);
    return {
      initialMargin: print(margin.initialMargin),
      maintenanceMargin: print(margin.maintenanceMargin),
      markToMarket: print(margin.markToMarket),
    };
  },
  ['parameters'],
);

/** Margin requirements of whole portfolios. */
export const PORTFOLIO_MODELS: ModelTable = {
  'portfolio-margin.pmrm2': pmrm2,
  'portfolio-margin.pmrm1': pmrm1,
  'standard-margin.srm': srm,
};
