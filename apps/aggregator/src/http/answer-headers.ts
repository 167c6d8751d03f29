import { createHash } from 'node:crypto';
import type { CorsOrigins } from '@surety/config';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodsOf, routeOf } from './routes.js';

/** Headers of every answer: nothing here may be guessed at, framed or run, and no address leaks to where a link leads. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** Headers beside the plain ones that a page of another origin may read. */
const EXPOSED = 'etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, ratelimit-policy';

/** Headers that such a page may send. */
const ACCEPTED = 'content-type, if-none-match, last-event-id, cache-control';

/** Seconds for which a browser may remember a preflight. */
const PREFLIGHT_KEPT_S = 600;

/**
 * Adds to every answer its security headers, and to reads what browsers and caches need: CORS, a tag of the content, and leave to
 * keep it. An answer names its block, so its tag changes with the block and with nothing that a reader cannot see.
 */
export function addAnswerHeaders(fastify: FastifyInstance, origins: CorsOrigins): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const isRead = isReadOf(request, '/v1');
    void reply.headers({ ...SECURITY_HEADERS, 'cache-control': isRead ? 'public, no-cache' : 'no-store' });
    if (!isOpen(request)) return;
    openTo(origins, request, reply);
    return request.method === 'OPTIONS' ? reply.status(204).header('allow', allowed(request)).send() : undefined;
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (!isText || reply.statusCode !== 200 || !['GET', 'HEAD'].includes(request.method)) return payload;
    if (reply.getHeader('cache-control') === 'no-store') return payload;
    const tag = `"${createHash('sha1').update(payload).digest('base64url')}"`;
    // Weak, because one tag names the content in every encoding.
    void reply.header('etag', `W/${tag}`);
    if (!namesTag(request.headers['if-none-match'], tag)) return payload;
    void reply.status(304).removeHeader('content-type').removeHeader('content-length');
    return '';
  });
}

/** True for a path that can be read and holds nothing about the process itself; posts of attesters stay closed to pages. */
function isOpen(request: FastifyRequest): boolean {
  const path = routeOf(request);
  if (path === '/metrics') return false;
  return isReadOf(request, '/') || (request.method === 'OPTIONS' && (methodsOf(path)?.startsWith('GET') ?? false));
}

function isReadOf(request: FastifyRequest, under: string): boolean {
  return ['GET', 'HEAD'].includes(request.method) && routeOf(request).startsWith(under);
}

function openTo(origins: CorsOrigins, request: FastifyRequest, reply: FastifyReply): void {
  if (origins === 'none') return;
  if (origins !== 'any') void reply.header('vary', 'origin');
  const { origin } = request.headers;
  if (origins !== 'any' && (origin === undefined || !origins.includes(origin))) return;
  void reply.headers({
    'access-control-allow-origin': origins === 'any' ? '*' : origin,
    'access-control-expose-headers': EXPOSED,
  });
  if (request.method !== 'OPTIONS') return;
  void reply.headers({
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': ACCEPTED,
    'access-control-max-age': PREFLIGHT_KEPT_S,
  });
}

function allowed(request: FastifyRequest): string {
  return methodsOf(routeOf(request)) ?? '';
}

/** True if a list of tags has this one, weak or strong. @source RFC 9110, section 13.1.2 */
function namesTag(list: string | undefined, tag: string): boolean {
  return (
    list !== undefined && (list.trim() === '*' || list.split(',').some((one) => one.trim().replace(/^W\//, '') === tag))
  );
}
