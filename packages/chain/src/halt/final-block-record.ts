import { type BlockHash, type BlockHeight, type ChainId, blockHeight } from '@surety/domain';
import { type ChainBlock, describeError } from '@surety/rpc';
import { type Clock, type Observer, crashPoint } from '@surety/workflows';
import { type ChainError, chainError } from '../errors.js';
import type { AcceptedFinal, HaltEvidence, HaltStore } from './halt-store.js';

/**
 * The final blocks a chain's reader has accepted. Invariant: an accepted (height, hash) is durable before anybody sees it,
 * and a quorum-agreed contradiction is durable before anything else happens; from then on nothing is accepted.
 */
export class FinalBlockRecord {
  readonly #chainId: ChainId;
  readonly #store: HaltStore;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #keptMax: number;
  readonly #finals = new Map<bigint, BlockHash>();
  #tip: AcceptedFinal | undefined;
  #halt: HaltEvidence | null = null;
  #unsaved = false;
  #queued: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(options: FinalBlockRecordOptions) {
    this.#chainId = options.chainId;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#observer = options.observer;
    this.#keptMax = options.keptMax;
  }

  /** Loads the record; an unreadable one is halted. */
  static async load(options: FinalBlockRecordOptions): Promise<FinalBlockRecord> {
    const blocks = new FinalBlockRecord(options);
    const record = await options.store.load();
    blocks.#halt = record.halt;
    for (const final of record.finals) blocks.#remember(final);
    if (record.halt !== null) blocks.#tellHalted(record.halt);
    return blocks;
  }

  /** Returns the halt; null while the chain is not halted. */
  halt(): HaltEvidence | null {
    return this.#halt;
  }

  /** Returns the highest accepted block. */
  tip(): AcceptedFinal | undefined {
    return this.#tip;
  }

  /** Returns the accepted hash at a height; undefined if it is no longer kept. */
  hashAt(height: bigint): BlockHash | undefined {
    return this.#finals.get(height);
  }

  /** @throws HALTED if the chain is halted. */
  requireOpen(): void {
    if (this.#halt !== null) throw halted(this.#chainId, this.#halt);
  }

  /**
   * Accepts final blocks on which a quorum agrees, and resolves once they are durable.
   * @throws HALTED if one contradicts what was accepted before, HALT_STORE_UNAVAILABLE.
   */
  async accept(blocks: readonly ChainBlock[]): Promise<void> {
    this.requireOpen();
    // Checked and remembered without awaiting: two concurrent callers must not both find a height unknown.
    const found = blocks.map((block) => this.#contradiction(block)).find((one) => one !== undefined);
    if (found !== undefined) throw await this.#latch(found);
    for (const { height, hash } of blocks) {
      if (this.#finals.get(height) !== undefined) continue;
      this.#remember({ height, hash });
      this.#unsaved = true;
    }
    crashPoint('watcher.finals.remembered');
    await (this.#unsaved ? this.#save() : this.#saving);
    this.requireOpen();
  }

  /** Finds where a quorum-agreed block differs from the accepted one at its height or below it. */
  #contradiction(block: ChainBlock): Contradiction | undefined {
    const accepted = this.#finals.get(block.height);
    if (accepted !== undefined && accepted !== block.hash) {
      return { height: block.height, accepted, contradicting: block.hash };
    }
    const parent = this.#finals.get(block.height - 1n);
    if (parent !== undefined && parent !== block.parentHash) {
      return { height: blockHeight(block.height - 1n), accepted: parent, contradicting: block.parentHash };
    }
    return undefined;
  }

  /** Latches the halt durably and returns the error that reports it. */
  async #latch({ height, accepted, contradicting }: Contradiction): Promise<ChainError> {
    const halt: HaltEvidence = {
      reason: `final block ${height} of chain ${this.#chainId} was ${accepted} and is now ${contradicting}`,
      sinceMs: this.#clock.nowMs(),
      height,
      accepted,
      contradicting,
    };
    this.#halt = halt;
    crashPoint('watcher.halt.detected');
    try {
      await this.#save();
      crashPoint('watcher.halt.recorded');
    } catch (error) {
      this.#observer.observe({
        name: 'halt-not-durable',
        level: 'error',
        fields: { chain_id: this.#chainId, height, code: describeError(error) },
      });
    }
    this.#tellHalted(halt);
    return halted(this.#chainId, halt);
  }

  /** Saves the state as of the moment of writing, so that waiting callers share one write. */
  #save(): Promise<void> {
    this.#queued ??= this.#saving
      .catch(() => undefined)
      .then(async () => {
        this.#queued = undefined;
        this.#unsaved = false;
        const finals = [...this.#finals].map(([height, hash]) => ({ height: blockHeight(height), hash }));
        await this.#store.save({ halt: this.#halt, finals });
      })
      .catch((error: unknown) => {
        this.#unsaved = true;
        throw error;
      });
    this.#saving = this.#queued;
    return this.#queued;
  }

  #remember(final: AcceptedFinal): void {
    // One that comes again is the newest, in the record as in its file.
    this.#finals.delete(final.height);
    this.#finals.set(final.height, final.hash);
    if (this.#tip === undefined || final.height > this.#tip.height) this.#tip = final;
    for (const height of this.#finals.keys()) {
      if (this.#finals.size <= this.#keptMax) break;
      if (height !== this.#tip.height) this.#finals.delete(height);
    }
  }

  #tellHalted(halt: HaltEvidence): void {
    this.#observer.observe({
      name: 'chain-halted',
      level: 'error',
      fields: {
        chain_id: this.#chainId,
        height: halt.height,
        accepted: halt.accepted,
        contradicting: halt.contradicting,
      },
    });
  }
}

interface Contradiction {
  readonly height: BlockHeight;
  readonly accepted: BlockHash;
  readonly contradicting: BlockHash;
}

export interface FinalBlockRecordOptions {
  readonly chainId: ChainId;
  readonly store: HaltStore;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keptMax: number;
}

function halted(chainId: ChainId, halt: HaltEvidence): ChainError {
  return chainError(
    'HALTED',
    `chain ${chainId} is halted: ${halt.reason}; a person must check the chain and clear the halt`,
    {
      context: { chain_id: chainId, height: halt.height, since_ms: halt.sinceMs },
    },
  );
}
