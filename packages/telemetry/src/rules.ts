export * from './aggregator-rules.js';
export * from './drift-rules.js';
export * from './keeper-rules.js';
export * from './metric-rules.js';
export * from './relayer-rules.js';
