export * from './create-logger.js';
export * from './create-metrics.js';
export * from './create-telemetry.js';
export * from './expose-readiness.js';
export * from './rules.js';
export * from './name-trace.js';
export * from './safe-fields.js';
export type { TraceSettings } from './send-spans.js';
export * from './start-health-server.js';
