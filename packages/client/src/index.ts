export * from './aggregator-client.js';
export * from './errors.js';
export type { HttpOptions } from './http-json.js';
export * from './wire.js';
