import type { Clock, SettlementReader } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { TOKENS } from '../tokens.js';

/** Times kept: each is two numbers. */
const TIMES_KEPT = 16_384;
/** Blocks read from the chain for one answer: each costs a quorum of calls, once. */
const READS_PER_ANSWER = 16;
/** Milliseconds after which a block is asked for again that no provider gave. */
const ASKED_AGAIN_MS = 5_000;

/** Times of final blocks of the settlement chain. A block is read once, when somebody asks; whoever asks meanwhile waits for that read. */
@Injectable()
export class BlockTimes {
  readonly #times = new Map<bigint, bigint>();

  readonly #asked: KeptAnswers<bigint, readonly (readonly [bigint, bigint])[]>;

  constructor(
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#asked = new KeptAnswers(clock, ASKED_AGAIN_MS);
  }

  /** Returns the times of some blocks in seconds, by height; those that were not read yet are missing. */
  async of(heights: readonly bigint[]): Promise<ReadonlyMap<bigint, bigint>> {
    const unread = [...new Set(heights)].filter((height) => !this.#times.has(height));
    const read = await Promise.all(
      unread.slice(0, READS_PER_ANSWER).map((height) => this.#asked.read(height, () => this.#read(height))),
    );
    const known = heights.flatMap((height) => {
      const time = this.#times.get(height);
      return time === undefined ? [] : ([[height, time]] as const);
    });
    return new Map([...known, ...read.flat()]);
  }

  async #read(height: bigint): Promise<readonly (readonly [bigint, bigint])[]> {
    // A change is shown without a time rather than not at all.
    const block = await this.reader.readFinalBlock(height).catch(() => undefined);
    if (block === undefined) return [];
    const [oldest] = this.#times.keys();
    if (this.#times.size >= TIMES_KEPT && oldest !== undefined) this.#times.delete(oldest);
    this.#times.set(height, block.timestamp);
    return [[height, block.timestamp]];
  }
}
