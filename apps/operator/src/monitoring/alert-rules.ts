import { lagBlocksOf } from '@surety/chain';
import type { Network } from '@surety/config';

/** An alert for people: its condition, its page in docs/RUNBOOKS, and the command to begin with. */
export interface AlertRule {
  readonly name: string;
  /** PromQL; the alert fires while it gives a series. */
  readonly expr: string;
  /** Span for which the condition must last, as Prometheus writes it. */
  readonly for: string;
  /** `page` wakes someone; `ticket` waits for the morning. */
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  /** Name of a file in docs/RUNBOOKS. */
  readonly runbook: string;
  /** The first command to run, without `npx`. */
  readonly command: string;
}

/** A rule as it is written here: it pages at once unless it says otherwise. */
type WrittenRule = Omit<AlertRule, 'for' | 'severity'> & Partial<Pick<AlertRule, 'for' | 'severity'>>;

function completed({ name, expr, for: span = '0m', severity = 'page', ...rest }: WrittenRule): AlertRule {
  return { name, expr, for: span, severity, ...rest };
}

/** Codes of `/health/ready` that need somebody, whatever the configuration names. */
const CODED: readonly (Omit<WrittenRule, 'expr'> & { readonly codes: readonly string[] })[] = [
  {
    name: 'SuretyChainHalted',
    codes: ['HALTED'],
    summary: 'A final block was contradicted. This process signs and believes nothing of that chain.',
    runbook: '02-chain-halted.md',
    command: 'surety status',
  },
  {
    name: 'SuretyHistoryAtRisk',
    codes: ['HISTORY_STORE_BEHIND', 'HISTORY_OLDER', 'HISTORY_UNAVAILABLE', 'HISTORY_CORRUPT', 'CONTRADICTION'],
    summary: 'The signing history is damaged, older or contradicted; this attester does not sign.',
    runbook: '11-attester-store.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyProviderQuorumLost',
    codes: ['NO_QUORUM', 'UNPROVEN', 'UNAVAILABLE', 'RPC_UNAVAILABLE'],
    for: '2m',
    summary: 'Too few providers of a chain agree or answer.',
    runbook: '01-source-in-trouble.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyWalletLow',
    codes: ['EMPTY_WALLET', 'LOW_WALLET', 'BUDGET_SPENT', 'BUDGET_LOW'],
    summary: 'A gas wallet or the day’s budget is empty or nearly so.',
    runbook: '13-relayer-stuck.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyTransactionsStuck',
    codes: ['FEE_ABOVE_CAP', 'KEY_SHARED', 'NONCE_TAKEN', 'OUTBOX_UNAVAILABLE'],
    for: '5m',
    summary: 'A relayer cannot land its transactions.',
    runbook: '13-relayer-stuck.md',
    command: 'surety relay --yes',
  },
  {
    name: 'SuretyFeedsStuck',
    codes: ['FEEDS_STUCK'],
    for: '5m',
    summary: 'A price feed fails or has nothing newer: its assets soon count nothing for initial margin.',
    runbook: '12-limits-and-weights.md',
    command: 'surety status',
  },
  {
    name: 'SuretyFeedDoubted',
    codes: ['FEED_DOUBTED'],
    for: '5m',
    summary: 'A feed that is scheduled to take over a price gives another price than the one that counts, or none.',
    runbook: '12-limits-and-weights.md',
    command: 'surety timelock list',
  },
  {
    name: 'SuretyMarginDiffers',
    codes: ['MARGIN_DIFFERS', 'FOLD_MISMATCH', 'FACT_GAP'],
    for: '1m',
    summary: 'The aggregator disagrees with the ledger, or cannot fold what it read.',
    runbook: '14-state-hash.md',
    command: 'surety status',
  },
  {
    name: 'SuretyWitnessDrift',
    codes: ['WITNESS_DRIFT'],
    summary: 'A witness is set otherwise than configured.',
    runbook: '17-witness-drift.md',
    command: 'surety config diff',
  },
  {
    // It is compared again each minute, so a provider's hiccup is over long before.
    name: 'SuretyWitnessUnread',
    codes: ['WITNESS_UNKNOWN'],
    for: '10m',
    summary: 'A chain does not say whether a witness is set as configured; relayers do not use it meanwhile.',
    runbook: '17-witness-drift.md',
    command: 'surety config diff',
  },
  {
    name: 'SuretyVaultShort',
    codes: ['BALANCE_SHORT'],
    summary: 'A vault holds less of a token than it accounts for.',
    runbook: '07-short-vault.md',
    command: 'surety status',
  },
  {
    name: 'SuretySourceClosed',
    codes: ['SOURCE_CLOSED', 'EdgeHalted', 'EdgeQuarantined'],
    for: '5m',
    summary: 'A contract takes no entries of an edge.',
    runbook: '01-source-in-trouble.md',
    command: 'surety status',
  },
  {
    name: 'SuretyHeadMismatch',
    codes: ['HeadMismatch'],
    for: '5m',
    summary: 'A replica does not agree with its journal: no batch of the edge is taken.',
    runbook: '15-rewind-a-replica.md',
    command: 'surety status',
  },
  {
    name: 'SuretyLoopStuck',
    codes: ['EDGE_STUCK', 'EDGE_NOT_READ', 'PRICES_STUCK', 'LOOP_FAILING', 'LOOP_STUCK'],
    for: '5m',
    summary: 'A process lives, and one of its loops does not get on.',
    runbook: '13-relayer-stuck.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyAttestersDiffer',
    codes: ['ATTESTERS_DIFFER', 'NOT_A_MEMBER'],
    for: '10m',
    severity: 'ticket',
    summary: 'The chain’s attester set is not the configuration’s.',
    runbook: '04-rotation.md',
    command: 'surety powers',
  },
];

