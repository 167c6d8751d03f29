import type { OutgoingHttpHeaders } from 'node:http';
import { GAP_EVENT } from '@surety/api';
import type { FastifyReply } from 'fastify';
import type { EventFeed, FeedEvent, ToldEvent } from '../events/event-feed.js';
import { EVENT_BACKLOG_BYTES_MAX, EVENT_KEEPALIVE_MS, EVENT_RETRY_MS } from '../limits.js';

/** Characters of a reader's id that an answer repeats. */
const EVENT_ID_TOLD_MAX = 40;

/** A wanted stream: who reads it, where it goes on, and what it may leave out. */
export interface WantedStream {
  readonly holder: string;
  /** The id behind which it goes on, as the reader says it; undefined for a new one. */
  readonly lastEventId: string | undefined;
  readonly accepts: (event: ToldEvent) => boolean;
}

/** Answers a HEAD as a stream would begin, and is done: a reader that takes no body would hold one open for ever. */
export function endWithHeaders(reply: FastifyReply): void {
  beginStream(reply).end();
}

/**
 * Streams the feed's accepted events after `lastEventId`, as far as they are still kept, and every later one, until either side closes. Where
 * some are missing, or may be since this feed gives no such id, an event that says so comes first. The newest id is named at the open.
 */
export function openStream(reply: FastifyReply, feed: EventFeed, { holder, lastEventId, accepts }: WantedStream): void {
  const raw = beginStream(reply);
  raw.write(`: open\nretry: ${EVENT_RETRY_MS}\n\n`);
  const send = (event: FeedEvent): void => {
    if (!accepts(event)) return;
    raw.write(`id: ${event.id}\nevent: ${event.name}\ndata: ${event.json}\n\n`);
    if (raw.writableLength > EVENT_BACKLOG_BYTES_MAX) raw.destroy();
  };
  if (lastEventId !== undefined) {
    const lastId = idOf(lastEventId);
    const from = feed.gapAfter(lastId, accepts);
    const json = JSON.stringify({ after: lastEventId.slice(0, EVENT_ID_TOLD_MAX), from: String(from) });
    if (from !== undefined) raw.write(`id: ${from}\nevent: ${GAP_EVENT}\ndata: ${json}\n\n`);
    for (const event of feed.after(lastId)) send(event);
  }
  // Without data it is no event, but the reader resumes behind it: the events that it accepts may be weeks away.
  raw.write(`id: ${feed.lastId}\n\n`);
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), EVENT_KEEPALIVE_MS);
  // A slow reader's connection closes long after its end: nothing may be written in between.
  const end = (): void => {
    leave();
    raw.end();
  };
  const stop = feed.listen({ holder, send, end });
  const leave = (): void => {
    clearInterval(keepAlive);
    stop();
  };
  raw.on('close', leave);
}

/** Reads an id; a text that is none comes after all of them, since its reader cannot have seen what is kept. */
function idOf(lastEventId: string): number {
  return /^\d*$/u.test(lastEventId) ? Number(lastEventId) : Infinity;
}

function beginStream(reply: FastifyReply): FastifyReply['raw'] {
  const { raw } = reply.hijack();
  // Those of every answer: a stream bypasses what would send them.
  return raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
}
