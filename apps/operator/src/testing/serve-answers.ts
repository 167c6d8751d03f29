import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Starts a local server that answers these paths with JSON, and all others with 404 as an aggregator does; `closing` gets what ends it. */
export async function serveAnswers(answers: Record<string, unknown>, closing: (() => void)[]): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const body = answers[path];
    const code = path.startsWith('/v1/explain/') ? 'NOTHING_TO_EXPLAIN' : 'NOT_FOUND';
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(body ?? { type: 'about:blank', title: 'no', status: 404, code, detail: 'no', instance: '/' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
