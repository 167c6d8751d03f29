import { type Clock, LedgerFollower, type ParkedCreditFact, type SettlementReader } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { TOKENS } from '../tokens.js';

/** Reasons that end at a date. */
const DATED: ReadonlySet<string> = new Set(['UNCONFIRMED', 'SEASON', 'FEE']);
/** Dates kept: each is three numbers. */
const DATES_KEPT = 4_096;
/** Dates read from the chain for one answer: each costs a quorum of calls, once. */
const READS_PER_ANSWER = 16;
/** Milliseconds after which a date is asked for again that no provider gave. */
const ASKED_AGAIN_MS = 5_000;

/** A date in seconds, and the height at which it was read. */
interface ReadDate {
  readonly readyAt: bigint;
  readonly height: bigint;
}

/**
 * Dates from which parked credits may be unparked, as the ledger keeps them. A date is read when somebody asks, and again
 * only after a fact changed it; whoever asks meanwhile waits for that read.
 */
@Injectable()
export class ParkedDates {
  readonly #dates = new Map<string, ReadDate>();
  readonly #asked: KeptAnswers<string, void>;

  constructor(
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#asked = new KeptAnswers(clock, ASKED_AGAIN_MS);
  }

  /** Returns the dates of some credits in seconds, in their order; null where there is none, or none was read yet. */
  async of(credits: readonly ParkedCreditFact[]): Promise<(bigint | null)[]> {
    const dated = credits.filter(({ reason }) => DATED.has(reason));
    const unread = dated.filter((credit) => this.#standing(credit) === undefined);
    await Promise.all(unread.slice(0, READS_PER_ANSWER).map((credit) => this.#join(credit)));
    return credits.map((credit) => this.#standing(credit) ?? null);
  }

  /** Returns a date that no fact has changed since it was read. */
  #standing(credit: ParkedCreditFact): bigint | undefined {
    const read = this.#dates.get(keyOf(credit));
    return read !== undefined && read.height >= this.follower.datings.heightOf(credit) ? read.readyAt : undefined;
  }

  #join(credit: ParkedCreditFact): Promise<void> {
    const key = `${keyOf(credit)}:${this.follower.datings.heightOf(credit)}`;
    return this.#asked.read(key, () => this.#read(credit));
  }

  async #read(credit: ParkedCreditFact): Promise<void> {
    const { reader, follower } = this;
    const block = follower.snapshot?.block;
    if (block === undefined) return;
    // An account is shown without a date rather than not at all.
    const readyAt = await reader.readParkedDate(credit, block).catch(() => undefined);
    if (readyAt === undefined || readyAt === 0n) return;
    const oldest = this.#dates.keys().next().value;
    if (this.#dates.size >= DATES_KEPT && oldest !== undefined) this.#dates.delete(oldest);
    this.#dates.set(keyOf(credit), { readyAt, height: block.height });
  }
}

/** A credit that is parked again for another reason has another date. */
function keyOf({ source, index, reason }: ParkedCreditFact): string {
  return `${source}:${index}:${reason}`;
}
