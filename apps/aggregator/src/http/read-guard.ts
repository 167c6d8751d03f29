import type { Clock } from '@surety/workflows';
import { budgetKeyOf, isLoopback } from '@surety/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  AUCTION_READS,
  BUCKETS_MAX,
  EXPLAIN_READS,
  HISTORY_READS,
  QUOTE_READS,
  READ_BURST,
  READ_PER_SECOND,
} from '../limits.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';
import { routeOf } from './routes.js';
import { TokenBuckets } from './token-buckets.js';

/** A full budget refills in this many seconds, which makes it a window as RateLimit-Policy has it. */
const WINDOW_S = READ_BURST / READ_PER_SECOND;

/** Reads as which requests count that make us ask chains: by the beginning of their route. */
const WEIGHTS: readonly (readonly [under: string, reads: number])[] = [
  ['/v1/quote/', QUOTE_READS],
  ['/v1/auctions', AUCTION_READS],
  ['/v1/explain/', EXPLAIN_READS],
  ['/v1/accounts/:account/history', HISTORY_READS],
];

/**
 * Keeps the reads of one remote address within a budget: the one that a trusted proxy names, or else the connection's. A network of IPv6,
 * a /64, has one budget. Loopback has none, and the health of the process costs nothing.
 */
@Injectable()
export class ReadGuard {
  readonly #buckets: TokenBuckets;

  constructor(@Inject(TOKENS.clock) clock: Clock) {
    this.#buckets = new TokenBuckets(clock, { burst: READ_BURST, perSecond: READ_PER_SECOND, keysMax: BUCKETS_MAX });
  }

  /** @throws Problem 429 with Retry-After for a read past the budget. */
  require(request: FastifyRequest, reply: FastifyReply): void {
    const { ip, method } = request;
    const route = routeOf(request);
    if (!['GET', 'HEAD'].includes(method) || route.startsWith('/health/') || isLoopback(ip)) return;
    const key = budgetKeyOf(ip);
    const seconds = this.#buckets.waitSeconds(key);
    if (seconds === 0) this.#buckets.charge(key, readsOf(route));
    const { remaining, fullInS } = this.#buckets.left(key);
    void reply.headers({
      'ratelimit-limit': READ_BURST,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': fullInS,
      'ratelimit-policy': `${READ_BURST};w=${WINDOW_S}`,
    });
    if (seconds > 0) throw refusal(seconds);
  }
}

/** Asks the budget before anything else is done for a read, also for files and for what is not there. */
export function guardReads(fastify: FastifyInstance, guard: ReadGuard): void {
  fastify.addHook('onRequest', async (request, reply) => guard.require(request, reply));
}

function readsOf(route: string): number {
  return WEIGHTS.find(([under]) => route.startsWith(under))?.[1] ?? 1;
}

function refusal(seconds: number): Problem {
  const detail = `more than ${READ_PER_SECOND} reads a second came from your address; try again in ${seconds} s`;
  return new Problem({ status: 429, code: 'RATE_LIMITED', detail, headers: { 'retry-after': String(seconds) } });
}
