import { bankruptcyQuoteOf, fillablePriceOf } from '../liquidation/closing-price.js';
import {
  type FactoredValue,
  exceedsCollateral,
  healthFactorOfValues,
  isUndercollateralised,
} from '../liquidation/liquidation-predicates.js';
import {
  assetForLiability,
  liabilityForAsset,
  liabilityForShortage,
  perpSizeForShortage,
  socialisedLossPerUnit,
} from '../liquidation/shortage-size.js';
import { debtToTargetOf, liquidationAmountsOf, liquidationBonusOf } from '../liquidation/target-health.js';
import { type Fraction, ZERO, fraction, printDecimal, printFraction, quotient } from '@surety/margin';
import {
  type RawObject,
  decimalField,
  integerField,
  listField,
  objectField,
  optional,
  priceField,
  textField,
  wordField,
} from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { decimalsOf, ifAsked, owed, owned } from './print-outputs.js';
import { requireConsistent, requireDistinct } from './refuse.js';

const healthFactor = modelOf(
  objectField({
    collaterals: listField(objectField({ value: decimalField(), liquidationThreshold: decimalField('share') })),
    debt: decimalField('notNegative'),
  }),
  ({ collaterals, debt }) => {
    const values = collaterals.map(({ value, liquidationThreshold }) => ({ value, factor: liquidationThreshold }));
    return { healthFactor: owned(healthFactorOfValues(values, debt)) };
  },
);

const requirementPredicate = modelOf(
  objectField({
    quoteBalance: decimalField(),
    positions: listField(
      objectField({ size: decimalField(), price: priceField(), maintenanceMarginRatio: decimalField() }),
    ),
  }),
  ({ quoteBalance, positions }) => ({ liquidatable: isUndercollateralised(quoteBalance, positions) }),
);

const factorPredicate = modelOf(
  objectField({
    debt: decimalField('notNegative'),
    collateral: listField(
      objectField({
        value: decimalField('notNegative'),
        liquidateCollateralFactor: optional(decimalField('share')),
        borrowCollateralFactor: optional(decimalField('share')),
      }),
    ),
  }),
  ({ debt, collateral }) => {
    const exceeds = (factorOf: (one: (typeof collateral)[number]) => Fraction | undefined) => {
      const factored: readonly FactoredValue[] = collateral.flatMap((one) => {
        const factor = factorOf(one);
        return factor === undefined ? [] : [{ value: one.value, factor }];
      });
      return factored.length === collateral.length ? exceedsCollateral(debt, factored) : undefined;
    };
    const uncovered = exceeds((one) => one.borrowCollateralFactor);
    return {
      liquidatable: exceeds((one) => one.liquidateCollateralFactor),
      borrowCollateralised: uncovered === undefined ? undefined : !uncovered,
    };
  },
);

const closingFields = {
  quoteBalanceQuantums: integerField(),
  positions: listField(
    objectField({
      market: textField(),
      baseQuantums: integerField(),
      oraclePrice: priceField(),
      atomicResolution: integerField(),
      maintenanceMarginRatio: decimalField(),
    }),
  ),
  closingMarket: textField(),
} as const;

function requireDistinctMarkets(positions: readonly { readonly market: string }[]): void {
  requireDistinct(
    positions.map(({ market }) => market),
    'inputs.positions',
  );
}

const bankruptcyPrice = modelOf(
  objectField({ ...closingFields, deltaQuantums: integerField() }),
  ({ deltaQuantums, ...account }) => {
    requireDistinctMarkets(account.positions);
    return { quoteQuantums: bankruptcyQuoteOf(account, deltaQuantums).toString() };
  },
);

const fillablePrice = modelOf(
  objectField({ ...closingFields, bankruptcyAdjustment: decimalField(), spreadToMaintenance: decimalField() }),
  ({ bankruptcyAdjustment, spreadToMaintenance, ...account }) => {
    requireDistinctMarkets(account.positions);
    return { price: printFraction(fillablePriceOf(account, { bankruptcyAdjustment, spreadToMaintenance })) };
  },
);

const bonus = modelOf(
  objectField({
    maxBonusBps: integerField(),
    bonusFactorBps: integerField(),
    hfForMaxBonus: decimalField('belowOne'),
    healthFactor: decimalField('belowOne'),
  }),
  (inputs) => {
    const curve = {
      maxBonusBps: fraction(inputs.maxBonusBps),
      bonusFactorBps: fraction(inputs.bonusFactorBps),
      healthForMaxBonus: inputs.hfForMaxBonus,
    };
    // The liquidator's part is taken from the account, but the source drops fractions of a basis point.
    return { bonusBps: owned(liquidationBonusOf(curve, inputs.healthFactor)) };
  },
);

