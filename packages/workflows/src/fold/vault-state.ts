import { type Bytes32, ENTRY_BYTES, type Entry, type Keccak256, sequenceNumber } from '@surety/domain';
import type { ReplicaFact } from './collateral-rows.js';
import { readKnownEntry } from './entry-bytes.js';
import { foldError } from './fold-errors.js';
import { scaledDown } from './scaling.js';
import type {
  ClaimableFact,
  PaidFact,
  PaymentRow,
  QueuedFact,
  RefusedReleaseFact,
  StoppedFact,
  VaultAppliedFact,
  ReroutedFact,
  ScaledFact,
  VaultFact,
  VaultScalingFact,
  VaultSumsFact,
  VaultTransaction,
} from './vault-fact.js';

/** Bytes of an entry's hash that a vault keeps. @source VaultTypes.sol, Payment */
const ENTRY_HASH_BYTES = 25;

/** What a vault's state changed since it was last taken. */
export interface VaultChanges {
  readonly payments: readonly PaymentRow[];
  readonly sums: readonly VaultSumsFact[];
  readonly scalings: readonly VaultScalingFact[];
}

/** What a vault's state begins with, as the store holds it. */
export interface VaultStart {
  readonly replica: ReplicaFact;
  readonly generation: number;
  readonly sums: readonly VaultSumsFact[];
  /** Ascending by number. */
  readonly scalings: readonly VaultScalingFact[];
  readonly keccak256: Keccak256;
}

/**
 * The payments of one vault, folded from its facts exactly as CollateralVault.sol keeps them.
 *
 *   applied     each entry of the batch becomes QUEUED, NONE if it was refused, or STOPPED: exactly one log says which
 *   paid        QUEUED or CLAIMABLE → PAID       claimable   QUEUED → CLAIMABLE       stopped   QUEUED or CLAIMABLE → STOPPED
 *
 *   scaled      what is owed of an asset, and each open payment before the entry, keeps a part, rounded down
 *
 * Invariant: owed = Σ QUEUED + Σ CLAIMABLE and paid = Σ PAID of each asset; both are compared with the vault's own (I4). What was
 * stopped is neither: it is accounted for again, and the ledger's line gets it back.
 */
export class VaultState {
  readonly #start: VaultStart;
  readonly #payments = new Map<bigint, PaymentRow>();
  readonly #sums = new Map<number, VaultSumsFact>();
  readonly #scalings: VaultScalingFact[];
  #freshScalings: VaultScalingFact[] = [];
  #replica: ReplicaFact;
  #dirty = new Set<bigint>();
  #dirtySums = new Set<number>();

  constructor(start: VaultStart) {
    this.#start = start;
    this.#replica = start.replica;
    this.#scalings = [...start.scalings];
    for (const sum of start.sums) this.#sums.set(sum.vaultAsset, sum);
  }

  get replica(): ReplicaFact {
    return this.#replica;
  }

  /** Payments held, at most those of the facts since the last release. */
  get heldCount(): number {
    return this.#payments.size;
  }

  /** What is owed and paid, by the vault's asset. */
  get sums(): ReadonlyMap<number, VaultSumsFact> {
    return this.#sums;
  }

