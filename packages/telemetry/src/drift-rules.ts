import { gauge, type MetricRule } from './metric-rules.js';

/** Metrics of comparing witnesses with the configuration, for every process that does. */
export const DRIFT_RULES: readonly MetricRule[] = [
  gauge(
    'witnesses-compared',
    'differences',
    'surety_witness_differences_places',
    'Places where a source differs from the configuration. Above 0: wake someone.',
    ['source'],
  ),
  gauge(
    'witnesses-compared',
    'unread',
    'surety_witness_unread_parts',
    'Parts of a source that no quorum of providers answered for at the last comparison.',
    ['source'],
  ),
];
