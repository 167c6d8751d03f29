import { areTiersAscending, tieredAmountOf } from '../collateral/tiered-amount.js';
import { sizePremiumOf, sizeScaledLiabilityWeight } from '../collateral/size-weights.js';
import { type Fraction, ZERO, absolute, add, fraction, marginError, multiply, subtract, sum } from '@surety/margin';
import {
  type RawObject,
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
import { openInterestScaledPpm, ppmOfNotional } from '../requirement/open-interest-scaled.js';
import { type Contract, countedPnlOf, worstLossOf } from '../requirement/position-requirement.js';
import { quantumNotionalOf } from '../requirement/quantum-notional.js';
import { liquidationRewardsOf, openingPnlOf, skewedRequirementOf } from '../requirement/skew-scaled.js';
import { strategyMarginOf } from '../requirement/strategy-margin.js';
import { type ModelTable, modelOf } from './model.js';
import { ifAsked, owed, owned } from './print-outputs.js';
import { requireConsistent } from './refuse.js';

const tiered = modelOf(
  objectField({
    amount: decimalField('notNegative'),
    price: priceField(),
    tiers: listField(objectField({ upTo: optional(decimalField('notNegative')), rate: decimalField() })),
  }),
  ({ amount, price, tiers }) => {
    requireConsistent(areTiersAscending(tiers), 'inputs.tiers do not ascend');
    const value = multiply(amount, price);
    const { weighted, lastRate, beyond } = tieredAmountOf(value, tiers);
    // Value that no tier speaks of has no requirement, which is not the same as a requirement of 0.
    if (lastRate === undefined || beyond.n > 0n) {
      throw marginError('UNDEFINED_RESULT', 'the value of the position lies above the last tier');
    }
    return {
      maintenanceMargin: owed(weighted),
      maintenanceDeduction: owned(subtract(multiply(lastRate, value), weighted)),
    };
  },
);

const quantumRequirement = modelOf(
  objectField({
    oraclePrice: integerField('notNegative'),
    priceExponent: integerField(),
    atomicResolution: integerField(),
    positionQuantums: integerField(),
    initialMarginPpm: integerField(),
    maintenanceFractionPpm: integerField(),
    openInterestQuantums: optional(integerField()),
    openInterestLowerCap: optional(integerField()),
    openInterestUpperCap: optional(integerField()),
  }),
  (inputs) => {
    const { openInterestQuantums, openInterestLowerCap: lowerCap, openInterestUpperCap: upperCap } = inputs;
    const scaled = openInterestQuantums !== undefined && lowerCap !== undefined && upperCap !== undefined;
    requireConsistent(
      scaled || (openInterestQuantums === undefined && lowerCap === undefined && upperCap === undefined),
      'inputs has some of openInterestQuantums, openInterestLowerCap, openInterestUpperCap; expected all or none',
    );
    const notionalOf = (quantums: bigint) =>
      quantumNotionalOf(quantums, fraction(inputs.oraclePrice), inputs.priceExponent + inputs.atomicResolution);
    const notional = absolute(notionalOf(inputs.positionQuantums));
    const ppm = scaled
      ? openInterestScaledPpm(inputs.initialMarginPpm, {
          notional: notionalOf(openInterestQuantums),
          lowerCap,
          upperCap,
        })
      : inputs.initialMarginPpm;
    const unscaled = ppmOfNotional(notional, inputs.initialMarginPpm);
    return {
      initialMarginQuantums: ppmOfNotional(notional, ppm).toString(),
      maintenanceMarginQuantums: ppmOfNotional(fraction(unscaled), inputs.maintenanceFractionPpm).toString(),
    };
  },
);

const openInterestScaled = modelOf(
  objectField({
    initialMarginPpm: integerField(),
    openInterestNotional: integerField(),
    openInterestLowerCap: integerField(),
    openInterestUpperCap: integerField(),
    notionalQuantums: optional(integerField('notNegative')),
  }),
  (inputs) => {
    const ppm = openInterestScaledPpm(inputs.initialMarginPpm, {
      notional: fraction(inputs.openInterestNotional),
      lowerCap: inputs.openInterestLowerCap,
      upperCap: inputs.openInterestUpperCap,
    });
    const { notionalQuantums } = inputs;
    return {
      effectiveInitialMarginPpm: ppm.toString(),
      initialMarginQuantums:
        notionalQuantums === undefined ? undefined : ppmOfNotional(fraction(notionalQuantums), ppm).toString(),
    };
  },
);

const boundedPosition = modelOf(
  objectField({
    contractType: wordField('perpetual', 'prediction'),
    size: decimalField(),
    price: priceField(),
    payoutCap: optional(decimalField('notNegative')),
    quoteAmount: optional(decimalField()),
    initialMarginRatio: optional(decimalField()),
    maintenanceMarginRatio: optional(decimalField()),
    imfFactor: optional(decimalField()),
    initialPnlWeight: optional(decimalField()),
    maintenancePnlWeight: optional(decimalField()),
    initialPnlCap: optional(decimalField()),
  }),
  ({ contractType, size, price, payoutCap, quoteAmount, imfFactor = ZERO, ...inputs }) => {
    const contract = contractOf(contractType, size, payoutCap);
    const premium = sizePremiumOf(absolute(size), imfFactor);
    const margin = (ratio: Fraction | undefined) =>
      ratio === undefined || contract === undefined
        ? undefined
        : owed(multiply(worstLossOf(size, price, contract), sizeScaledLiabilityWeight(ratio, premium)));
    const pnl = quoteAmount && add(multiply(size, price), quoteAmount);
    const counted = (weight: Fraction | undefined, cap?: Fraction) =>
      pnl === undefined || weight === undefined ? undefined : owned(countedPnlOf(pnl, weight, cap));
    return {
      initialMargin: margin(inputs.initialMarginRatio),
      maintenanceMargin: margin(inputs.maintenanceMarginRatio),
      unrealisedPnl: ifAsked(pnl, owned),
      countedPnlInitial: counted(inputs.initialPnlWeight, inputs.initialPnlCap),
      countedPnlMaintenance: counted(inputs.maintenancePnlWeight),
    };
  },
);

/** A short of a bounded contract has no worst loss without its cap; a long has. */
function contractOf(type: Contract['type'], size: Fraction, payoutCap: Fraction | undefined): Contract | undefined {
  if (type === 'perpetual') return { type };
  if (payoutCap !== undefined) return { type, payoutCap };
  return size.n < 0n ? undefined : { type, payoutCap: ZERO };
}

const skewScaled = modelOf(
  objectField({
    collateralValue: decimalField(),
    keeperCost: decimalField(),
    maxReward: decimalField(),
    positions: listField(
      objectField({
        market: textField(),
        size: decimalField(),
        price: priceField(),
        skewScale: decimalField(),
        initialMarginFraction: decimalField(),
        minimumInitialMarginRatio: decimalField(),
        maintenanceMarginScalar: decimalField(),
        liquidationRewardRatio: decimalField(),
        minimumPositionMargin: decimalField(),
        startingSkew: decimalField(),
      }),
    ),
  }),
  ({ collateralValue, keeperCost, maxReward, positions }) => {
    const required = positions.map(skewedRequirementOf);
    const initial = sum(required.map((one) => one.initial));
    const openingPnl = sum(positions.map(openingPnlOf));
    const rewards = required.map(({ reward }) => reward);
    const liquidationRewards = liquidationRewardsOf(rewards, keeperCost, maxReward);
    const available = add(collateralValue, openingPnl);
    return {
      initialMargin: owed(initial),
      maintenanceMargin: owed(sum(required.map(({ maintenance }) => maintenance))),
      liquidationRewards: owed(liquidationRewards),
      openingPnl: owned(openingPnl),
      availableMargin: owned(available),
      withdrawableMargin: owned(subtract(subtract(available, initial), liquidationRewards)),
    };
  },
);

/** An option has a strike and a premium, stock has neither. */
function optionNeeds(leg: RawObject): readonly string[] {
  if (leg['type'] !== 'call' && leg['type'] !== 'put') return [];
  return ['strike', 'premium'].filter((name) => !Object.hasOwn(leg, name));
}

const strategy = modelOf(
  objectField({
    underlyingPrice: priceField(),
    underlyingType: wordField('equity', 'broad-index'),
    multiplier: decimalField('notNegative'),
    legs: listField(
      objectField(
        {
          type: wordField('call', 'put', 'stock'),
          quantity: decimalField(),
          strike: optional(priceOrZeroField()),
          premium: optional(priceOrZeroField()),
        },
        optionNeeds,
      ),
    ),
  }),
  ({ legs, ...underlying }) => ({
    strategyMargin: owed(
      strategyMarginOf({
        ...underlying,
        legs: legs.map(({ type, quantity, strike, premium }, at) => {
          if (type !== 'stock') return { type, quantity, strike: strike ?? ZERO, premium: premium ?? ZERO };
          const isBare = strike === undefined && premium === undefined;
          requireConsistent(isBare, `inputs.legs[${at}] is stock, which has no strike and no premium`);
          return { type, quantity };
        }),
      }),
    ),
  }),
);

/** Models of requirements of single positions and strategies. */
export const REQUIREMENT_MODELS: ModelTable = {
  'maintenance-margin.tiered': tiered,
  'perp-margin.dydx-v4': quantumRequirement,
  'initial-margin.open-interest-scaled': openInterestScaled,
  'perp-margin.drift-v2': boundedPosition,
  'perp-margin.synthetix-v3': skewScaled,
  'strategy-margin.reg-t': strategy,
};
