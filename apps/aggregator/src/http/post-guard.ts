import type { Clock, PostOutcome } from '@surety/workflows';
import { BUCKETS_MAX, POSTER_BURST, POSTER_PER_SECOND, REFUSED_BURST, REFUSED_PER_SECOND } from './limits.js';
import { Problem } from './problem.js';
import { TokenBuckets } from './token-buckets.js';

/**
 * Keeps posts within their limits. A poster pays only for what bears its valid signature and is new; signatures are public, so
 * what is handed in again is paid for by the remote address, as is what is refused: nobody can use up another's budget.
 */
export class PostGuard {
  readonly #posters: TokenBuckets;
  readonly #repeats: TokenBuckets;
  readonly #remotes: TokenBuckets;

  constructor(clock: Clock) {
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
    const waits = [
      this.#remotes.waitSeconds(remote),
      this.#repeats.waitSeconds(remote),
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

  /** Takes the cost of one outcome from whoever owes it. */
  charge(charge: { remote: string; poster: string; cost: number; outcome: PostOutcome }): void {
    const { remote, poster, cost, outcome } = charge;
    if (outcome.kind === 'refused') this.#remotes.charge(remote, 1);
    else if (outcome.fresh) this.#posters.charge(poster, cost);
    else this.#repeats.charge(remote, cost);
  }
}
