export * from './exit-code.js';
export * from './system-clock.js';
