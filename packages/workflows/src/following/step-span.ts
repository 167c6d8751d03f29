import { AppError } from '@surety/domain';
import { BLOCKS_PER_STEP } from './limits.js';

/** Codes of a read that fewer blocks would mend. */
const TOO_LONG: ReadonlySet<string> = new Set(['LOG_LIMIT', 'CALL_LIMIT']);

/** Number of blocks that a fold reads at a time: halved where they hold too much for one read, a sixteenth more after each that fits. */
export class StepSpan {
  #blocks = BLOCKS_PER_STEP;

  /** Returns the last block of a step. */
  endOf(from: bigint, tip: bigint): bigint {
    const last = from + this.#blocks - 1n;
    return last < tip ? last : tip;
  }

  /** Returns what a read of a step gives; undefined if a shorter one must be read instead. @throws the reader's errors; LOG_LIMIT, CALL_LIMIT for one block */
  async fit<Value>(
    step: { readonly from: bigint; readonly to: bigint },
    read: () => Promise<Value>,
  ): Promise<Value | undefined> {
    try {
      const value = await read();
      const wanted = this.#blocks + (this.#blocks >> 4n) + 1n;
      this.#blocks = wanted < BLOCKS_PER_STEP ? wanted : BLOCKS_PER_STEP;
      return value;
    } catch (error) {
      const asked = step.to - step.from + 1n;
      if (!(error instanceof AppError) || !TOO_LONG.has(error.code) || asked <= 1n) throw error;
      this.#blocks = asked >> 1n;
      return undefined;
    }
  }
}
