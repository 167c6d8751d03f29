/** Labels that a metric may carry; each has a bounded number of values. */
export type MetricLabel =
  | 'chain_id'
  | 'edge'
  | 'attester'
  | 'provider'
  | 'aggregator'
  | 'code'
  | 'reason'
  | 'method'
  | 'act'
  | 'stage'
  | 'source'
  | 'direction'
  | 'step'
  | 'witness';

/** The rule that turns one field of one event into a metric. */
export interface MetricRule {
  /** Name of the event. */
  readonly event: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** `surety_<noun>_<unit>`. */
  readonly metric: string;
  readonly help: string;
  /** The field that is added, set or observed; without one, 1 is added. */
  readonly field?: string;
  /** Factor applied to the field, such as 0.001 for milliseconds to seconds. */
  readonly scale?: number;
  readonly labels: readonly MetricLabel[];
}

/** Metrics of a watcher's events. */
export const WATCHER_RULES: readonly MetricRule[] = [
  ...['frame-signed', 'frame-passed'].flatMap((event): MetricRule[] => [
    {
      event,
      kind: 'gauge',
      metric: 'surety_verified_height_blocks',
      help: 'Height of the last verified frame of a journal.',
      field: 'height',
      labels: ['chain_id', 'edge'],
    },
    {
      event,
      kind: 'gauge',
      metric: 'surety_verified_count_entries',
      help: 'Count of a journal under the last verified frame.',
      field: 'count',
      labels: ['chain_id', 'edge'],
    },
    {
      event,
      kind: 'gauge',
      metric: 'surety_verified_as_of_seconds',
      help: 'Block time of the last verified frame of a journal.',
      field: 'as_of',
      labels: ['chain_id', 'edge'],
    },
  ]),
  {
    event: 'frame-signed',
    kind: 'counter',
    metric: 'surety_statements_signed_total',
    help: 'Statements signed.',
    field: 'statements',
    labels: ['chain_id', 'edge'],
  },
  {
    event: 'frames-passed-over',
    kind: 'counter',
    metric: 'surety_frames_passed_over_total',
    help: 'Times that frames were passed over because no provider proves them any more.',
    labels: ['chain_id', 'edge'],
  },
  {
    event: 'signing-refused',
    kind: 'counter',
    metric: 'surety_signing_refusals_total',
    help: 'Times that signing ended until a person acts.',
    labels: ['chain_id', 'code'],
  },
  {
    event: 'statement-refused',
    kind: 'counter',
    metric: 'surety_statements_refused_total',
    help: 'Statements that an aggregator refused.',
    labels: ['aggregator', 'code'],
  },
  {
    event: 'balance-short',
    kind: 'counter',
    metric: 'surety_balance_short_total',
    help: 'Times that a vault was found to hold less of a token than it accounts for, or less than before.',
    labels: ['chain_id'],
  },
  {
    event: 'report-signed',
    kind: 'counter',
    metric: 'surety_reports_signed_total',
    help: 'Margin reports that this watcher made and signed.',
    labels: [],
  },
  {
    event: 'delivery-repeated',
    kind: 'counter',
    metric: 'surety_deliveries_repeated_total',
    help: 'Times that an aggregator was handed again what it lacked.',
    labels: ['aggregator', 'reason'],
  },
];
