import { type Bytes32, ENTRY_BYTES, type Keccak256, sequenceNumber } from '@surety/domain';
import type { ReplicaFact } from './collateral-rows.js';
import { readKnownEntry } from './entry-bytes.js';
import { foldError } from './fold-errors.js';
import type {
  ClaimableFact,
  PaidFact,
  PaymentRow,
  QueuedFact,
  RefusedReleaseFact,
  VaultAppliedFact,
  VaultFact,
  VaultSumsFact,
  VaultTransaction,
} from './vault-fact.js';

/** Bytes of an entry's hash that a vault keeps. @source VaultTypes.sol, Payment */
const ENTRY_HASH_BYTES = 25;

/** What a vault's state changed since it was last taken. */
export interface VaultChanges {
  readonly payments: readonly PaymentRow[];
  readonly sums: readonly VaultSumsFact[];
}

/** What a vault's state begins with, as the store holds it. */
export interface VaultStart {
  readonly replica: ReplicaFact;
  readonly generation: number;
  readonly sums: readonly VaultSumsFact[];
  readonly keccak256: Keccak256;
}

/**
 * The payments of one vault, folded from its facts exactly as CollateralVault.sol keeps them.
 *
 *   applied     each entry of the batch becomes QUEUED, or NONE if it was refused: exactly one log says which
 *   paid        QUEUED or CLAIMABLE → PAID       claimable   QUEUED → CLAIMABLE
 *
 * Invariant: owed = Σ QUEUED + Σ CLAIMABLE and paid = Σ PAID of each asset; both are compared with the vault's own (I4).
 */
export class VaultState {
  readonly #start: VaultStart;
  readonly #payments = new Map<bigint, PaymentRow>();
  readonly #sums = new Map<number, VaultSumsFact>();
  #replica: ReplicaFact;
  #dirty = new Set<bigint>();
  #dirtySums = new Set<number>();

  constructor(start: VaultStart) {
    this.#start = start;
    this.#replica = start.replica;
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
    const touched = facts.flatMap((fact) => (fact.kind === 'paid' || fact.kind === 'claimable' ? [fact.seq] : []));
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
    const fates = new Map<bigint, QueuedFact | RefusedReleaseFact>();
    for (const fact of facts) if (fact.kind === 'queued' || fact.kind === 'refused') fates.set(fact.seq, fact);
    for (const fact of facts) if (fact.kind === 'applied') this.#replay(fact, { fates, packedOf, block });
    for (const fact of facts) if (fact.kind === 'paid' || fact.kind === 'claimable') this.#settle(fact, block);
  }

  /** Gives what changed since the last call. */
  takeChanges(): VaultChanges {
    const changes = {
      payments: [...this.#dirty].flatMap((seq) => this.#payments.get(seq) ?? []),
      sums: [...this.#dirtySums].flatMap((asset) => this.#sums.get(asset) ?? []),
    };
    this.#dirty = new Set();
    this.#dirtySums = new Set();
    return changes;
  }

  #replay(
    batch: VaultAppliedFact,
    context: {
      readonly fates: ReadonlyMap<bigint, QueuedFact | RefusedReleaseFact>;
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
    fate: QueuedFact | RefusedReleaseFact,
    { edge, block }: { readonly edge: Bytes32; readonly block: PaymentRow['block'] },
  ): void {
    const entry = readKnownEntry(bytes);
    const entryHash = this.#start.keccak256(bytes).slice(0, ENTRY_HASH_BYTES);
    const { seq } = fate;
    if (fate.kind === 'refused') {
      const { account = edge, asset: vaultAsset = 0, amount = 0n } = entry ?? {};
      const fields = { account, vaultAsset, amount, readyAt: 0n, state: 'NONE' as const, reason: fate.reason };
      return this.#put({ edge, seq, entryHash, block, ...fields });
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
    this.#put({ edge, seq, entryHash, account, vaultAsset, amount, readyAt, state: 'QUEUED', reason: 0, block });
    this.#add(vaultAsset, { owed: amount, paid: 0n });
  }

  #settle(fact: PaidFact | ClaimableFact, block: PaymentRow['block']): void {
    const held = this.#payments.get(fact.seq);
    const isOpen = held?.state === 'QUEUED' || (fact.kind === 'paid' && held?.state === 'CLAIMABLE');
    if (held === undefined || !isOpen) {
      throw foldError(
        'FACT_GAP',
        `payment ${fact.seq} of ${this.#replica.edge} is ${fact.kind} while it stands as ${held?.state ?? 'nothing'}; read the missing logs`,
      );
    }
    if (fact.kind === 'claimable') return this.#put({ ...held, state: 'CLAIMABLE', reason: fact.reason, block });
    this.#put({ ...held, state: 'PAID', reason: 0, block });
    this.#add(held.vaultAsset, { owed: -held.amount, paid: held.amount });
  }

  #put(payment: PaymentRow): void {
    this.#payments.set(payment.seq, payment);
    this.#dirty.add(payment.seq);
  }

  #add(vaultAsset: number, change: { readonly owed: bigint; readonly paid: bigint }): void {
    const held = this.#sums.get(vaultAsset) ?? { edge: this.#replica.edge, vaultAsset, owed: 0n, paid: 0n };
    this.#sums.set(vaultAsset, { ...held, owed: held.owed + change.owed, paid: held.paid + change.paid });
    this.#dirtySums.add(vaultAsset);
  }
}
