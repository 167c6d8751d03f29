import type { Entry } from '@surety/domain';
import { foldError } from '../following/fold-errors.js';
import type {
  LossQueuedFact,
  QueuedFact,
  RefusedReleaseFact,
  SettledFact,
  StoppedFact,
  VaultFact,
} from './vault-fact.js';

/** The outcome of an entry at its replay. */
export type ReplayFate = QueuedFact | RefusedReleaseFact | StoppedFact | LossQueuedFact | SettledFact;

/**
 * Returns the fates of replayed entries by their logs. A stop of a queued payment is not a fate. No replica may open among the
 * facts: after that the same numbers name other entries.
 */
export function fatesOf(facts: readonly VaultFact[]): Map<bigint, ReplayFate> {
  const fates = new Map<bigint, ReplayFate>();
  const isReplayed = (seq: bigint): boolean =>
    facts.some((fact) => fact.kind === 'applied' && seq > fact.from && seq <= fact.to);
  for (const fact of facts) {
    if (isFate(fact)) fates.set(fact.seq, fact);
    else if (fact.kind === 'stopped' && !fates.has(fact.seq) && isReplayed(fact.seq)) fates.set(fact.seq, fact);
  }
  return fates;
}

/** True if a single log shows the outcome of one entry. */
export function isFate(fact: VaultFact): fact is Exclude<ReplayFate, StoppedFact> {
  return ['queued', 'refused', 'loss-queued', 'settled'].includes(fact.kind);
}

/** Requires that a log matches its entry in kind and content. @throws FACT_GAP. */
export function requireKind(
  entry: Entry | undefined,
  kind: 'RELEASE' | 'LOST',
  told: { readonly seq: bigint; readonly amount?: bigint; readonly vaultAsset?: number },
): void {
  const { seq, amount = entry?.amount, vaultAsset = entry?.asset } = told;
  if (entry?.kind === kind && entry.amount === amount && entry.asset === vaultAsset) return;
  throw foldError(
    'FACT_GAP',
    `entry ${seq} is told as ${kind} of ${amount}; it is ${entry?.kind} of ${entry?.amount}; another provider is asked next`,
  );
}
