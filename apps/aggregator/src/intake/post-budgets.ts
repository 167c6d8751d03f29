import type { Clock, PostOutcome } from '@surety/workflows';
import { budgetKeyOf } from '@surety/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { BUCKETS_MAX, POSTER_BURST, POSTER_PER_SECOND, REFUSED_BURST, REFUSED_PER_SECOND } from '../limits.js';
import { Problem } from '../problem.js';
import { TokenBuckets } from '../http/token-buckets.js';
import { TOKENS } from '../tokens.js';

/** Bytes of a statement in a body. */
const STATEMENT_BYTES = 1_024;

/**
 * The budgets of posts. A poster is charged only for new items that bear its valid signature. Signatures are public, so items that
 * were handed in before are charged to the remote address, as are refused ones: nobody can use up another's budget.
 */
@Injectable()
export class PostBudgets {
  readonly #posters: TokenBuckets;
  readonly #repeats: TokenBuckets;
  readonly #remotes: TokenBuckets;

  constructor(@Inject(TOKENS.clock) clock: Clock) {
    const steady = { burst: POSTER_BURST, perSecond: POSTER_PER_SECOND, keysMax: BUCKETS_MAX };
    this.#posters = new TokenBuckets(clock, steady);
    this.#repeats = new TokenBuckets(clock, steady);
    this.#remotes = new TokenBuckets(clock, {
      burst: REFUSED_BURST,
      perSecond: REFUSED_PER_SECOND,
      keysMax: BUCKETS_MAX,
    });
  }

  /** @throws Problem 429 with Retry-After if a poster or the remote address has used up its budget. */
  require(remote: string, posters: readonly string[]): void {
    const key = budgetKeyOf(remote);
    const waits = [
      this.#remotes.waitSeconds(key),
      this.#repeats.waitSeconds(key),
      ...[...new Set(posters)].map((poster) => this.#posters.waitSeconds(poster)),
    ];
    const seconds = Math.max(...waits);
    if (seconds === 0) return;
    throw new Problem({
      status: 429,
      code: 'RATE_LIMITED',
      detail: `too much was handed in at once; try again in ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    });
  }

  /** Charges the remote address for a body that was read and refused, as for the statements that fit into as many bytes. */
  chargeUnread(remote: string, bytes: number): void {
    this.#remotes.charge(budgetKeyOf(remote), Math.ceil(bytes / STATEMENT_BYTES));
  }

  /** Charges the cost of one outcome to the poster or to the remote address. */
  charge(charge: { remote: string; poster: string; cost: number; outcome: PostOutcome }): void {
    const { remote, poster, cost, outcome } = charge;
    // An attester that hands in its log again has signed much in epochs that ended: no fault of its address.
    const isRepeat = outcome.kind === 'refused' ? outcome.code === 'EPOCH_ENDED' : !outcome.fresh;
    if (outcome.kind === 'refused' && !isRepeat) this.#remotes.charge(budgetKeyOf(remote), 1);
    else if (!isRepeat) this.#posters.charge(poster, cost);
    else this.#repeats.charge(budgetKeyOf(remote), cost);
  }
}