  /** Gives the numbers of payments that facts touch and that are not held. */
  lackingFor(facts: readonly VaultFact[]): bigint[] {
    const queued = new Set(facts.flatMap((fact) => (fact.kind === 'queued' ? [fact.seq] : [])));
    const touched = facts.flatMap((fact) => (isSettling(fact) ? [fact.seq] : []));
    return [...new Set(touched)].filter((seq) => !queued.has(seq) && !this.#payments.has(seq));
  }

  /** Takes in payments as the store holds them. */
  hold(payments: readonly PaymentRow[]): void {
    for (const payment of payments) this.#payments.set(payment.seq, payment);
  }

  /** Forgets the payments that are held; what was changed must have been taken before. */
  release(): void {
    this.#payments.clear();
  }

  /** Applies the facts of one transaction, in order. @throws FACT_GAP, ENTRIES_MISSING; the state is then half changed. */
  apply({ facts, block }: VaultTransaction, packedOf: (batch: VaultAppliedFact) => Uint8Array): void {
    const fates = fatesOf(facts, this.#start.generation);
    for (const fact of facts) if (fact.kind === 'applied') this.#replay(fact, { fates, packedOf, block });
    for (const fact of facts) {
      if (fact.kind !== 'edge-state') continue;
      const { state, until, cause } = fact;
      this.#replica = { ...this.#replica, condition: { state, until, cause } };
    }
    for (const fact of facts) if (isSettling(fact) && fates.get(fact.seq) !== fact) this.#settle(fact, block);
    for (const fact of facts) {
      const asset = fact.kind === 'loss-borne' ? this.#payments.get(fact.seq)?.vaultAsset : undefined;
      if (fact.kind === 'loss-borne' && asset !== undefined) this.#add(asset, { borne: fact.loss });
    }
  }

  /** Gives what changed since the last call. */
  takeChanges(): VaultChanges {
    const changes = {
      payments: [...this.#dirty].flatMap((seq) => this.#payments.get(seq) ?? []),
      sums: [...this.#dirtySums].flatMap((asset) => this.#sums.get(asset) ?? []),
      scalings: this.#freshScalings,
    };
    this.#freshScalings = [];
    this.#dirty = new Set();
    this.#dirtySums = new Set();
    return changes;
  }

  #replay(
    batch: VaultAppliedFact,
    context: {
      readonly fates: ReadonlyMap<bigint, ReplayFate>;
      readonly packedOf: (batch: VaultAppliedFact) => Uint8Array;
      readonly block: PaymentRow['block'];
    },
  ): void {
    const { edge, from, to, head } = batch;
    if (from !== this.#replica.count)
      throw foldError('FACT_GAP', `a batch of ${edge} begins at ${from}, the vault stands at ${this.#replica.count}`);
    const packed = context.packedOf(batch);
    if (packed.length !== Number(to - from) * ENTRY_BYTES) {
      throw foldError(
        'ENTRIES_MISSING',
        `entries ${from + 1n} to ${to} of ${edge} are not held; the ledger's blocks that hold them are folded first`,
      );
    }
    for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
      const seq = sequenceNumber(this.#start.generation, from + BigInt(at / ENTRY_BYTES) + 1n);
      const fate = context.fates.get(seq);
      if (fate === undefined)
        throw foldError('FACT_GAP', `no log says what became of release ${seq} of ${edge}; read the missing logs`);
      const bytes = packed.subarray(at, at + ENTRY_BYTES);
      this.#record(bytes, fate, { edge, block: context.block });
    }
    this.#replica = { ...this.#replica, count: to, head };
  }

  #record(
    bytes: Uint8Array,
    fate: ReplayFate,
    { edge, block }: { readonly edge: Bytes32; readonly block: PaymentRow['block'] },
  ): void {
    const entry = readKnownEntry(bytes);
    const entryHash = this.#start.keccak256(bytes).slice(0, ENTRY_HASH_BYTES);
    const { seq } = fate;
    if (fate.kind === 'scaled') return this.#scale(fate, entry);
    if (fate.kind === 'rerouted') return requireKind(entry, 'REROUTE', fate);
    if (fate.kind !== 'queued') {
      const { account = edge, asset: vaultAsset = 0, amount = 0n } = entry ?? {};
      const ended =
        fate.kind === 'refused'
          ? { state: 'NONE' as const, reason: fate.reason, stopReason: null }
          : { state: 'STOPPED' as const, reason: 0, stopReason: fate.reason };
      return this.#put({ edge, seq, entryHash, block, account, vaultAsset, amount, readyAt: 0n, ...ended });
    }
    const { account, vaultAsset, amount, readyAt } = fate;
    if (
      entry?.kind !== 'RELEASE' ||
      entry.account !== account ||
      entry.asset !== vaultAsset ||
      entry.amount !== amount
    ) {
      throw foldError(
        'FACT_GAP',
        `payment ${seq} of ${edge} is queued with ${amount} of asset ${vaultAsset}; its entry says ${entry?.amount} of ${entry?.asset}; another provider is asked next`,
      );
    }
    const fresh = { state: 'QUEUED' as const, reason: 0, stopReason: null };
    this.#put({ edge, seq, entryHash, account, vaultAsset, amount, readyAt, block, ...fresh });
    this.#add(vaultAsset, { owed: amount });
  }

  #settle(fact: SettlingFact, block: PaymentRow['block']): void {
    const held = this.#payments.get(fact.seq);
    const isOpen = held?.state === 'QUEUED' || (fact.kind !== 'claimable' && held?.state === 'CLAIMABLE');
    if (held === undefined || !isOpen) {
      throw foldError(
        'FACT_GAP',
        `payment ${fact.seq} of ${this.#replica.edge} is ${fact.kind} while it stands as ${held?.state ?? 'nothing'}; read the missing logs`,
      );
    }
    if (fact.kind === 'claimable') return this.#put({ ...held, state: 'CLAIMABLE', reason: fact.reason, block });
    if (fact.kind === 'stopped') {
      this.#put({ ...held, state: 'STOPPED', reason: 0, stopReason: fact.reason, block });
      return this.#add(held.vaultAsset, { owed: -this.#dueOf(held) });
    }
    this.#put({ ...held, state: 'PAID', reason: 0, block });
    this.#add(held.vaultAsset, { owed: -this.#dueOf(held), paid: this.#dueOf(held) });
  }

  #put(payment: PaymentRow): void {
    this.#payments.set(payment.seq, payment);
    this.#dirty.add(payment.seq);
  }

  #scale({ seq, vaultAsset, rhoWad }: ScaledFact, entry: Entry | undefined): void {
    requireKind(entry, 'SCALED', { seq, amount: rhoWad, vaultAsset });
    const scaling = { edge: this.#replica.edge, seq, vaultAsset, rhoWad };
    this.#scalings.push(scaling);
    this.#freshScalings.push(scaling);
    const { owed } = this.#sumsOf(vaultAsset);
    this.#add(vaultAsset, { owed: scaledDown(owed, rhoWad) - owed });
  }

  /** Gives what is left of a payment's amount. @source VaultBase.sol, _dueOf */
  #dueOf({ seq, vaultAsset, amount }: PaymentRow): bigint {
    let due = amount;
    for (const scaling of this.#scalings)
      if (scaling.vaultAsset === vaultAsset && scaling.seq > seq) due = scaledDown(due, scaling.rhoWad);
    return due;
  }

  #sumsOf(vaultAsset: number): VaultSumsFact {
    const { edge } = this.#replica;
    return this.#sums.get(vaultAsset) ?? { edge, vaultAsset, owed: 0n, paid: 0n, borne: 0n };
  }

