export * from './bell.js';
export * from './failing-loops.js';
export * from './failure-detail.js';
export * from './keep-running.js';
export * from './retry-delay-ms.js';
export * from './slow-look.js';
