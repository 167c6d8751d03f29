export * from './keep-prices-fresh.js';
export { BATCH_ENTRIES_MAX, BATCH_GAS_CEILING, TRANSACTION_GAS_MAX } from './limits.js';
export * from './plan-batches.js';
export * from './plan-pokes.js';
export * from './plan-refresh.js';
export * from './relay-edge.js';
export * from './replica-of.js';
