export * from './hash.js';
export * from './slots.js';
