import type { Model, ModelTable } from './model.js';
import { OPTION_MODELS } from './option-models.js';
import { PORTFOLIO_MODELS } from './portfolio-models.js';

const MODELS: ModelTable = {
  ...OPTION_MODELS,
  ...PORTFOLIO_MODELS,
};

/** Gives the model of a name, or undefined. */
export function modelNamed(name: string): Model | undefined {
  return Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
}
