import { ACCOUNT_MODELS } from './account-models.js';
import { AUCTION_MODELS } from './auction-models.js';
import { COLLATERAL_MODELS } from './collateral-models.js';
import { LINE_AUCTION_MODELS } from './line-auction-models.js';
import { LIQUIDATION_MODELS } from './liquidation-models.js';
import type { Model, ModelTable } from './model.js';
import { OPTION_MODELS } from './option-models.js';
import { PORTFOLIO_MODELS } from './portfolio-models.js';
import { REQUIREMENT_MODELS } from './requirement-models.js';
import { SCENARIO_MODELS } from './scenario-models.js';

const MODELS: ModelTable = {
  ...PORTFOLIO_MODELS,
  ...SCENARIO_MODELS,
  ...OPTION_MODELS,
  ...ACCOUNT_MODELS,
  ...COLLATERAL_MODELS,
  ...REQUIREMENT_MODELS,
  ...LIQUIDATION_MODELS,
  ...AUCTION_MODELS,
  ...LINE_AUCTION_MODELS,
};

/** Returns the model of a name, or undefined. */
export function modelNamed(name: string): Model | undefined {
  return Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
}

/** Names of all models. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);
