import {
  collateralAndRequirementOf,
  priceBandOf,
  type PerpBalance,
  type SpotBalance,
  withdrawableOf,
} from '../account/collateral-and-requirement.js';
import { accountHealthOf, type HealthPerp, type HealthToken, type Weights } from '../account/token-health.js';
import { netEquityOf, unrealisedPnlOf } from '../account/unweighted-equity.js';
import { borrowScaledWeight, depositScaledWeight } from '../collateral/size-weights.js';
import {
  type Fraction,
  ONE,
  ZERO,
  add,
  fraction,
  maximum,
  minimum,
  multiply,
  positivePart,
  subtract,
} from '@surety/margin';
import {
  type RawObject,
  type ValueOf,
  booleanField,
  decimalField,
  integerField,
  isRawObject,
  listField,
  objectField,
  optional,
  priceField,
  priceOrZeroField,
  textField,
  wordField,
} from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { ifAsked, owed, owned } from './print-outputs.js';
import { requireConsistent, requireDistinct } from './refuse.js';

const healthFields = objectField(
  {
    healthType: wordField('init', 'maint', 'liquidationEnd'),
    tokens: listField(
      objectField(
        {
          token: textField(),
          balance: decimalField(),
          price: priceField(),
          initAssetWeight: decimalField(),
          initLiabWeight: decimalField(),
          maintAssetWeight: decimalField(),
          maintLiabWeight: decimalField(),
          available: booleanField(),
          totalDeposits: optional(decimalField()),
          depositScaleStartQuote: optional(decimalField()),
          totalBorrows: optional(decimalField()),
          borrowScaleStartQuote: optional(decimalField()),
          potentialOrderTokens: optional(decimalField()),
        },
        scaleNeeds,
      ),
    ),
    spotMarkets: listField(
      objectField({
        base: textField(),
        quote: textField(),
        reservedBase: decimalField(),
        reservedQuote: decimalField(),
        lowestAsk: optional(priceOrZeroField()),
        highestBid: optional(priceOrZeroField()),
      }),
    ),
    perpMarkets: listField(
      objectField({
        price: priceField(),
        settleToken: textField(),
        base: decimalField(),
        quote: decimalField(),
        bidsBase: decimalField('notNegative'),
        asksBase: decimalField('notNegative'),
        initBaseAssetWeight: decimalField(),
        initBaseLiabWeight: decimalField(),
        initOverallAssetWeight: decimalField(),
        maintBaseAssetWeight: optional(decimalField()),
        maintBaseLiabWeight: optional(decimalField()),
        maintOverallAssetWeight: optional(decimalField()),
      }),
    ),
  },
  maintenanceNeeds,
);

type HealthInputs = ValueOf<typeof healthFields>;

/** A scale needs the amount that it is measured with. */
function scaleNeeds(token: RawObject): readonly string[] {
  const pairs = [
    ['depositScaleStartQuote', 'totalDeposits'],
    ['borrowScaleStartQuote', 'totalBorrows'],
  ] as const;
  return pairs
    .filter(([start, total]) => Object.hasOwn(token, start) && !Object.hasOwn(token, total))
    .map(([, total]) => total);
}

function maintenanceNeeds({ healthType, perpMarkets }: RawObject): readonly string[] {
  if (healthType !== 'maint' || !Array.isArray(perpMarkets)) return [];
  return perpMarkets.flatMap((perp: unknown, at) =>
    ['maintBaseAssetWeight', 'maintBaseLiabWeight', 'maintOverallAssetWeight']
      .filter((name) => isRawObject(perp) && !Object.hasOwn(perp, name))
      .map((name) => `perpMarkets[${at}].${name}`),
  );
}

function tokenWeights(token: HealthInputs['tokens'][number], type: HealthInputs['healthType']): Weights {
  if (type === 'maint') return { asset: token.maintAssetWeight, liability: token.maintLiabWeight };
  const [asset, liability] = [token.initAssetWeight, token.initLiabWeight];
  if (type === 'liquidationEnd') return { asset, liability };
  const { depositScaleStartQuote, borrowScaleStartQuote, totalDeposits = ZERO, totalBorrows = ZERO } = token;
  const deposits = multiply(add(totalDeposits, token.potentialOrderTokens ?? ZERO), token.price);
  const borrows = multiply(totalBorrows, token.price);
  return {
    asset: depositScaleStartQuote === undefined ? asset : depositScaledWeight(asset, deposits, depositScaleStartQuote),
    liability:
      borrowScaleStartQuote === undefined ? liability : borrowScaledWeight(liability, borrows, borrowScaleStartQuote),
  };
}

