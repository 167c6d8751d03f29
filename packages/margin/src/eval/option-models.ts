import type { ModelTable } from './model.js';

/** Options, volatility and arithmetic. */
export const OPTION_MODELS: ModelTable = {};
