export * from './aggregator-rules.js';
export * from './drift-rules.js';
export * from './keeper-rules.js';
export type { MetricRule } from './metric-rules.js';
export * from './relayer-rules.js';
export * from './watcher-rules.js';
