import type { ChainId } from '@surety/domain';
import type { ChainCondition, Clock, Observer } from '@surety/workflows';
import { isChainError } from './errors.js';
import type { HaltEvidence } from './halt/halt-store.js';

/** Kinds of reading by quorum: blocks, or their contents. Each is lost and restored separately. */
export type Subject = 'blocks' | 'contents';

type Lost = Extract<ChainCondition, { kind: 'no-quorum' }>;

/**
 * A chain's condition.
 *
 * | condition | event | next |
 * | --- | --- | --- |
 * | syncing | a final block was read | live |
 * | syncing, live | NO_QUORUM | no-quorum |
 * | no-quorum | the same kind of read succeeds | live |
 * | any | a halt was latched | halted, for the rest of the process |
 */
export class ConditionTracker {
  readonly #chainId: ChainId;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #halt: () => HaltEvidence | null;
  readonly #lost = new Map<Subject, Lost>();
  #synced = false;

  constructor(options: { chainId: ChainId; clock: Clock; observer: Observer; halt: () => HaltEvidence | null }) {
    this.#chainId = options.chainId;
    this.#clock = options.clock;
    this.#observer = options.observer;
    this.#halt = options.halt;
  }

  /** Returns the current condition. */
  condition(): ChainCondition {
    const halt = this.#halt();
    if (halt !== null) {
      const { reason, sinceMs, height } = halt;
      return { kind: 'halted', reason, sinceMs, ...(height === null ? {} : { height }) };
    }
    const lost = this.#lost.get('blocks') ?? this.#lost.get('contents');
    return lost ?? { kind: this.#synced ? 'live' : 'syncing' };
  }

  /** Runs a read and updates the condition from its outcome. */
  async track<Result>(subject: Subject, read: () => Promise<Result>): Promise<Result> {
    try {
      const result = await read();
      this.#restore(subject);
      return result;
    } catch (error) {
      if (isChainError(error) && error.code === 'NO_QUORUM') this.#lose(subject, error.message);
      throw error;
    }
  }

  #lose(subject: Subject, reason: string): void {
    const before = this.#lost.get(subject);
    this.#lost.set(subject, { kind: 'no-quorum', reason, sinceMs: before?.sinceMs ?? this.#clock.nowMs() });
    if (before === undefined) this.#tell('quorum-lost', 'error', subject);
  }

  #restore(subject: Subject): void {
    if (subject === 'blocks') this.#synced = true;
    if (this.#lost.delete(subject)) this.#tell('quorum-restored', 'info', subject);
  }

  #tell(name: string, level: 'error' | 'info', subject: Subject): void {
    this.#observer.observe({ name, level, fields: { chain_id: this.#chainId, subject } });
  }
}
