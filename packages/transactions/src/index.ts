export * from './chain-reads.js';
export * from './describe-revert.js';
export * from './errors.js';
export * from './memory-journal.js';
export * from './open-account.js';
export * from './plan-fees.js';
export * from './rpc.js';
export * from './transaction-sender.js';
