/** Labels that a metric may carry; each has a bounded number of values. */
export type MetricLabel =
  | 'chain_id'
  | 'edge'
  | 'attester'
  | 'provider'
  | 'aggregator'
  | 'endpoint'
  | 'code'
  | 'reason'
  | 'method'
  | 'act'
  | 'stage'
  | 'source'
  | 'direction'
  | 'step'
  | 'witness'
  | 'underlying';

/** The rule that turns one field of some events into a metric. */
export interface MetricRule {
  /** Names of the events; none for a gauge that is read at each scrape. */
  readonly events: readonly string[];
  readonly kind: 'counter' | 'gauge';
  /** `surety_<noun>_<unit>`. */
  readonly metric: string;
  readonly help: string;
  /** The field that is added or set; without one, 1 is added. */
  readonly field?: string;
  readonly labels: readonly MetricLabel[];
}

/** A counter to which each of the events adds its field, or 1. */
export function counter(
  events: string | readonly string[],
  metric: string,
  help: string,
  labels: readonly MetricLabel[],
  field?: string,
): MetricRule {
  return { events: [events].flat(), kind: 'counter', metric, help, labels, ...(field === undefined ? {} : { field }) };
}

/** A gauge that each of the events sets to its field. */
export function gauge(
  events: string | readonly string[],
  field: string,
  metric: string,
  help: string,
  labels: readonly MetricLabel[],
): MetricRule {
  return { events: [events].flat(), kind: 'gauge', metric, help, labels, field };
}

/** A gauge that {@link exposeGauge} reads at each scrape: right after a start, and where its subject shrank or left. */
export function scraped(metric: string, help: string, labels: readonly MetricLabel[]): MetricRule {
  return { events: [], kind: 'gauge', metric, help, labels };
}

/** Gas and wei of the transactions that these events tell of. */
export function spending(events: readonly string[]): MetricRule[] {
  return [
    counter(events, 'surety_spent_gas', 'Gas that landed transactions used.', [], 'gas_used'),
    counter(events, 'surety_spent_wei', 'Wei that landed transactions cost.', [], 'fee_wei'),
  ];
}

/** The balance of the wallet that pays for a process's transactions. */
export const WALLET_RULE: MetricRule = gauge(
  'wallet-read',
  'balance_wei',
  'surety_wallet_wei',
  'What the gas wallet holds.',
  ['chain_id'],
);
