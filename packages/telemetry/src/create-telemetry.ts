import type { Observer } from '@surety/workflows';
import type { Registry } from 'prom-client';
import { type LogDestination, type LogSettings, createLogger } from './create-logger.js';
import { createMetrics } from './create-metrics.js';
import type { MetricRule } from './metric-rules.js';

/** The logger, metrics and observer of a process. */
export interface Telemetry {
  /** Turns each event into one log line and its metrics. */
  readonly observer: Observer;
  readonly registry: Registry;
  /** Writes the one line that names the bound URL. */
  announce(url: string): void;
}

/** Makes the observer of one process: lines on standard output, metrics in a registry. It never throws. */
export function createTelemetry(options: {
  readonly service: string;
  readonly log: LogSettings;
  readonly rules?: readonly MetricRule[];
  readonly destination?: LogDestination;
  /** Adds metrics of the process itself (memory, event loop); true by default. */
  readonly defaults?: boolean;
}): Telemetry {
  const { service, log, rules = [], destination, defaults = true } = options;
  const logger = createLogger({ service, ...log, ...(destination === undefined ? {} : { destination }) });
  const metrics = createMetrics({ rules, defaults });
  return {
    registry: metrics.registry,
    announce: (url) => logger.announce(url),
    observer: {
      observe(event) {
        metrics.record(event);
        logger.write(event);
      },
    },
  };
}
