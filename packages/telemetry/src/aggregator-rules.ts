import { counter, gauge, type MetricRule, scraped } from './metric-rules.js';

/** Entries of each edge by stage, as the aggregator knows them at a scrape. */
export const STAGES_RULE: MetricRule = scraped(
  'surety_stage_count_entries',
  'Entries of an edge that have reached a stage.',
  ['edge', 'stage'],
);

/** Lag of each member of an edge’s present epoch behind the others at a scrape. */
export const LAGS_RULE: MetricRule = scraped(
  'surety_attester_lag_seconds',
  'Seconds for which other attesters of an edge have signed what this one has not. Above 10: it is late.',
  ['edge', 'attester'],
);

/** Metrics of the aggregator’s own events, besides those of every event. */
export const AGGREGATOR_RULES: readonly MetricRule[] = [
  counter('post-refused', 'surety_posts_refused_total', 'Statements and entries that were refused, by code.', ['code']),
  gauge(
    'price-read',
    'left_s',
    'surety_price_left_seconds',
    'Seconds for which a price still counts for new debt. 0 or less: its assets count nothing for initial margin.',
    ['underlying'],
  ),
  counter(
    'attester-runs-twice',
    'surety_attester_twice_total',
    'Times that two processes were noticed which post with one attester’s key. Above 0: stop one before they contradict each other.',
    ['attester'],
  ),
  counter(
    'payment-stage-reached',
    'surety_payment_stages_total',
    'Payments that reached a stage while this aggregator watched. Stage refused above 0: wake someone.',
    ['stage'],
  ),
  counter(
    'journal-contradicted',
    'surety_journal_contradictions_total',
    'Heads that a quorum signed and that the settlement chain’s journal does not hold. Above 0: wake someone.',
    [],
  ),
  gauge(
    'local-journal-read',
    'count',
    'surety_local_journal_entries',
    'Entries of the vault on the settlement chain in final blocks. Nobody signs them: any number is healthy.',
    ['edge'],
  ),
  gauge(
    'ledger-folded',
    'height',
    'surety_folded_height_blocks',
    'Last final block of the settlement chain that is folded.',
    ['chain_id'],
  ),
  counter(
    'health-crossed',
    'surety_health_crossings_total',
    'Steps of the ladder of health that accounts crossed; step 1 downwards is an account that may be liquidated.',
    ['step', 'direction'],
  ),
  gauge(
    'webhooks-waiting',
    'count',
    'surety_webhook_waiting_messages',
    'Messages that a receiver has not taken. Above 0 for minutes: it fails.',
    ['endpoint'],
  ),
  counter(
    'webhook-given-up',
    'surety_webhooks_lost_total',
    'Messages given up after a day of failures, or after an hour of refusals while others were taken.',
    ['endpoint'],
  ),
  counter(
    'webhooks-dropped',
    'surety_webhooks_dropped_total',
    'Messages that fell out of the outbox before a receiver took them.',
    ['endpoint'],
    'count',
  ),
  gauge(
    ['margin-checked', 'margin-differs'],
    'differences',
    'surety_margin_differences_accounts',
    'Accounts whose margin differs from the ledger at the last compared block. Above 0: wake someone.',
    [],
  ),
  counter(
    ['margin-checked', 'margin-differs'],
    'surety_margins_compared_total',
    'Margins compared with the ledger.',
    [],
    'compared',
  ),
];
