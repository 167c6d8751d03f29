import type { ObservedEvent } from '@surety/workflows';
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { boundWaiting } from './bound-waiting.js';
import { safeFields, safeText } from './safe-fields.js';
import { formatLogLine } from './format-log-line.js';

/** The stream for log lines; `process.stdout` by default. */
export type LogDestination = DestinationStream;

/** From which level on a process logs, and whether it writes JSON or text for people. */
export interface LogSettings {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'text';
}

/** Writes one line for each event. */
export interface EventLogger {
  write(event: ObservedEvent): void;
  /** Writes that a port is bound, at every log level: other processes wait for this line. */
  announce(url: string): void;
}

/**
 * Makes a logger of lines: level, time (ISO 8601, UTC), the process's name, the event's name as `msg`, its fields. As JSON
 * the members have these names; as text they stand in this order.
 */
export function createLogger(
  options: LogSettings & { readonly service: string; readonly destination?: LogDestination },
): EventLogger {
  const raw = boundWaiting(options.destination ?? process.stdout, (lines) =>
    atAnyLevel().warn({ lines }, 'log-lines-dropped'),
  );
  const text: LogDestination = { write: (line) => raw.write(formatLogLine(line)) };
  const destination = options.format === 'text' ? text : raw;
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const atAnyLevel = (): typeof logger => logger.child({}, { level: 'info' });
  return {
    write(event) {
      logger[event.level](safeFields(renamed(event.fields)), safeText(event.name));
    },
    announce(url) {
      atAnyLevel().info({ url }, 'listening');
    },
  };
}

/** Fields must not stand in for the line's own members. */
function renamed(fields: ObservedEvent['fields']): ObservedEvent['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      /^(level|time|msg|service)$/.test(name) ? `event_${name}` : name,
      value,
    ]),
  );
}
