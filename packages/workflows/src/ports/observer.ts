/** Level of an event: error wakes someone, warn becomes an error if ignored, info is a changed state, debug the rest. */
export type EventLevel = 'error' | 'warn' | 'info' | 'debug';

/** An event, emitted once by the code that detects it. */
export interface ObservedEvent {
  /** A constant, kebab-case: it becomes the log message and picks the metric. */
  readonly name: string;
  readonly level: EventLevel;
  /** Snake-case fields: `chain_id`, `height`, `edge`, `count`, `tx_hash`, `provider`, `code`, `duration_ms`. */
  readonly fields: Readonly<Record<string, string | number | bigint | boolean | null>>;
}

/** Receives events of loops, which never log. */
export interface Observer {
  observe(event: ObservedEvent): void;
}
