export * from './anvil-node.js';
export * from './bare-block.js';
export * from './lying-transport.js';
export * from './manual-clock.js';
export * from './offchain-lookup.js';
export * from './recorded-transport.js';
export * from './serve-final-blocks.js';
export * from './serve-json-rpc.js';
