import { type Fraction, ZERO, absolute, add, marginError, multiply } from '@surety/margin';
import {
  decimalField,
  integerField,
  listField,
  objectField,
  optional,
  priceField,
  priceOrZeroField,
  wordField,
} from '@surety/margin/request-fields';
import { matchedFuturesOf, netShortOptionsOf } from '../scenario/contingency.js';
import { futurePriceOf, indexContingencyOf, pnlAtMoves } from '../scenario/linear-futures.js';
import { payoffAt, tailSlopeOf, underlyingCollateralOf } from '../scenario/payoff-profile.js';
import { uniformMoves } from '../scenario/price-grid.js';
import { scanRiskOf, spanRequirementOf } from '../scenario/scan-risk.js';
import { type ModelTable, modelOf } from './model.js';
import { owed, owned } from './print-outputs.js';
import { requireConsistent } from './refuse.js';

/** More points than any venue scans, and few enough to answer at once. */
const BUCKETS_MAX = 100_001n;

const linearFutures = modelOf(
  objectField({
    contracts: decimalField(),
    index: priceField(),
    annualBasisRate: decimalField(),
    daysToExpiry: decimalField('notNegative'),
    contingencyRate: decimalField(),
    moves: listField(decimalField()),
  }),
  ({ contracts, index, annualBasisRate, daysToExpiry, contingencyRate, moves }) => {
    const price = futurePriceOf(index, annualBasisRate, daysToExpiry);
    return {
      futurePrice: owned(price),
      contingency: owed(indexContingencyOf(contracts, index, contingencyRate)),
      pnlAtMoves: pnlAtMoves(contracts, price, moves).map(owned),
    };
  },
);

const minimumCharge = modelOf(
  objectField({ contracts: decimalField('notNegative'), minimumPerContract: decimalField() }),
  ({ contracts, minimumPerContract }) => ({ minimumMargin: owed(multiply(contracts, minimumPerContract)) }),
);

const maxLoss = modelOf(
  objectField({
    options: listField(
      objectField({ type: wordField('call', 'put'), quantity: decimalField(), strike: priceOrZeroField() }),
    ),
    evaluateAt: listField(priceOrZeroField()),
  }),
  ({ options, evaluateAt }) => ({
    payoffs: evaluateAt.map((price) => owned(payoffAt(options, price))),
    tailSlope: owned(tailSlopeOf(options)),
    underlyingCollateral: owed(underlyingCollateralOf(options)),
  }),
);

const contingency = modelOf(
  objectField({
    strikes: listField(objectField({ netCalls: decimalField(), netPuts: decimalField() })),
    perShortOption: decimalField(),
    futures: listField(decimalField()),
    futuresRate: decimalField(),
  }),
  ({ strikes, perShortOption, futures, futuresRate }) => ({
    optionContingency: owed(multiply(netShortOptionsOf(strikes), perShortOption)),
    futuresContingency: owed(multiply(matchedFuturesOf(futures), futuresRate)),
  }),
);

const uniformGrid = modelOf(
  objectField({ maxMove: decimalField('notNegative'), buckets: integerField() }),
  ({ maxMove, buckets }) => {
    if (buckets < 3n || buckets % 2n === 0n) {
      throw marginError('OUT_OF_RANGE', `inputs.buckets is ${buckets}; expected an odd count of 3 or more`);
    }
    if (buckets > BUCKETS_MAX) throw marginError('UNDEFINED_RESULT', `inputs.buckets is above ${BUCKETS_MAX}`);
    return { moves: uniformMoves(maxMove, Number(buckets)).map(owned) };
  },
);

const scanRisk = modelOf(
  objectField({
    positions: listField(objectField({ quantity: decimalField(), array: listField(decimalField()) })),
  }),
  ({ positions }) => {
    const length = positions[0]?.array.length;
    requireConsistent(
      positions.every(({ array }) => array.length === length),
      'inputs.positions have arrays of unequal length',
    );
    return { scanRisk: owed(scanRiskOf(positions.map(({ quantity, array }) => ({ quantity, gains: array })))) };
  },
);

const spanRequirement = modelOf(
  objectField({
    scanRisk: decimalField('notNegative'),
    calendarSpreadCharge: optional(decimalField()),
    spotMonthCharge: optional(decimalField()),
    interCommodityCredit: optional(decimalField()),
    shortOptionMinimum: optional(decimalField()),
    netOptionValue: decimalField(),
    exposureMargin: optional(decimalField()),
    exposure: optional(objectField({ rate: decimalField(), price: priceField(), quantity: decimalField() })),
  }),
  (inputs) => {
    const spanMargin = spanRequirementOf(inputs.scanRisk, {
      calendarSpread: inputs.calendarSpreadCharge ?? ZERO,
      spotMonth: inputs.spotMonthCharge ?? ZERO,
      interCommodityCredit: inputs.interCommodityCredit ?? ZERO,
      shortOptionMinimum: inputs.shortOptionMinimum ?? ZERO,
      netOptionValue: inputs.netOptionValue,
    });
    const exposure = exposureMarginOf(inputs.exposureMargin, inputs.exposure);
    return {
      spanMargin: owed(spanMargin),
      exposureMargin: owed(exposure),
      totalMargin: owed(add(spanMargin, exposure)),
    };
  },
);

/** Exposure as an amount, or as a share of what the units are worth, whichever side they are on. */
function exposureMarginOf(
  amount: Fraction | undefined,
  exposure: { readonly rate: Fraction; readonly price: Fraction; readonly quantity: Fraction } | undefined,
): Fraction {
  if (amount !== undefined && exposure === undefined) return amount;
  if (amount === undefined && exposure !== undefined) {
    return multiply(exposure.rate, exposure.price, absolute(exposure.quantity));
  }
  throw marginError('INCONSISTENT_INPUT', 'inputs has both or neither of exposureMargin and exposure; expected one');
}

/** Models of losses over scenarios and at expiry, and their charges. */
export const SCENARIO_MODELS: ModelTable = {
  'portfolio-margin.linear-futures': linearFutures,
  'portfolio-margin.minimum-charge': minimumCharge,
  'max-loss.payoff': maxLoss,
  'contingency.short-options-and-futures': contingency,
  'scenario-grid.uniform': uniformGrid,
  'span.scan-risk': scanRisk,
  'span.requirement': spanRequirement,
};
