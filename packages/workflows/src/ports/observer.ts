/** How much an event matters: error wakes someone, warn becomes an error if left, info is a changed state, debug the rest. */
export type EventLevel = 'error' | 'warn' | 'info' | 'debug';

/** Something that happened, told once by whoever knows it. */
export interface ObservedEvent {
  /** A constant, kebab-case: it becomes the log message and picks the metric. */
  readonly name: string;
  readonly level: EventLevel;
  /** Snake-case fields: `chain_id`, `height`, `edge`, `count`, `tx_hash`, `provider`, `code`, `duration_ms`. */
  readonly fields: Readonly<Record<string, string | number | bigint | boolean | null>>;
}

/** Where loops tell what happened; they never log. */
export interface Observer {
  observe(event: ObservedEvent): void;
}
