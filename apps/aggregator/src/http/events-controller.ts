import type { ServerResponse } from 'node:http';
import { Controller, Get, Headers, Inject, type OnModuleDestroy, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Refuses } from './answers.js';
import type { EventFeed, FeedEvent } from './event-feed.js';
import { EVENT_BACKLOG_BYTES_MAX, EVENT_KEEPALIVE_MS, EVENT_STREAMS_MAX } from './limits.js';
import { Problem } from './problem.js';
import { TOKENS } from './tokens.js';

/** Changes as they happen, as server-sent events. */
@ApiTags('events')
@Controller('/v1/events')
export class EventsController implements OnModuleDestroy {
  readonly #feed: EventFeed;

  constructor(@Inject(TOKENS.feed) feed: EventFeed) {
    this.#feed = feed;
  }

  /** Ends the open streams before the server waits for its connections. */
  onModuleDestroy(): void {
    this.#feed.end();
  }

  /** Streams events; `Last-Event-ID` resumes behind that event as far as it is still kept. */
  @Get()
  @ApiOperation({ summary: 'Follow entries, margins, health, chains and statements' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { type: 'string' }, description: 'Events entry, margin, health, chain and statement' })
  @Refuses(429)
  stream(@Headers('last-event-id') lastEventId: string | undefined, @Res() reply: FastifyReply): void {
    if (this.#feed.listenerCount >= EVENT_STREAMS_MAX) {
      throw new Problem({
        status: 429,
        detail: `${EVENT_STREAMS_MAX} event streams are open; try again later`,
        headers: { 'retry-after': '10' },
      });
    }
    reply.hijack();
    openStream(reply.raw, this.#feed, Number(lastEventId));
  }
}

function openStream(raw: ServerResponse, feed: EventFeed, lastId: number): void {
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(': open\n\n');
  const send = (event: FeedEvent): void => {
    raw.write(`id: ${event.id}\nevent: ${event.name}\ndata: ${event.json}\n\n`);
    if (raw.writableLength > EVENT_BACKLOG_BYTES_MAX) raw.destroy();
  };
  if (Number.isSafeInteger(lastId)) for (const event of feed.after(lastId)) send(event);
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), EVENT_KEEPALIVE_MS);
  // A slow reader's connection closes long after its end: nothing may be written in between.
  const end = (): void => {
    leave();
    raw.end();
  };
  const stop = feed.listen({ send, end });
  const leave = (): void => {
    clearInterval(keepAlive);
    stop();
  };
  raw.on('close', leave);
}
