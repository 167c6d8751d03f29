export * from './advised-command.js';
export * from './explanation.js';
export * from './explain-credit.js';
export * from './explain-holding.js';
export * from './explain-network.js';
export * from './explain-trade.js';
export * from './reasons.js';
