import type { MetricRule } from './metric-rules.js';

/** Metrics of the aggregator's own events, besides those of every event. */
export const AGGREGATOR_RULES: readonly MetricRule[] = [
  {
    event: 'post-refused',
    kind: 'counter',
    metric: 'surety_posts_refused_total',
    help: 'Statements and entries that were refused, by code.',
    labels: ['code'],
  },
  {
    event: 'attester-lag-read',
    kind: 'gauge',
    metric: 'surety_attester_lag_seconds',
    help: 'Seconds for which other attesters of an edge have signed what this one has not. Above 10: it is late.',
    field: 'behind_s',
    labels: ['edge', 'attester'],
  },
  {
    event: 'stage-reached',
    kind: 'gauge',
    metric: 'surety_stage_count_entries',
    help: 'Entries of an edge that have reached a stage.',
    field: 'count',
    labels: ['edge', 'stage'],
  },
  {
    event: 'local-journal-read',
    kind: 'gauge',
    metric: 'surety_local_journal_entries',
    help: 'Entries of the vault on the settlement chain in final blocks. Nobody signs them: any number is healthy.',
    field: 'count',
    labels: ['edge'],
  },
  {
    event: 'ledger-folded',
    kind: 'gauge',
    metric: 'surety_folded_height_blocks',
    help: 'Last final block of the settlement chain that is folded.',
    field: 'height',
    labels: ['chain_id'],
  },
  {
    event: 'health-crossed',
    kind: 'counter',
    metric: 'surety_health_crossings_total',
    help: 'Steps of the ladder of health that accounts crossed; step 1 downwards is an account that may be liquidated.',
    labels: ['step', 'direction'],
  },
  ...['margin-checked', 'margin-differs'].flatMap((event): MetricRule[] => [
    {
      event,
      kind: 'gauge',
      metric: 'surety_margin_differences_accounts',
      help: 'Accounts whose margin differs from the ledger at the last compared block. Above 0: wake someone.',
      field: 'differences',
      labels: [],
    },
    {
      event,
      kind: 'counter',
      metric: 'surety_margins_compared_total',
      help: 'Margins compared with the ledger.',
      field: 'compared',
      labels: [],
    },
  ]),
];
