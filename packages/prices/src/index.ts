export { type PriceReads, createPriceBoard } from './create-price-board.js';
export * from './create-pull-source.js';
export { type ShadowBoardOptions, createShadowBoard } from './create-shadow-board.js';
export * from './errors.js';
export * from './follow-risk-manager.js';
export type { AskService, PullSourceSpec } from './pull-service.js';
export * from './pyth-offers.js';
export * from './redstone-offers.js';
