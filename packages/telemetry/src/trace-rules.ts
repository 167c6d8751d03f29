/** The rule that turns an event into a span in the trace of each entry that it tells of. */
export interface TraceRule {
  /** Name of the event. It carries `edge`. */
  readonly event: string;
  /** Name of the span; without one, the event's `stage`. */
  readonly span?: string;
  /** The field with the index of the one entry. Without one the entries are those above `from` up to `count`. */
  readonly index?: string;
  /** When the span begins: at the block time in `as_of`, `duration_ms` ago, or when this process last heard of the entry. */
  readonly begins: 'as-of' | 'duration' | 'heard';
}

/** The spans of an entry's way, by the process that knows: watcher, aggregator, relayer. */
export const TRACE_RULES: readonly TraceRule[] = [
  { event: 'frame-signed', span: 'sign', begins: 'as-of' },
  { event: 'stage-reached', begins: 'heard' },
  { event: 'payment-stage-reached', index: 'index', begins: 'heard' },
  { event: 'batch-applied', span: 'apply', begins: 'duration' },
  { event: 'head-published', span: 'publish', begins: 'duration' },
  { event: 'head-confirmed', span: 'confirm', begins: 'duration' },
  { event: 'release-paid', span: 'pay', index: 'seq', begins: 'duration' },
];

/** Stages after which nothing more happens to an entry by itself: the trace's own span ends. */
export const LAST_STAGES: ReadonlySet<string> = new Set(['applied', 'paid', 'refunded', 'refused']);
