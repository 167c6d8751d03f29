import { mulDivUp } from '@surety/domain';
import type { AssetRequest, ChainRequest } from './chain-request.js';
import type { DeploymentRequest } from './deployment-request.js';
import { vaultChainsOf } from './local-vault.js';
import { problemsOfMarkets } from './market-request.js';
import { problemsOfReadings, problemsOfUnderlying } from './price-request.js';

/** The smallest lock pays its fee. @source IVaultAdmin.setLockFee */
const LOCK_FEE_BP_MAX = 10_000;

/** Thousandths of a token above which a cap or a limit bounds nothing: a million milliards of whole tokens. */
const BOUND_MAX_THOUSANDTHS = 10n ** 18n;

/** @source LedgerTerms.DECIMALS_MAX, TokenScale.DECIMALS_MAX */
const DECIMALS_MAX = 24;

/** @source LedgerTerms: the most that an asset weighs, in basis points. */
const WEIGHT_MAX = { initialBp: 9_500, maintenanceBp: 9_800 } as const;

/** @source LedgerTerms: a source may weigh in full. */
const SOURCE_WEIGHT_MAX = { initialBp: 10_000, maintenanceBp: 10_000 } as const;

/** Weights of an asset or a source, in basis points. */
type Weights = Pick<AssetRequest, keyof typeof WEIGHT_MAX>;

/** Lists price slots, markets and assets that contradict each other or their contracts. */
export function problemsOfAssets(request: DeploymentRequest): string[] {
  const { settlement, profile } = request;
  const slots = new Set(settlement.underlyings.map(({ id }) => id));
  const problems = settlement.underlyings.flatMap((underlying) => problemsOfUnderlying(underlying, profile));
  problems.push(...problemsOfReadings(settlement.underlyings));
  if (slots.size !== settlement.underlyings.length || slots.has(0))
    problems.push('plan.settlement.underlyings: ids must differ and start from 1');
  problems.push(...problemsOfMarkets(settlement.markets ?? [], slots));
  return [...problems, ...vaultChainsOf(request).flatMap((chain) => problemsOfChainAssets(chain, slots))];
}

/** Lists tokens of one chain that contradict themselves, the price slots or the contracts. */
export function problemsOfChainAssets(
  { name, assets, ...source }: Pick<ChainRequest, 'name' | 'assets'> & Weights,
  slots: ReadonlySet<number>,
): string[] {
  const problems = problemsOfWeights(name, source, SOURCE_WEIGHT_MAX);
  if (assets.length === 0) problems.push(`${name}: no asset is listed; expected at least one`);
  for (const field of ['symbol', 'token'] as const) {
    const values = assets.map((asset) => asset[field]);
    for (const value of new Set(values.filter((one, at) => values.indexOf(one) !== at)))
      problems.push(`${name}.assets list the ${field} ${value} twice; expected each once`);
  }
  for (const asset of assets) {
    if (!slots.has(asset.underlying))
      problems.push(
        `${name}.${asset.symbol}: underlying ${asset.underlying} is not listed; expected one of ${[...slots].join(', ')}`,
      );
    const numbers = {
      minMillionths: asset.minMillionths,
      capThousandths: asset.capThousandths,
      limitThousandths: asset.limitThousandths,
      token: BigInt(asset.token),
    };
    for (const [field, amount] of Object.entries(numbers)) {
      if (amount === 0n) problems.push(`${name}.${asset.symbol}.${field} is 0; expected a value above 0`);
    }
    for (const field of ['capThousandths', 'limitThousandths'] as const) {
      if (asset[field] > BOUND_MAX_THOUSANDTHS)
        problems.push(
          `${name}.${asset.symbol}.${field} is ${asset[field]}; expected at most ${BOUND_MAX_THOUSANDTHS}: above that it bounds nothing`,
        );
    }
    if (asset.decimals > DECIMALS_MAX)
      problems.push(`${name}.${asset.symbol}.decimals is ${asset.decimals}; expected at most ${DECIMALS_MAX}`);
    problems.push(...problemsOfWeights(`${name}.${asset.symbol}`, asset, WEIGHT_MAX));
    const { lockFeeBp = 0 } = asset;
    if (lockFeeBp > LOCK_FEE_BP_MAX)
      problems.push(`${name}.${asset.symbol}.lockFeeBp is ${lockFeeBp}; expected at most ${LOCK_FEE_BP_MAX}`);
    // 3 / 40 of the limit in thousandths against the minimum in millionths: the vault refuses it, LimitBelowMinimum.
    const least = mulDivUp(asset.minMillionths, 1n, 75n);
    if (asset.limitThousandths !== 0n && asset.limitThousandths < least)
      problems.push(
        `${name}.${asset.symbol}.limitThousandths is ${asset.limitThousandths}; expected at least ${least}, so that 3/40 of it reach minMillionths`,
      );
  }
  return problems;
}

/** The ledger refuses such weights of an asset or a source, behind a timelock only after its delay. */
function problemsOfWeights(path: string, weights: Weights, most: Weights): string[] {
  const { initialBp, maintenanceBp } = weights;
  const problems = (['initialBp', 'maintenanceBp'] as const)
    .filter((field) => weights[field] > most[field])
    .map((field) => `${path}.${field} is ${weights[field]}; expected at most ${most[field]}`);
  if (initialBp > maintenanceBp)
    problems.push(`${path}.initialBp is ${initialBp}; expected at most maintenanceBp, ${maintenanceBp}`);
  return problems;
}
