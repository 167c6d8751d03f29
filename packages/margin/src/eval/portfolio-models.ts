import type { ModelTable } from './model.js';

/** Margin requirements of whole portfolios. */
export const PORTFOLIO_MODELS: ModelTable = {};
