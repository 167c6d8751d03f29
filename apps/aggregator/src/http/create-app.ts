import 'reflect-metadata';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { AggregatorConfig } from '@surety/config';
import { limitConnections } from '@surety/telemetry';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply } from 'fastify';
import { AggregatorModule } from '../aggregator-module.js';
import { PostBudgets } from '../intake/post-budgets.js';
import { BODY_BYTES_MAX, CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, REQUEST_TIMEOUT_MS } from '../limits.js';
import { Problem } from '../problem.js';
import { SECURITY_HEADERS, addAnswerHeaders } from './answer-headers.js';
import { guardPosts, readBodies } from './guard-posts.js';
import { ReadGuard, guardReads } from './read-guard.js';
import { serveDocs } from './serve-docs.js';
import { servePage } from './serve-page.js';

/** Characters of one part of a path; the longest that means something is an edge's id with a number of 20 digits. */
const PATH_PART_MAX = 100;

/**
 * Makes the application in the world that these modules provide, for pages of these origins; it listens to nothing yet. Budgets go by
 * the address that a trusted proxy names: all requests through it come from its own, and one reader or poster would spend everybody's.
 */
export async function createApp(
  world: readonly (DynamicModule | Type)[],
  { corsOrigins, trustedProxies }: Pick<AggregatorConfig, 'corsOrigins' | 'trustedProxies'>,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    frameworkErrors: refuseUrl,
    routerOptions: { maxParamLength: PATH_PART_MAX },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
  });
  const fastify = adapter.getInstance();
  readBodies(fastify);
  limitConnections(fastify.server, {
    max: CONNECTIONS_MAX,
    perAddressMax: CONNECTIONS_PER_ADDRESS_MAX,
    trustedProxies,
  });
  addAnswerHeaders(fastify, corsOrigins);
  // Bodies of requests stay as they are: a compressed one could grow far past the limit of its length.
  await fastify.register(compress, {
    encodings: ['br', 'gzip'],
    globalDecompression: false,
    // The default takes twenty times as long, for a tenth less.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AggregatorModule.forRoot(world), adapter, {
    abortOnError: false,
    bodyParser: false,
    logger: false,
  });
  guardReads(fastify, app.get(ReadGuard));
  guardPosts(fastify, app.get(PostBudgets, { strict: false }));
  serveDocs(app);
  servePage(app);
  return app;
}

/** Answers what no route ever sees: a path whose percent signs decode to nothing, or of which one part is too long for any id. */
function refuseUrl({ code }: FastifyError, request: { readonly url: string }, reply: FastifyReply): void {
  const problem =
    code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? new Problem({
          status: 400,
          code: 'BAD_LENGTH',
          detail: `a part of the path is longer than ${PATH_PART_MAX} characters; expected an id, an address or a number`,
        })
      : new Problem({ status: 400, code: 'BAD_URL', detail: 'the path is no valid percent-encoding' });
  const body = JSON.stringify(problem.body(request.url.slice(0, 200)));
  void reply
    .status(400)
    .headers(SECURITY_HEADERS)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(body);
}
