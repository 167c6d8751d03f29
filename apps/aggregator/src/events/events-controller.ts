import { type View, eventsQuery } from '@surety/api';
import { budgetKeyOf, isLoopback } from '@surety/telemetry';
import { Controller, Get, Headers, Inject, type OnModuleDestroy, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../http/answers.js';
import { EventFeed, type ToldEvent } from './event-feed.js';
import { endWithHeaders, openStream } from '../http/open-stream.js';
import { EVENT_STREAMS_MAX, EVENT_STREAMS_PER_ADDRESS_MAX } from '../limits.js';
import { Problem } from '../problem.js';

/** Streams changes as they happen, as server-sent events. */
@ApiTags('events')
@Controller('/v1/events')
export class EventsController implements OnModuleDestroy {
  constructor(@Inject(EventFeed) private readonly feed: EventFeed) {}

  /** Ends the open streams before the server waits for its connections. */
  onModuleDestroy(): void {
    this.feed.end();
  }

  /** Streams events; `Last-Event-ID` resumes behind that event; where some after it that the stream would have sent are not kept, or nobody knows, `gap` comes first. At the open it names the newest id. */
  @Get()
  @ApiOperation({ summary: 'Follow entries, margins, health, chains and statements' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    schema: { type: 'string' },
    description: `Events entry (with id and account), margin, health, chain and statement; gap first where some after Last-Event-ID that the stream would have sent are not kept, or nobody knows; at the open a block of the newest id alone, to resume behind if no event comes; Last-Event-ID 0 asks for all that is kept; at most ${EVENT_STREAMS_PER_ADDRESS_MAX} streams of one address`,
  })
  @Refuses(400, 429)
  stream(
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query({ schema: eventsQuery }) { account, types }: View<typeof eventsQuery>,
    @Req() { ip, method }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    // The router sends HEAD here, too.
    if (method === 'HEAD') return endWithHeaders(reply);
    const holder = budgetKeyOf(ip);
    if (this.feed.listenerCount >= EVENT_STREAMS_MAX)
      throw refusal(`${EVENT_STREAMS_MAX} event streams are open; try again later`);
    if (!isLoopback(ip) && this.feed.heldBy(holder) >= EVENT_STREAMS_PER_ADDRESS_MAX)
      throw refusal(`your address has ${EVENT_STREAMS_PER_ADDRESS_MAX} event streams open; close one`);
    const accepts = (event: ToldEvent): boolean =>
      (types === undefined || types.includes(event.name)) &&
      (account.length === 0 || event.account === undefined || account.some((one) => one === event.account));
    openStream(reply, this.feed, { holder, lastEventId, accepts });
  }
}

function refusal(detail: string): Problem {
  return new Problem({ status: 429, detail, headers: { 'retry-after': '10' } });
}
