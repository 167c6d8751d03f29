import type { Clock, PostOutcome } from '@surety/workflows';
import { BUCKETS_MAX, POSTER_BURST, POSTER_PER_SECOND, REFUSED_BURST, REFUSED_PER_SECOND } from './limits.js';
import { Problem } from './problem.js';
import { TokenBuckets } from './token-buckets.js';

/**
 * Keeps posts within their limits. A poster pays only for what bears its valid signature, so nobody can use up another's
 * budget; what is refused is paid for by the remote address.
 */
export class PostGuard {
  readonly #posters: TokenBuckets;
  readonly #remotes: TokenBuckets;

  constructor(clock: Clock) {
    this.#posters = new TokenBuckets(clock, {
      burst: POSTER_BURST,
      perSecond: POSTER_PER_SECOND,
      keysMax: BUCKETS_MAX,
    });
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
    if (charge.outcome.kind === 'stored') this.#posters.charge(charge.poster, charge.cost);
    else this.#remotes.charge(charge.remote, 1);
  }
}
