import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PostBudgets } from '../intake/post-budgets.js';
import { BODY_BYTES_MAX } from '../limits.js';
import { parseRequestJson } from './parse-json.js';
import { missing } from './problem-filter.js';

/** Refusals of a body as a whole, which no outcome of an item is charged for. */
const UNREAD: ReadonlySet<number> = new Set([400, 413, 415]);

/** Bytes of bodies that were read to their end. */
const BODY_BYTES = new WeakMap<FastifyRequest, number>();

/** Takes bodies of JSON, and no others. */
export function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      BODY_BYTES.set(request, Buffer.byteLength(body));
      done(null, parseRequestJson(body.toString()));
    } catch (cause) {
      done(cause as Error);
    }
  });
}

/**
 * Before a byte of a body is read, refuses what no route takes, and whatever may have a body from an address whose budget is used up.
 * Charges an address for what it refuses so, and for bodies that are refused.
 */
export function guardPosts(fastify: FastifyInstance, budgets: PostBudgets): void {
  fastify.addHook('onRequest', async (request) => {
    const { method, ip, is404, url } = request;
    if (mayHaveBody(method)) budgets.require(ip, []);
    // The router's own answer comes after the body.
    if (is404 && !['GET', 'HEAD'].includes(method)) throw missing(method, url.split('?', 1)[0] ?? url);
  });
  // Before the answer is sent, so that the next post of its sender finds it charged.
  fastify.addHook('onSend', async (request, reply, payload) => {
    const { method, is404, ip } = request;
    if (mayHaveBody(method) && ((is404 && reply.statusCode !== 429) || UNREAD.has(reply.statusCode)))
      budgets.chargeUnread(ip, bytesReadOf(request, reply.statusCode));
    return payload;
  });
}

/** True for every method whose body is read. Of OPTIONS, what a route does not answer at once is refused. */
function mayHaveBody(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/** Bytes that were read of a body, at least 1: none of another type, of one that says that it is too long, and where no route is. */
function bytesReadOf(request: FastifyRequest, status: number): number {
  if (status === 415 || request.is404) return 1;
  const told = Number(request.headers['content-length']);
  if (told > BODY_BYTES_MAX) return 1;
  // One in chunks says nothing of its length, and is cut off at the limit.
  return Math.max(1, BODY_BYTES.get(request) ?? (status === 413 ? BODY_BYTES_MAX : told || 1));
}