const targetSize = modelOf(
  objectField({
    debtValue: decimalField('notNegative'),
    healthFactor: decimalField(),
    targetHealthFactor: decimalField(),
    bonus: decimalField(),
    collateralFactor: decimalField(),
    debtPrice: priceField(),
    collateralPrice: optional(priceField()),
    protocolFeeOnBonus: optional(decimalField()),
    collateralAvailable: optional(decimalField('notNegative')),
  }),
  ({ debtPrice, collateralPrice, protocolFeeOnBonus = ZERO, collateralAvailable, ...debt }) => {
    const debtToTarget = quotient(debtToTargetOf(debt), debtPrice);
    const amounts =
      collateralPrice &&
      liquidationAmountsOf(debtToTarget, {
        debtPrice,
        collateralPrice,
        bonus: debt.bonus,
        protocolFeeOnBonus,
        available: collateralAvailable,
      });
    return {
      debtToTarget: owed(debtToTarget),
      debtRepaid: ifAsked(amounts?.debtRepaid, owed),
      collateralSeized: ifAsked(amounts?.collateralSeized, owned),
      collateralToLiquidator: ifAsked(amounts?.collateralToLiquidator, owned),
    };
  },
);

const perpSize = modelOf(
  objectField({
    marginShortage: decimalField(),
    marginRatio: decimalField(),
    liquidatorFee: decimalField(),
    insuranceFee: decimalField(),
    oraclePrice: priceField(),
    quotePrice: priceField(),
  }),
  ({ marginShortage, ...terms }) => ({ size: owed(perpSizeForShortage(marginShortage, terms)) }),
);

const spotSize = modelOf(
  objectField({
    marginShortage: decimalField(),
    assetWeight: decimalField(),
    assetMultiplier: decimalField(),
    liabilityWeight: decimalField(),
    liabilityMultiplier: decimalField(),
    price: priceField(),
    insuranceFee: decimalField(),
  }),
  ({ marginShortage, ...terms }) => {
    const amount = liabilityForShortage(marginShortage, terms);
    return { liabilityAmount: ifAsked(amount, owed), unbounded: amount === undefined };
  },
);

/** The direction says which of the two amounts is given. */
function transferNeeds(inputs: RawObject): readonly string[] {
  const given = { liabilityForAsset: 'assetAmount', assetForLiability: 'liabilityAmount' };
  return Object.entries(given)
    .filter(([direction, amount]) => inputs['direction'] === direction && !Object.hasOwn(inputs, amount))
    .map(([, amount]) => amount);
}

const transfer = modelOf(
  objectField(
    {
      direction: wordField('liabilityForAsset', 'assetForLiability'),
      assetAmount: optional(decimalField()),
      liabilityAmount: optional(decimalField()),
      assetPrice: priceField(),
      assetMultiplier: decimalField(),
      liabilityPrice: priceField(),
      liabilityMultiplier: decimalField(),
      decimals: integerField('notNegative'),
    },
    transferNeeds,
  ),
  ({ direction, assetAmount, liabilityAmount, decimals, ...terms }) => {
    requireConsistent(
      assetAmount === undefined || liabilityAmount === undefined,
      `inputs has both assetAmount and liabilityAmount; ${direction} gives one from the other`,
    );
    const places = decimalsOf(decimals);
    // The liquidator takes over what it owes in full and is given no more than it paid for.
    return direction === 'liabilityForAsset'
      ? { liabilityAmount: printDecimal(liabilityForAsset(assetAmount ?? ZERO, terms), 'ceil', places) }
      : { assetAmount: printDecimal(assetForLiability(liabilityAmount ?? ZERO, terms), 'floor', places) };
  },
);

const socialisedLoss = modelOf(
  objectField({
    loss: decimalField('notNegative'),
    longSize: decimalField('notNegative'),
    shortSize: decimalField(),
    decimals: integerField('notNegative'),
  }),
  ({ loss, longSize, shortSize, decimals }) => ({
    fundingRateDelta: printDecimal(socialisedLossPerUnit(loss, longSize, shortSize), 'ceil', decimalsOf(decimals)),
  }),
);

/** Models of liquidation: eligibility, size, price, and the split of the loss. */
export const LIQUIDATION_MODELS: ModelTable = {
  'health-factor.aave-v3': healthFactor,
  'liquidation-predicate.dydx-v4': requirementPredicate,
  'liquidation-predicate.comet': factorPredicate,
  'liquidation-price.bankruptcy': bankruptcyPrice,
  'liquidation-price.fillable': fillablePrice,
  'liquidation-bonus.aave-v4': bonus,
  'liquidation-size.aave-v4': targetSize,
  'liquidation-size.perp': perpSize,
  'liquidation-size.spot': spotSize,
  'liquidation-transfer.spot': transfer,
  'loss-socialisation.funding': socialisedLoss,
};
