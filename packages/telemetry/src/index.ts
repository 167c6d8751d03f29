export * from './create-logger.js';
export * from './create-metrics.js';
export * from './create-telemetry.js';
export * from './drift-rules.js';
export * from './metric-rules.js';
export * from './safe-fields.js';
export * from './start-health-server.js';
