import 'reflect-metadata';
import type { Clock, Intake, Observer } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AccountViews } from '../views/account-views.js';
import type { EdgeViews } from '../views/edge-views.js';
import type { EntryViews } from '../views/entry-views.js';
import type { QuoteViews } from '../views/quote-views.js';
import type { ReleaseViews } from '../views/release-views.js';
import type { StatusViews } from '../views/status-views.js';
import type { WitnessViews } from '../views/witness-views.js';
import { AccountsController } from './accounts-controller.js';
import { describeApi } from './describe-api.js';
import { EdgesController } from './edges-controller.js';
import { EntriesController } from './entries-controller.js';
import type { EventFeed } from './event-feed.js';
import { EventsController } from './events-controller.js';
import { HealthController } from './health-controller.js';
import { BODY_BYTES_MAX, CONNECTIONS_MAX, REQUEST_TIMEOUT_MS } from './limits.js';
import { parseJson } from './parse-json.js';
import type { FastifyReply } from 'fastify';
import { Problem } from './problem.js';
import { PostGuard } from './post-guard.js';
import { PostsController } from './posts-controller.js';
import { ProblemFilter } from './problem-filter.js';
import { renderDocs } from './render-docs.js';
import { ReadGuard } from './read-guard.js';
import { RequestPipe } from './request-pipe.js';
import { ReleasesController } from './releases-controller.js';
import { StatusController } from './status-controller.js';
import { TOKENS } from './tokens.js';
import { WitnessesController } from './witnesses-controller.js';

/** What the HTTP interface serves. */
export interface AppParts {
  readonly intake: Intake;
  readonly edges: EdgeViews;
  readonly entries: EntryViews;
  readonly releases: ReleaseViews;
  readonly accounts: AccountViews;
  readonly quotes: QuoteViews;
  readonly status: StatusViews;
  readonly witnesses: WitnessViews;
  readonly feed: EventFeed;
  readonly metrics: () => Promise<string>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The root of the modules; its parts are given when the application is made. */
@Module({})
class AggregatorModule {}

/** Makes the HTTP application; it listens to nothing yet. */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
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
      done(null, parseJson(body.toString()));
    } catch (cause) {
      done(cause as Error);
    }
  });
  fastify.server.maxConnections = CONNECTIONS_MAX;
  new ReadGuard(parts.clock).watch(fastify);
  const { intake, edges, entries, releases, accounts, quotes, status, witnesses, feed, metrics, clock } = parts;
  const module = {
    module: AggregatorModule,
    controllers: [
      PostsController,
      EdgesController,
      EntriesController,
      ReleasesController,
      AccountsController,
      StatusController,
      WitnessesController,
      EventsController,
      HealthController,
    ],
    providers: [
      { provide: TOKENS.intake, useValue: intake },
      { provide: TOKENS.posts, useValue: new PostGuard(clock) },
      { provide: TOKENS.edges, useValue: edges },
      { provide: TOKENS.entries, useValue: entries },
      { provide: TOKENS.releases, useValue: releases },
      { provide: TOKENS.accounts, useValue: accounts },
      { provide: TOKENS.quotes, useValue: quotes },
      { provide: TOKENS.status, useValue: status },
      { provide: TOKENS.witnesses, useValue: witnesses },
      { provide: TOKENS.feed, useValue: feed },
      { provide: TOKENS.metrics, useValue: metrics },
    ],
  };
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    abortOnError: false,
    bodyParser: false,
    logger: false,
  });
  app.useGlobalPipes(new RequestPipe());
  app.useGlobalFilters(new ProblemFilter(parts.observer));
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
