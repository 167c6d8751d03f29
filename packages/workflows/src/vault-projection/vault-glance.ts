import { type NoteAppliedPorts, noteApplied } from '../following/note-applied.js';
import { type ReplicaFact, nameOf } from '../following/replica-fact.js';
import type { BlockName, FinalBatch } from '../intake/intake-store.js';
import type { ReleaseStage } from '../intake/stage-name.js';
import type { VaultFact, VaultTransaction } from './vault-fact.js';
import type { VaultReader } from './vault-reader.js';

/** Ports of {@link VaultGlance}. */
export interface VaultGlancePorts extends NoteAppliedPorts {
  readonly reader: VaultReader;
}

const GLANCED = { queued: 'QUEUED', paid: 'PAID', claimable: 'CLAIMABLE', stopped: 'STOPPED' } as const;

type GlancedFact = Extract<VaultFact, { readonly kind: keyof typeof GLANCED }>;

function isGlanced(fact: VaultFact): fact is GlancedFact {
  return fact.kind in GLANCED;
}

/** One payment's state in blocks that are not final yet. */
export interface GlancedPayment {
  readonly state: 'QUEUED' | 'CLAIMABLE' | 'PAID' | 'STOPPED';
  /** Seconds; undefined if it was queued in a final block. */
  readonly readyAt: bigint | undefined;
}

/**
 * A vault's newest block by one provider's word: for display, and as a hint that relayers verify. Nothing is shown
 * above what k members have signed or the fold has proven.
 */
export class VaultGlance {
  readonly #ports: VaultGlancePorts;
  #newest: BlockName | undefined;
  #payments: ReadonlyMap<bigint, GlancedPayment> = new Map();

  constructor(ports: VaultGlancePorts) {
    this.#ports = ports;
  }

  /** The newest block that was read. */
  get newest(): BlockName | undefined {
    return this.#newest;
  }

  /** Payments that changed in blocks that are not final yet, by index. */
  get payments(): ReadonlyMap<bigint, GlancedPayment> {
    return this.#payments;
  }

  /** Polls once. @throws the reader's errors. */
  async look(folded: ReplicaFact, finalHeight: bigint | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { reader, intake } = this.#ports;
    const { edgeId: edge } = reader.known;
    const newest = await reader.readNewest(finalHeight ?? 0n, signal);
    this.#newest = newest.block;
    const payments = new Map<bigint, GlancedPayment>();
    // Under another name the same indices may mean other releases, so nothing is shown before the rewind is final.
    const isSame = newest.name === nameOf(folded);
    if (isSame) {
      await noteApplied({ edge, count: newest.count, folded: folded.count }, this.#ports);
    }
    const bound = isSame ? (intake.book(edge)?.appliedCount ?? folded.count) : 0n;
    for (const fact of newest.facts) {
      if (fact.kind === 'voided' || fact.kind === 'paid-past-point') payments.delete(fact.seq);
      if (!isGlanced(fact) || fact.seq > bound) continue;
      const held = payments.get(fact.seq);
      const readyAt = fact.kind === 'queued' ? fact.readyAt : held?.readyAt;
      const state = GLANCED[fact.kind];
      payments.set(fact.seq, { state, readyAt });
    }
    const before = this.#payments;
    this.#payments = payments;
    for (const [seq, { state }] of payments) {
      if (before.get(seq)?.state === state) continue;
      if (state === 'PAID') this.tell(seq, 'paying');
    }
  }

  /** Records the vault's position at a final block, and the transactions that led to it. */
  async noteFolded(replica: ReplicaFact, transactions: readonly VaultTransaction[]): Promise<void> {
    const { intake, intakeStore } = this.#ports;
    const { edge } = replica;
    const book = intake.book(edge);
    if (book?.name !== nameOf(replica)) return;
    const batches = transactions.flatMap(({ block, facts }) =>
      facts.flatMap((fact): FinalBatch[] => {
        if (fact.kind !== 'applied' || fact.edge !== book.name) return [];
        return [{ edge, from: fact.from, to: fact.to, block }];
      }),
    );
    // The rows first: if that fails, the book stays as it was, and they are written when the step is repeated.
    if (batches.length > 0) await intakeStore.saveAppliedBatches(batches);
    const from = book.appliedCount;
    if (replica.count <= from) return;
    if (book.appliedCount < replica.count) book.noteApplied(replica.count);
    this.#ports.observer.observe({
      name: 'stage-reached',
      level: 'debug',
      fields: { edge: replica.edge, stage: 'recorded', from, count: replica.count },
    });
  }

  /** Announces that one payment reached a stage. */
  tell(seq: bigint, stage: ReleaseStage): void {
    const { reader, observer } = this.#ports;
    const { edgeId: edge } = reader.known;
    observer.observe({
      name: 'payment-stage-reached',
      level: stage === 'refused' ? 'error' : stage === 'stopped' ? 'warn' : 'info',
      fields: { edge, stage, index: seq, seq },
    });
  }
}
