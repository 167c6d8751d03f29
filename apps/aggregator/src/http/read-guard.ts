import type { Clock } from '@surety/workflows';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { BUCKETS_MAX, QUOTE_READS, READ_BURST, READ_PER_SECOND } from './limits.js';
import { Problem } from './problem.js';
import { TokenBuckets } from './token-buckets.js';

/**
 * Keeps reads of one remote address within a budget. Loopback has none: whoever puts a proxy in front, so that all come from there,
 * limits at the proxy.
 */
export class ReadGuard {
  readonly #buckets: TokenBuckets;

  constructor(clock: Clock) {
    this.#buckets = new TokenBuckets(clock, { burst: READ_BURST, perSecond: READ_PER_SECOND, keysMax: BUCKETS_MAX });
  }

  /** Answers 429 with Retry-After to reads past the budget, before anything else is done for them. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      const { ip, method, url } = request;
      if (method !== 'GET' || !url.startsWith('/v1/') || isLoopback(ip)) return done();
      const seconds = this.#buckets.waitSeconds(ip);
      if (seconds > 0) return refuse(reply, url, seconds);
      this.#buckets.charge(ip, url.startsWith('/v1/quote/') ? QUOTE_READS : 1);
      done();
    });
  }
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');
}

function refuse(reply: FastifyReply, url: string, seconds: number): void {
  const detail = `more than ${READ_PER_SECOND} reads a second came from your address; try again in ${seconds} s`;
  const problem = new Problem({ status: 429, code: 'RATE_LIMITED', detail });
  void reply
    .status(429)
    .header('retry-after', String(seconds))
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.body(url.split('?', 1)[0]?.slice(0, 200) ?? '')));
}
