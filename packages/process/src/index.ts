export * from './end-process.js';
export * from './exit-code.js';
export * from './require-owner.js';
export * from './system-clock.js';
