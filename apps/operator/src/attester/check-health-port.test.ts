import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkHealthPort } from './check-health-port.js';

const host = '127.0.0.1';

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** Answers as a watcher does, whose readiness is given. */
const watcher =
  (readiness: object): RequestListener =>
  ({ url }, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(url === '/v1/halts' ? { halts: [] } : readiness));

test('a watcher that is ready, one that is not, and one that names a reason', async () => {
  const reasons = [{ code: 'NOT_A_MEMBER', detail: 'nobody counts it' }];
  const ports = await Promise.all([
    listen(watcher({ ready: true, reasons: [] })),
    listen(watcher({ ready: true, reasons })),
    listen(watcher({ ready: false, reasons })),
  ]);
  expect(await Promise.all(ports.map((port) => checkHealthPort({ host, port })))).toMatchObject([
    { result: 'ok', detail: expect.stringContaining('a watcher answers') },
    { result: 'warn', detail: expect.stringContaining('NOT_A_MEMBER: nobody counts it') },
    { result: 'fail', detail: expect.stringContaining('NOT_A_MEMBER: nobody counts it') },
  ]);
});

test('a port that another program holds, a free one, and none', async () => {
  const other = await listen((_request, response) => response.writeHead(404).end());
  expect(await checkHealthPort({ host: '0.0.0.0', port: other })).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('another program'),
  });
  const broken = await listen((_request, response) => response.destroy());
  expect(await checkHealthPort({ host, port: broken })).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('gives no answer'),
  });
  const free = await listen(() => {});
  expect(await checkHealthPort({ host: '127.0.0.2', port: free })).toMatchObject({
    result: 'ok',
    detail: expect.stringContaining('start the watcher'),
  });
  expect(await checkHealthPort({ host, port: 0 })).toMatchObject({ result: 'warn' });
});