function healthPerp(perp: HealthInputs['perpMarkets'][number], type: HealthInputs['healthType']): HealthPerp {
  const maintenance = type === 'maint';
  const pick = (initial: Fraction, maint: Fraction | undefined) => (maintenance ? (maint ?? initial) : initial);
  return {
    ...perp,
    weights: {
      asset: pick(perp.initBaseAssetWeight, perp.maintBaseAssetWeight),
      liability: pick(perp.initBaseLiabWeight, perp.maintBaseLiabWeight),
    },
    overallWeight: pick(perp.initOverallAssetWeight, perp.maintOverallAssetWeight),
  };
}

const health = modelOf(healthFields, ({ healthType, tokens, spotMarkets, perpMarkets }) => {
  requireDistinct(
    tokens.map(({ token }) => token),
    'inputs.tokens',
  );
  const weighed: readonly HealthToken[] = tokens.map((token) => ({
    ...token,
    weights: token.available ? tokenWeights(token, healthType) : { asset: ZERO, liability: ONE },
  }));
  const perps = perpMarkets.map((perp) => healthPerp(perp, healthType));
  return { health: owned(accountHealthOf({ tokens: weighed, markets: spotMarkets, perps })) };
});

const marginFields = objectField({
  marginType: wordField('initial', 'maintenance'),
  strict: booleanField(),
  openOrderFee: decimalField(),
  quote: objectField({ amount: decimalField(), price: priceField(), twap5m: optional(priceField()) }),
  spots: listField(
    objectField({
      asset: textField(),
      amount: decimalField(),
      price: priceField(),
      twap5m: optional(priceField()),
      initialAssetWeight: decimalField(),
      maintenanceAssetWeight: decimalField(),
      initialLiabilityWeight: decimalField(),
      maintenanceLiabilityWeight: decimalField(),
      openBids: decimalField('notNegative'),
      openAsks: decimalField('notPositive'),
      openOrders: integerField('notNegative'),
    }),
  ),
  perps: listField(
    objectField({
      market: textField(),
      size: decimalField(),
      price: priceField(),
      quoteAmount: decimalField(),
      initialMarginRatio: decimalField(),
      maintenanceMarginRatio: decimalField(),
      isolatedDeposit: optional(decimalField()),
    }),
  ),
  userMarginRatio: optional(decimalField()),
  liquidationBufferRatio: optional(decimalField()),
  withdraw: optional(objectField({ asset: textField(), dust: decimalField() })),
});

type MarginInputs = ValueOf<typeof marginFields>;

function bandOf(inputs: MarginInputs, { price, twap5m }: { price: Fraction; twap5m?: Fraction }) {
  return priceBandOf(price, inputs.strict ? twap5m : undefined);
}

function spotBalance(spot: MarginInputs['spots'][number], inputs: MarginInputs): SpotBalance {
  const initial = inputs.marginType === 'initial';
  const own = initial ? inputs.userMarginRatio : undefined;
  const asset = initial ? spot.initialAssetWeight : spot.maintenanceAssetWeight;
  const liability = initial ? spot.initialLiabilityWeight : spot.maintenanceLiabilityWeight;
  return {
    ...spot,
    band: bandOf(inputs, spot),
    weights: {
      asset: own === undefined ? asset : minimum(asset, positivePart(subtract(ONE, own))),
      liability: own === undefined ? liability : maximum(liability, add(ONE, own)),
    },
    orderFees: multiply(inputs.openOrderFee, fraction(spot.openOrders)),
  };
}

