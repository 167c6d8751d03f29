export * from './chain-tables.js';
export { OPERATORS_MIN, PROVIDERS_MIN } from './check-network.js';
export * from './errors.js';
export * from './json-schema.js';
export * from './lint-network.js';
export * from './load-config.js';
export type { ChainFile, NetworkFile } from './network-schema.js';
export * from './parse-network.js';
export * from './secret.js';
