export * from './ports/aggregator-api.js';
export * from './ports/attester.js';
export * from './ports/clock.js';
export * from './ports/observer.js';
export * from './ports/origin-chain.js';
