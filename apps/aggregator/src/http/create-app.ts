import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { AggregatorModule } from '../aggregator-module.js';
import { BODY_BYTES_MAX, CONNECTIONS_MAX, REQUEST_TIMEOUT_MS } from '../limits.js';
import { Problem } from '../problem.js';
import { describeApi } from './describe-api.js';
import { parseRequestJson } from './parse-json.js';
import { renderDocs } from './render-docs.js';

/** Makes the application in the world that these modules provide; it listens to nothing yet. */
export async function createApp(world: readonly (DynamicModule | Type)[]): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    frameworkErrors: refuseUrl,
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseRequestJson(body.toString()));
    } catch (cause) {
      done(cause as Error);
    }
  });
  fastify.server.maxConnections = CONNECTIONS_MAX;
  const app = await NestFactory.create<NestFastifyApplication>(AggregatorModule.forRoot(world), adapter, {
    abortOnError: false,
    bodyParser: false,
    logger: false,
  });
  serveDocs(app);
  return app;
}

/** Answers what no route ever sees: a path whose percent signs decode to nothing. */
function refuseUrl(_error: Error, request: { readonly url: string }, reply: FastifyReply): void {
  const problem = new Problem({ status: 400, code: 'BAD_URL', detail: 'the path is no valid percent-encoding' });
  const body = JSON.stringify(problem.body(request.url.slice(0, 200)));
  void reply.status(400).header('content-type', 'application/problem+json; charset=utf-8').send(body);
}

/**
 * Serves the OpenAPI document and a page of it, made when first asked for; the page needs no scripts, so nothing may run on it.
 */
function serveDocs(app: NestFastifyApplication): void {
  let made: { readonly json: string; readonly page: string } | undefined;
  const docs = (): { readonly json: string; readonly page: string } => {
    if (made !== undefined) return made;
    const document = describeApi(app);
    return (made = { json: JSON.stringify(document), page: renderDocs(document) });
  };
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(docs().json));
  fastify.get('/docs', (_request, reply) =>
    reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(docs().page),
  );
}
