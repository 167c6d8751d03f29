import {
  depositScaledWeight,
  sizeDiscountOf,
  sizePremiumOf,
  sizeScaledAssetWeight,
  sizeScaledLiabilityWeight,
} from '../collateral/size-weights.js';
import { type Tier, areTiersAscending, tieredAmountOf } from '../collateral/tiered-amount.js';
import { type Fraction, ONE, add, compare, fraction, multiply, subtract, sum } from '@surety/margin';
import {
  type RawObject,
  decimalField,
  listField,
  objectField,
  optional,
  priceField,
  textField,
  wordField,
} from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { ifAsked, owed, owned } from './print-outputs.js';
import { requireConsistent } from './refuse.js';

type MarginType = 'initial' | 'fill' | 'maintenance';

/** The mean of two weights needs both of them. */
function fillNeeds(inputs: RawObject): readonly string[] {
  if (inputs['marginType'] !== 'fill') return [];
  return ['AssetWeight', 'LiabilityWeight'].flatMap((kind) => {
    const missing = [`initial${kind}`, `maintenance${kind}`].filter((name) => !Object.hasOwn(inputs, name));
    return missing.length === 1 ? missing : [];
  });
}

function weightOf(type: MarginType, initial?: Fraction, maintenance?: Fraction): Fraction | undefined {
  if (type === 'initial') return initial;
  if (type === 'maintenance') return maintenance;
  if (initial === undefined || maintenance === undefined) return undefined;
  return multiply(add(initial, maintenance), fraction(1n, 2n));
}

const sizeScaled = modelOf(
  objectField(
    {
      marginType: wordField('initial', 'fill', 'maintenance'),
      size: decimalField(),
      imfFactor: decimalField(),
      initialAssetWeight: optional(decimalField()),
      maintenanceAssetWeight: optional(decimalField()),
      initialLiabilityWeight: optional(decimalField()),
      maintenanceLiabilityWeight: optional(decimalField()),
    },
    fillNeeds,
  ),
  (inputs) => {
    const asset = weightOf(inputs.marginType, inputs.initialAssetWeight, inputs.maintenanceAssetWeight);
    const liability = weightOf(inputs.marginType, inputs.initialLiabilityWeight, inputs.maintenanceLiabilityWeight);
    requireConsistent(
      asset !== undefined || liability !== undefined,
      `inputs has neither an asset nor a liability weight for ${inputs.marginType}`,
    );
    const premium = sizePremiumOf(inputs.size, inputs.imfFactor);
    return {
      assetWeight: ifAsked(asset, (weight) => owned(sizeScaledAssetWeight(weight, premium))),
      liabilityWeight: ifAsked(liability, (weight) => owed(sizeScaledLiabilityWeight(weight, premium))),
    };
  },
);

const depositScaled = modelOf(
  objectField({
    initialAssetWeight: decimalField(),
    totalDeposits: decimalField(),
    price: priceField(),
    scaleStartValue: decimalField(),
  }),
  ({ initialAssetWeight, totalDeposits, price, scaleStartValue }) => ({
    assetWeight: owned(depositScaledWeight(initialAssetWeight, multiply(totalDeposits, price), scaleStartValue)),
  }),
);

const tiered = modelOf(
  objectField({
    collaterals: listField(
      objectField({
        asset: textField(),
        amount: decimalField('notNegative'),
        price: priceField(),
        tierUnit: wordField('value', 'amount'),
        tiers: listField(objectField({ upTo: optional(decimalField('notNegative')), weight: decimalField() })),
      }),
    ),
  }),
  ({ collaterals }) => {
    const counted = collaterals.map(({ amount, price, tierUnit, tiers }, at) => {
      requireConsistent(areTiersAscending(tiers), `inputs.collaterals[${at}].tiers do not ascend`);
      const slices: readonly Tier[] = tiers.map(({ weight, ...edge }) => ({ ...edge, rate: weight }));
      return tierUnit === 'value'
        ? tieredAmountOf(multiply(amount, price), slices).weighted
        : multiply(tieredAmountOf(amount, slices).weighted, price);
    });
    return { collateralValue: owned(sum(counted)) };
  },
);

const sizeDiscounted = modelOf(
  objectField({
    collaterals: listField(
      objectField({
        asset: textField(),
        amount: decimalField('notNegative'),
        price: priceField(),
        skewScale: decimalField(),
        scalar: decimalField(),
        lower: decimalField(),
        upper: decimalField(),
      }),
    ),
  }),
  ({ collaterals }) => {
    for (const [at, { lower, upper }] of collaterals.entries()) {
      requireConsistent(compare(lower, upper) <= 0, `inputs.collaterals[${at}].lower is above upper`);
    }
    const discounts = collaterals.map((one) => sizeDiscountOf(one.amount, one));
    const values = collaterals.map(({ amount, price }, at) =>
      multiply(amount, price, subtract(ONE, discounts[at] ?? ONE)),
    );
    return { discounts: discounts.map(owed), collateralValue: owned(sum(values)) };
  },
);

/** Models of collateral weights by size. */
export const COLLATERAL_MODELS: ModelTable = {
  'collateral-weight.imf': sizeScaled,
  'collateral-weight.deposit-scaled': depositScaled,
  'collateral-value.tiered': tiered,
  'collateral-value.size-discount': sizeDiscounted,
};
