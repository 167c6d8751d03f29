import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AggregatorClient, createAggregatorClient } from '@surety/client';

/** Returns a client that asks an application without a port. */
export function createHttpTestClient(app: NestFastifyApplication): AggregatorClient {
  const ask = async (url: string | URL | Request): Promise<Response> => {
    const { pathname, search } = new URL(url instanceof Request ? url.url : url);
    const { body, statusCode, headers } = await app.inject({ method: 'GET', url: `${pathname}${search}` });
    const type = String(headers['content-type']);
    return new Response(body, { status: statusCode, headers: { 'content-type': type } });
  };
  return createAggregatorClient({ url: 'http://127.0.0.1', timeoutMs: 5_000, fetch: ask });
}
