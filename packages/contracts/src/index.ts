export * from './contract-code.js';
export * from './generated/index.js';
export * from './hash.js';
export * from './slots.js';