  #add(vaultAsset: number, change: Partial<Pick<VaultSumsFact, 'owed' | 'paid' | 'borne'>>): void {
    const { owed = 0n, paid = 0n, borne = 0n } = change;
    const held = this.#sumsOf(vaultAsset);
    const sums = { owed: held.owed + owed, paid: held.paid + paid, borne: held.borne + borne };
    this.#sums.set(vaultAsset, { ...held, ...sums });
    this.#dirtySums.add(vaultAsset);
  }
}

/** What moves a payment on after its replay. */
type SettlingFact = PaidFact | ClaimableFact | StoppedFact;

/** What became of an entry when it was replayed. */
export type ReplayFate = QueuedFact | RefusedReleaseFact | StoppedFact | ScaledFact | ReroutedFact;

function isSettling(fact: VaultFact): fact is SettlingFact {
  return fact.kind === 'paid' || fact.kind === 'claimable' || fact.kind === 'stopped';
}

/** Gives what the logs of one transaction say became of the entries that it replayed. A stop of what it queued is no fate. */
export function fatesOf(facts: readonly VaultFact[], generation: number): Map<bigint, ReplayFate> {
  const fates = new Map<bigint, ReplayFate>();
  const isReplayed = (seq: bigint): boolean =>
    facts.some(
      (fact) =>
        fact.kind === 'applied' &&
        seq > sequenceNumber(generation, fact.from) &&
        seq <= sequenceNumber(generation, fact.to),
    );
  for (const fact of facts) {
    if (isFate(fact)) fates.set(fact.seq, fact);
    else if (fact.kind === 'stopped' && !fates.has(fact.seq) && isReplayed(fact.seq)) fates.set(fact.seq, fact);
  }
  return fates;
}

/** Says whether a log alone tells what became of one entry. */
export function isFate(fact: VaultFact): fact is Exclude<ReplayFate, StoppedFact> {
  return fact.kind === 'queued' || fact.kind === 'refused' || fact.kind === 'scaled' || fact.kind === 'rerouted';
}

/** A log of an entry's effect must be of its kind, and say what it says. @throws FACT_GAP. */
function requireKind(
  entry: Entry | undefined,
  kind: 'REROUTE' | 'SCALED',
  told: { readonly seq: bigint; readonly amount?: bigint; readonly vaultAsset?: number },
): void {
  const { seq, amount = entry?.amount, vaultAsset = entry?.asset } = told;
  if (entry?.kind === kind && entry.amount === amount && entry.asset === vaultAsset) return;
  throw foldError(
    'FACT_GAP',
    `entry ${seq} is told as ${kind} of ${amount}; it is ${entry?.kind} of ${entry?.amount}; another provider is asked next`,
  );
}
