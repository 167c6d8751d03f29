import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { EventFeed, FeedEvent } from '../events/event-feed.js';
import { EVENT_BACKLOG_BYTES_MAX, EVENT_KEEPALIVE_MS } from '../limits.js';

/** Streams the feed's events after `lastId`, if they are still kept, and every later one, until either side closes. */
export function openStream(reply: FastifyReply, feed: EventFeed, lastId: number): void {
  const { raw } = reply.hijack();
  // Those of every answer: a stream bypasses what would send them.
  raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
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
