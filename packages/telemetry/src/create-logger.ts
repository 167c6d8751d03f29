import type { ObservedEvent } from '@surety/workflows';
import { type DestinationStream, pino } from 'pino';
import { safeFields, safeText } from './safe-fields.js';

/** The stream for log lines; `process.stdout` by default. */
export type LogDestination = DestinationStream;

/** Writes one line of JSON for each event. */
export interface EventLogger {
  write(event: ObservedEvent): void;
  /** Writes that a port is bound, at every log level: other processes wait for this line. */
  announce(url: string): void;
}

/** Makes a logger of JSON lines: level, time in milliseconds, the process's name, the event's name as `msg`, its fields. */
export function createLogger(options: {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly service: string;
  readonly destination?: LogDestination;
}): EventLogger {
  const destination = options.destination ?? process.stdout;
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    write(event) {
      logger[event.level](safeFields(renamed(event.fields)), safeText(event.name));
    },
    announce(url) {
      destination.write(`${JSON.stringify({ level: 'info', msg: 'listening', service: options.service, url })}\n`);
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
