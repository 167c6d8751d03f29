import type { MetricRule } from './metric-rules.js';

const ACTS = ['auction-started', 'auction-touched', 'auction-bid', 'auction-closed', 'auction-written-off'];

/** Metrics of a keeper's events. */
export const KEEPER_RULES: readonly MetricRule[] = [
  ...ACTS.flatMap((event): MetricRule[] => [
    {
      event,
      kind: 'counter',
      metric: 'surety_auction_acts_total',
      help: 'Acts of this keeper that landed: starts, touches, bids, closes and write-offs.',
      labels: ['act'],
    },
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
  ]),
  {
    event: 'auction-overtaken',
    kind: 'counter',
    metric: 'surety_auctions_overtaken_total',
    help: 'Times that somebody else was first.',
    labels: ['act'],
  },
  {
    event: 'auction-refused',
    kind: 'counter',
    metric: 'surety_auctions_refused_total',
    help: 'Acts that were refused or reverted.',
    labels: ['act'],
  },
  {
    event: 'wallet-read',
    kind: 'gauge',
    metric: 'surety_wallet_wei',
    help: 'What the gas wallet holds.',
    field: 'balance_wei',
    labels: ['chain_id'],
  },
];