/**
 * Fires for so many minutes after each event of a counter. `increase` alone misses the first one: the series of its labels
 * begins with it, at 1. After a restart a series may go on at the count where it stood, so all of a young process is new.
 */
function toldWithin(minutes: number, counter: string): string {
  const isYoung = `(time() - process_start_time_seconds < ${minutes * 60})`;
  return [
    `increase(${counter}[${minutes}m]) > 0`,
    `(${counter} > 0 unless ${counter} offset ${minutes}m)`,
    `(${counter} > 0 and on (job, instance) ${isYoung})`,
  ].join(' or ');
}

/** Codes whose trouble another alert tells by a metric of its own. */
const TOLD_BY_METRIC = ['WEBHOOK_REFUSED'];

/** Codes of what a person chose: no trouble, however long it lasts. */
const CHOSEN = ['DRY_RUN'];

const GENERAL: readonly WrittenRule[] = [
  {
    name: 'SuretyProcessDown',
    expr: 'up{job="surety"} == 0',
    for: '1m',
    summary: 'A process answers no scrape. One watcher may be away; fewer than the quorum stop every edge.',
    runbook: '01-source-in-trouble.md',
    command: 'surety status',
  },
  {
    // A supervisor starts it again for as long as it takes, so between two scrapes it may look alive.
    name: 'SuretyProcessRestarts',
    expr: 'changes(process_start_time_seconds{job="surety"}[15m]) > 3',
    summary: 'A process keeps starting again; the last line of its log names what ends it.',
    runbook: '01-source-in-trouble.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyNotReady',
    expr: 'surety_ready == 0',
    for: '5m',
    summary: 'A process is not ready; its reasons are in surety_readiness_reasons and at /health/ready.',
    runbook: '01-source-in-trouble.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyMarginDifferences',
    expr: 'surety_margin_differences_accounts > 0',
    for: '1m',
    summary: 'Margins differ from the ledger at the same block.',
    runbook: '14-state-hash.md',
    command: 'surety status',
  },
  {
    name: 'SuretySigningRefused',
    expr: toldWithin(15, 'surety_signing_refusals_total'),
    summary: 'Signing ended until a person acts.',
    runbook: '11-attester-store.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyWitnessConflict',
    expr: `${toldWithin(15, 'surety_witness_conflicts_total')} or ${toldWithin(15, 'surety_contradicted_batches_total')}`,
    summary: 'A witness shows another head than the journal. One of them lies.',
    runbook: '01-source-in-trouble.md',
    command: 'surety witnesses',
  },
  {
    name: 'SuretyAttesterRunsTwice',
    expr: toldWithin(60, 'surety_attester_twice_total'),
    summary: 'Two processes post with one attester’s key; what they sign may contradict and end the key.',
    runbook: '11-attester-store.md',
    command: 'surety doctor',
  },
  {
    name: 'SuretyAttesterLate',
    expr: 'surety_attester_lag_seconds > 60',
    for: '10m',
    severity: 'ticket',
    summary: 'An attester has not signed what others have. Nothing stops while enough of them keep up.',
    runbook: '01-source-in-trouble.md',
    command: 'surety status',
  },
  {
    name: 'SuretyPriceOld',
    expr: 'surety_price_left_seconds <= 0',
    for: '1m',
    summary: 'A price is too old, or its feed fails: its assets count nothing for initial margin.',
    runbook: '12-limits-and-weights.md',
    command: 'surety status',
  },
  {
    name: 'SuretyWebhookBehind',
    expr: 'surety_webhook_waiting_messages > 0',
    for: '10m',
    severity: 'ticket',
    summary: 'A receiver of messages takes none: somebody is not told of accounts that come near liquidation.',
    runbook: '19-webhook.md',
    command: 'surety status',
  },
  {
    name: 'SuretyContradiction',
    expr: toldWithin(15, 'surety_posts_refused_total{code="CONTRADICTION"}'),
    summary: 'An attester handed in two statements that contradict each other.',
    runbook: '03-equivocation.md',
    command: 'surety status',
  },
  {
    name: 'SuretyJournalContradicted',
    expr: toldWithin(15, 'surety_journal_contradictions_total'),
    summary: 'Signatures of a quorum show what the settlement chain’s journal does not hold: a release may be forged.',
    runbook: '06-stop-a-payment.md',
    command: 'surety status',
  },
  {
    name: 'SuretyPaymentRefused',
    expr: toldWithin(15, 'surety_payment_stages_total{stage="refused"}'),
    summary: 'A vault refused an entry that no honest ledger journals, or a rewind made a payment void.',
    runbook: '06-stop-a-payment.md',
    command: 'surety status',
  },
  {
    name: 'SuretyReasonLasts',
    expr: `surety_readiness_reasons{code!~"${codesToldApart().join('|')}"} > 0 and on (job, instance) surety_ready == 1`,
    for: '15m',
    severity: 'ticket',
    summary: 'A ready process names a reason at /health/ready that no other alert tells, and it lasts.',
    runbook: 'README.md',
    command: 'surety status',
  },
  {
    name: 'SuretyEntriesUnattested',
    expr: 'max by (edge) (surety_stage_count_entries{stage="final"}) > max by (edge) (surety_stage_count_entries{stage="attested"})',
    for: '10m',
    summary: 'Final entries have too few signatures: watchers are away or do not sign.',
    runbook: '01-source-in-trouble.md',
    command: 'surety status',
  },
  {
    name: 'SuretyEntriesUnapplied',
    expr: 'max by (edge) (surety_stage_count_entries{stage="attested"}) > max by (edge) (surety_stage_count_entries{stage=~"applied|recorded"})',
    for: '10m',
    summary: 'Attested entries are not applied: no relayer posts them.',
    runbook: '13-relayer-stuck.md',
    command: 'surety relay --yes',
  },
  {
    name: 'SuretyTokenCodeNoted',
    expr: toldWithin(60, 'surety_noted_token_codes_total'),
    summary: 'A token has other code than its vault pinned.',
    runbook: '18-token-code.md',
    command: 'surety doctor',
  },
];

