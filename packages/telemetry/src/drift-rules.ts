import type { MetricRule } from './metric-rules.js';

/** Metrics of comparing witnesses with the configuration, for every process that does. */
export const DRIFT_RULES: readonly MetricRule[] = [
  {
    event: 'witnesses-compared',
    kind: 'gauge',
    metric: 'surety_witness_differences_places',
    help: 'Places where a source differs from the configuration. Above 0: wake someone.',
    field: 'differences',
    labels: ['source'],
  },
  {
    event: 'witnesses-compared',
    kind: 'gauge',
    metric: 'surety_witness_unread_parts',
    help: 'Parts of a source that no quorum of providers answered for at the last comparison.',
    field: 'unread',
    labels: ['source'],
  },
];
