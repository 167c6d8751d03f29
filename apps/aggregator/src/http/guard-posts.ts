import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PostBudgets } from '../intake/post-budgets.js';
import { BODY_BYTES_MAX } from '../limits.js';

/** Refusals of a body as a whole, which no outcome of an item is charged for. */
const UNREAD: ReadonlySet<number> = new Set([400, 413, 415]);

/** Refuses posts of an address whose budget is used up before a byte of their body is read, and charges those whose body is refused. */
export function guardPosts(fastify: FastifyInstance, budgets: PostBudgets): void {
  fastify.addHook('onRequest', async ({ method, ip }) => {
    if (method === 'POST') budgets.require(ip, []);
  });
  // Before the answer is sent, so that the next post of its sender finds it charged.
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (request.method === 'POST' && UNREAD.has(reply.statusCode))
      budgets.chargeUnread(request.ip, bytesReadOf(request, reply.statusCode));
    return payload;
  });
}

/** Bytes that were read of a body: none of another type, or of one that says that it is too long. One that says nothing may be the longest. */
function bytesReadOf({ headers }: FastifyRequest, status: number): number {
  if (status === 415) return 1;
  const told = headers['content-length'];
  if (told === undefined) return BODY_BYTES_MAX;
  return Number(told) > BODY_BYTES_MAX ? 1 : Math.max(1, Number(told));
}