function perpBalance(perp: MarginInputs['perps'][number], inputs: MarginInputs): PerpBalance {
  const initial = inputs.marginType === 'initial';
  const ratio = initial ? perp.initialMarginRatio : perp.maintenanceMarginRatio;
  return { ...perp, marginRatio: initial ? maximum(ratio, inputs.userMarginRatio ?? ratio) : ratio };
}

/** The cross part of an account: everything but isolated perpetuals. */
function crossMargin(inputs: MarginInputs) {
  return collateralAndRequirementOf(
    {
      quote: inputs.quote.amount,
      quoteBand: bandOf(inputs, inputs.quote),
      spots: inputs.spots.map((spot) => spotBalance(spot, inputs)),
      perps: inputs.perps
        .filter(({ isolatedDeposit }) => isolatedDeposit === undefined)
        .map((perp) => perpBalance(perp, inputs)),
    },
    inputs.liquidationBufferRatio ?? ZERO,
  );
}

function isolatedMargin(inputs: MarginInputs) {
  const isolated = inputs.perps.filter(({ isolatedDeposit }) => isolatedDeposit !== undefined);
  requireConsistent(isolated.length <= 1, 'inputs.perps has more than one isolatedDeposit');
  const [perp] = isolated;
  if (perp === undefined) return undefined;
  return collateralAndRequirementOf(
    {
      quote: perp.isolatedDeposit ?? ZERO,
      quoteBand: bandOf(inputs, inputs.quote),
      spots: [],
      perps: [perpBalance(perp, inputs)],
    },
    inputs.liquidationBufferRatio ?? ZERO,
  );
}

/** The initial margin always judges a withdrawal, whatever margin the request names. */
function maxWithdraw(inputs: MarginInputs): Fraction | undefined {
  if (inputs.withdraw === undefined) return undefined;
  const { asset, dust } = inputs.withdraw;
  const initial: MarginInputs = { ...inputs, marginType: 'initial' };
  const spot = initial.spots.find((one) => one.asset === asset);
  requireConsistent(spot !== undefined, `inputs.withdraw.asset ${JSON.stringify(asset)} is not among the spots`);
  if (spot === undefined) return undefined;
  const { collateral, requirement } = crossMargin(initial);
  return withdrawableOf(spotBalance(spot, initial), subtract(collateral, requirement), dust);
}

const crossAndIsolated = modelOf(marginFields, (inputs) => {
  requireDistinct(
    inputs.spots.map(({ asset }) => asset),
    'inputs.spots',
  );
  requireDistinct(
    inputs.perps.map(({ market }) => market),
    'inputs.perps',
  );
  const isolated = isolatedMargin(inputs);
  const withdrawable = maxWithdraw(inputs);
  const cross = crossMargin(inputs);
  return {
    totalCollateral: owned(cross.collateral),
    marginRequirement: owed(cross.requirement),
    totalCollateralWithBuffer: owned(cross.collateralWithBuffer),
    marginRequirementWithBuffer: owed(cross.requirementWithBuffer),
    isolatedTotalCollateral: ifAsked(isolated?.collateral, owned),
    isolatedMarginRequirement: ifAsked(isolated?.requirement, owed),
    isolatedTotalCollateralWithBuffer: ifAsked(isolated?.collateralWithBuffer, owned),
    isolatedMarginRequirementWithBuffer: ifAsked(isolated?.requirementWithBuffer, owed),
    maxWithdraw: ifAsked(withdrawable, owned),
  };
});

const equity = modelOf(
  objectField({
    balances: listField(objectField({ asset: textField(), amount: decimalField(), price: priceField() })),
    positions: listField(
      objectField({ size: decimalField(), entryPrice: priceOrZeroField(), markPrice: priceField() }),
    ),
    otherUnrealisedPnl: optional(decimalField()),
  }),
  ({ balances, positions, otherUnrealisedPnl = ZERO }) => {
    const pnl = add(unrealisedPnlOf(positions), otherUnrealisedPnl);
    return { unrealisedPnl: owned(pnl), netEquity: owned(netEquityOf(balances, pnl)) };
  },
);

/** Health, margin and equity of whole accounts. */
export const ACCOUNT_MODELS: ModelTable = {
  'health.mango-v4': health,
  'account-margin.drift-v2': crossAndIsolated,
  'account-equity': equity,
};
