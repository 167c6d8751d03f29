import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { measureReads } from './measure-reads.js';

let server: Server | undefined;
const urlsOf = (port: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `http://127.0.0.1:${port}/${at}`);

afterEach(() => new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve))));

it('reads as often as asked, each its own, and counts answers that are none', async () => {
  const seen: string[] = [];
  server = createServer(({ url = '' }, response) => {
    seen.push(url);
    response.writeHead(Number(url.slice(1)) % 10 === 0 ? 503 : 200).end('{}');
  });
  await new Promise((resolve) => server?.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = server.address() as AddressInfo;
  const times = await measureReads({ urls: urlsOf(port, 100), perSecond: 200 });
  expect(times).toMatchObject({ reads: 100, failed: 10 });
  expect(new Set(seen).size).toBe(100);
  expect(times.p50 <= times.p99 && times.p99 <= times.most).toBe(true);
});

it('counts the wait of a read behind a slow one as its own', async () => {
  let first: (() => void) | undefined;
  let answered = 0;
  // Nothing is answered before the last read has come.
  server = createServer((_, response) => {
    const before = first;
    first = () => (before?.(), response.end('{}'));
    if ((answered += 1) === 50) first();
  });
  await new Promise((resolve) => server?.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = server.address() as AddressInfo;
  const times = await measureReads({ urls: urlsOf(port, 50), perSecond: 100 });
  expect(times.failed).toBe(0);
  expect(times.p50).toBeGreaterThan(200);
});
