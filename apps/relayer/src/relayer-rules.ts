import type { MetricRule } from '@surety/telemetry';

/** Metrics of a relayer's events. */
export const RELAYER_RULES: readonly MetricRule[] = [
  {
    event: 'batch-applied',
    kind: 'counter',
    metric: 'surety_applied_entries_total',
    help: 'Entries that this relayer applied.',
    field: 'entries',
    labels: ['source', 'direction'],
  },
  {
    event: 'batch-applied',
    kind: 'gauge',
    metric: 'surety_applied_count_entries',
    help: 'Count of a replica after the last batch of this relayer.',
    field: 'count',
    labels: ['source', 'direction'],
  },
  ...['batch-applied', 'replica-refreshed', 'prices-poked', 'release-paid', 'credit-unparked'].flatMap(
    (event): MetricRule[] => [
      {
        event,
        kind: 'counter',
        metric: 'surety_spent_gas',
        help: 'Gas that landed transactions used.',
        field: 'gas_used',
        labels: [],
      },
      {
        event,
        kind: 'counter',
        metric: 'surety_spent_wei',
        help: 'Wei that landed transactions cost.',
        field: 'fee_wei',
        labels: [],
      },
    ],
  ),
  {
    event: 'relay-overtaken',
    kind: 'counter',
    metric: 'surety_relays_overtaken_total',
    help: 'Times that another relayer was first.',
    labels: ['source', 'direction'],
  },
  {
    event: 'wallet-read',
    kind: 'gauge',
    metric: 'surety_wallet_wei',
    help: 'What the gas wallet holds.',
    field: 'balance_wei',
    labels: ['chain_id'],
  },
  {
    event: 'release-paid',
    kind: 'counter',
    metric: 'surety_paid_releases_total',
    help: 'Releases that this relayer paid.',
    labels: ['source'],
  },
  {
    event: 'credit-unparked',
    kind: 'counter',
    metric: 'surety_unparked_credits_total',
    help: 'Parked credits that this relayer brought to their lines.',
    labels: ['source'],
  },
  {
    event: 'shortfall-reported',
    kind: 'counter',
    metric: 'surety_reported_shortfalls_total',
    help: 'Reports that a vault holds less than it accounts for, or all of it again.',
    labels: ['source'],
  },
];
