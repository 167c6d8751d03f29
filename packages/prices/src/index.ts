export * from './create-price-board.js';
export * from './errors.js';
