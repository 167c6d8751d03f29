export * from './account-margin.js';
export * from './errors.js';
export * from './eval/evaluate-batch.js';
export * from './line-margin.js';
export * from './line-price.js';
export * from './source-freshness.js';
export * from './weight-ramp.js';
