export * from './bell.js';
export * from './keep-running.js';
export * from './retry-delay-ms.js';
