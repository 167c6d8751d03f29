import { counter, gauge, type MetricRule } from './metric-rules.js';

/** Metrics of a watcher’s events. */
export const WATCHER_RULES: readonly MetricRule[] = [
  gauge(
    ['frame-signed', 'frame-passed'],
    'height',
    'surety_verified_height_blocks',
    'Height of the last verified frame of a journal.',
    ['chain_id', 'edge'],
  ),
  gauge(
    ['frame-signed', 'frame-passed'],
    'count',
    'surety_verified_count_entries',
    'Count of a journal under the last verified frame.',
    ['chain_id', 'edge'],
  ),
  gauge(
    ['frame-signed', 'frame-passed'],
    'as_of',
    'surety_verified_as_of_seconds',
    'Block time of the last verified frame of a journal.',
    ['chain_id', 'edge'],
  ),
  counter('frame-signed', 'surety_statements_signed_total', 'Statements signed.', ['chain_id', 'edge'], 'statements'),
  counter(
    'frames-passed-over',
    'surety_frames_passed_over_total',
    'Times that frames were passed over because no provider proves them any more.',
    ['chain_id', 'edge'],
  ),
  counter('signing-refused', 'surety_signing_refusals_total', 'Times that signing ended until a person acts.', [
    'chain_id',
    'code',
  ]),
  counter('statement-refused', 'surety_statements_refused_total', 'Statements that an aggregator refused.', [
    'aggregator',
    'code',
  ]),
  counter(
    'balance-short',
    'surety_balance_short_total',
    'Times that a vault was found to hold less of a token than it accounts for, or less than before.',
    ['chain_id'],
  ),
  counter('report-signed', 'surety_reports_signed_total', 'Margin reports that this watcher made and signed.', []),
  counter(
    'delivery-repeated',
    'surety_deliveries_repeated_total',
    'Times that an aggregator was handed again what it lacked.',
    ['aggregator', 'reason'],
  ),
];
