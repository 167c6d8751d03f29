import { type Bytes32, type Entry, sequenceNumber } from '@surety/domain';
import type { ReplicaFact } from './collateral-rows.js';
import { generationOf } from './edge-crossing.js';
import { foldError } from './fold-errors.js';
import type {
  LossQueuedFact,
  QueuedFact,
  RefusedReleaseFact,
  ReroutedFact,
  SettledFact,
  StoppedFact,
  VaultFact,
} from './vault-fact.js';

/** What became of an entry when it was replayed. */
export type ReplayFate = QueuedFact | RefusedReleaseFact | StoppedFact | LossQueuedFact | ReroutedFact | SettledFact;

/** Gives what the logs of one transaction say became of the entries that it replayed. A stop of what it queued is no fate. */
export function fatesOf(
  facts: readonly VaultFact[],
  generations: ReadonlyMap<Bytes32, number>,
): Map<bigint, ReplayFate> {
  const fates = new Map<bigint, ReplayFate>();
  const isReplayed = (seq: bigint): boolean =>
    facts.some((fact) => {
      if (fact.kind !== 'applied') return false;
      const generation = generations.get(fact.edge) ?? 0;
      return seq > sequenceNumber(generation, fact.from) && seq <= sequenceNumber(generation, fact.to);
    });
  for (const fact of facts) {
    if (isFate(fact)) fates.set(fact.seq, fact);
    else if (fact.kind === 'stopped' && !fates.has(fact.seq) && isReplayed(fact.seq)) fates.set(fact.seq, fact);
  }
  return fates;
}

/** Gives the generation of each edge that a replica or some facts name. */
export function generationsOf(facts: readonly VaultFact[], replica: ReplicaFact): ReadonlyMap<Bytes32, number> {
  const generations = new Map([[replica.edge, generationOf(replica)]]);
  for (const fact of facts) if (fact.kind === 'edge-opened') generations.set(fact.edge, fact.generation);
  return generations;
}

/** Says whether a log alone tells what became of one entry. */
export function isFate(fact: VaultFact): fact is Exclude<ReplayFate, StoppedFact> {
  return ['queued', 'refused', 'loss-queued', 'rerouted', 'settled'].includes(fact.kind);
}

/** Refuses a log of an entry's effect unless it is of its kind and says what it says. @throws FACT_GAP. */
export function requireKind(
  entry: Entry | undefined,
  kind: 'RELEASE' | 'REROUTE' | 'LOST',
  told: { readonly seq: bigint; readonly amount?: bigint; readonly vaultAsset?: number },
): void {
  const { seq, amount = entry?.amount, vaultAsset = entry?.asset } = told;
  if (entry?.kind === kind && entry.amount === amount && entry.asset === vaultAsset) return;
  throw foldError(
    'FACT_GAP',
    `entry ${seq} is told as ${kind} of ${amount}; it is ${entry?.kind} of ${entry?.amount}; another provider is asked next`,
  );
}
