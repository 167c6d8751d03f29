import { WALLET_RULE, counter, spending, type MetricRule } from './metric-rules.js';

const ACTS = ['auction-started', 'auction-touched', 'auction-bid', 'auction-closed', 'auction-written-off'];

/** Metrics of a keeper’s events. */
export const KEEPER_RULES: readonly MetricRule[] = [
  counter(
    ACTS,
    'surety_auction_acts_total',
    'Acts of this keeper that landed: starts, touches, bids, closes and write-offs.',
    ['act'],
  ),
  ...spending(ACTS),
  counter('auction-overtaken', 'surety_auctions_overtaken_total', 'Times that somebody else was first.', ['act']),
  counter('auction-refused', 'surety_auctions_refused_total', 'Acts that were refused or reverted.', ['act']),
  WALLET_RULE,
];
