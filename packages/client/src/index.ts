export * from './aggregator-client.js';
export * from './await-release.js';
export * from './errors.js';
export type { HttpOptions } from './http-json.js';
export * from './read-margin-on-chain.js';
export * from './release-wire.js';
export * from './verify-statement.js';
export * from './watcher-client.js';
export * from './wire.js';