function codesToldApart(): readonly string[] {
  return [...CODED.flatMap(({ codes }) => codes), ...TOLD_BY_METRIC, ...CHOSEN];
}

/** Age of a verified frame, past two steps of finality, that wakes someone: 45 of the 90 minutes after which initial weight falls. */
const FRAME_AGE_MAX_S = 2_700;

/** Gives the alerts for a deployment: those of every one, and those of each of its chains. */
export function alertRulesOf(network: Network): readonly AlertRule[] {
  const coded = CODED.map(({ codes, ...rule }) => ({
    ...rule,
    expr: `surety_readiness_reasons{code=~"${codes.join('|')}"} > 0`,
  }));
  return [...GENERAL, replicaAhead(network), ...coded, ...network.chains.flatMap(chainAlerts)].map(completed);
}

/**
 * Compares only entries that a replica has held for as long as any watcher's providers may lag. The least of that span, since a
 * rewound replica holds them no more. A watcher that still catches up is not ready.
 */
function replicaAhead({ chains }: Network): WrittenRule {
  const lagsMs = chains.map(({ finality, blockTimeMs }) => lagBlocksOf(finality) * blockTimeMs);
  const spanS = Math.ceil(Math.max(...lagsMs) / 1_000);
  return {
    name: 'SuretyReplicaAhead',
    expr: `max by (edge) (min_over_time(surety_stage_count_entries{stage=~"applied|recorded"}[${spanS}s])) > max by (edge) (surety_verified_count_entries and on (job, instance) (surety_ready == 1))`,
    for: '2m',
    summary: 'A replica holds entries that a ready watcher does not find in the journal: they may be forged.',
    runbook: '06-stop-a-payment.md',
    command: 'surety status',
  };
}

function chainAlerts({ chainId, name, blockTimeMs, finality }: Network['chains'][number]): readonly WrittenRule[] {
  const ageMaxS = FRAME_AGE_MAX_S + Math.ceil((2 * finality.stepBlocks * blockTimeMs) / 1_000);
  return [
    {
      name: `SuretyKnowledgeOld_${chainId}`,
      expr: `time() - max by (edge) (surety_verified_as_of_seconds{chain_id="${chainId}"}) > ${ageMaxS}`,
      for: '1m',
      summary: `The newest verified frame of ${name} is older than ${ageMaxS} s; from 90 minutes on its lines lose initial weight.`,
      runbook: '01-source-in-trouble.md',
      command: 'surety status',
    },
    {
      name: `SuretyProviderFailing_${chainId}`,
      expr: `sum by (provider, event) (increase(surety_provider_events_total{chain_id="${chainId}"}[15m])) > 30`,
      for: '15m',
      severity: 'ticket',
      summary: `One provider of ${name} keeps failing or lying. Nothing stops; replace it this week.`,
      runbook: '01-source-in-trouble.md',
      command: 'surety doctor',
    },
  ];
}
