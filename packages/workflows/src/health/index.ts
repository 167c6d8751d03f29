export * from './find-unlisted.js';
export * from './health-points.js';
export * from './health-watch.js';
export * from './keep-folded.js';
export { HEALTH_IN_TURN, HEALTH_READ_MAX } from './limits.js';
export * from './self-check.js';
export * from './stress-debtors.js';
export * from './weigh-account.js';
