import { WALLET_RULE, counter, gauge, spending, type MetricRule } from './metric-rules.js';

/** Metrics of a relayer’s events. */
export const RELAYER_RULES: readonly MetricRule[] = [
  counter(
    'batch-applied',
    'surety_applied_entries_total',
    'Entries that this relayer applied.',
    ['source', 'direction'],
    'entries',
  ),
  gauge(
    'batch-applied',
    'count',
    'surety_applied_count_entries',
    'Count of a replica after the last batch of this relayer.',
    ['source', 'direction'],
  ),
  ...spending([
    'batch-applied',
    'replica-refreshed',
    'prices-poked',
    'release-paid',
    'payment-claimable',
    'credit-unparked',
    'report-posted',
  ]),
  counter('head-published', 'surety_heads_published_total', 'Heads that this relayer published over a witness.', [
    'source',
    'direction',
    'witness',
  ]),
  counter(
    'head-published',
    'surety_witness_fees_wei',
    'Wei that bridges took for publications, beside gas.',
    ['source', 'direction', 'witness'],
    'fee_wei',
  ),
  counter('head-confirmed', 'surety_heads_confirmed_total', 'Records of witnesses that this relayer had confirmed.', [
    'source',
    'direction',
    'witness',
  ]),
  counter(
    'witness-conflicts',
    'surety_witness_conflicts_total',
    'Times that a witness showed another head than the journal.',
    ['source', 'direction', 'witness'],
  ),
  counter(
    'batch-contradicted',
    'surety_contradicted_batches_total',
    'Batches that put a witness with another head on record instead of being applied.',
    ['source', 'direction'],
  ),
  counter('relay-overtaken', 'surety_relays_overtaken_total', 'Times that another relayer was first.', [
    'source',
    'direction',
  ]),
  WALLET_RULE,
  counter('release-paid', 'surety_paid_releases_total', 'Releases that this relayer paid.', ['source']),
  counter(
    'credit-unparked',
    'surety_unparked_credits_total',
    'Parked credits that this relayer brought to their lines.',
    ['source'],
  ),
  counter('report-posted', 'surety_posted_reports_total', 'Margin reports that this relayer posted.', []),
  counter(
    'refund-journaled',
    'surety_journaled_refunds_total',
    'Refunds of stopped payments that this relayer had a vault journal.',
    ['source'],
  ),
  counter(
    'payment-given-back',
    'surety_returned_payments_total',
    'Payments that were claimable for 30 days and that this relayer gave back.',
    ['source'],
  ),
  counter(
    'shortfall-reported',
    'surety_reported_shortfalls_total',
    'Reports that a vault holds less than it accounts for, or all of it again.',
    ['source'],
  ),
  counter(
    'coverage-in-force',
    'surety_coverages_in_force_total',
    'Times that this relayer put the reported coverage of an asset in force.',
    ['source'],
  ),
  counter(
    'orphan-taken-back',
    'surety_orphans_taken_back_total',
    'Credits past the point of a rewind that this relayer had the ledger take back.',
    ['source'],
  ),
  counter(
    'loss-written-off',
    'surety_written_off_losses_total',
    'Times that this relayer had the ledger tell a vault what a rewind left missing, or what was found.',
    ['source'],
  ),
  counter('loss-taken', 'surety_taken_losses_total', 'Losses that this relayer had a vault take over.', ['source']),
  counter(
    'token-code-noted',
    'surety_noted_token_codes_total',
    'Notes that a token has other code than its vault pinned, or the pinned one again.',
    ['source'],
  ),
];
