import { getEventListeners } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fetchVaaDocument } from './fetch-vaa-document.js';

const ANSWERS: Readonly<Record<string, { readonly status: number; readonly body: string }>> = {
  '/there': { status: 200, body: '{"vaaBytes":"AQ=="}' },
  '/broken': { status: 500, body: '{}' },
  '/text': { status: 200, body: 'moved' },
  '/moved': { status: 302, body: '{}' },
  '/long': { status: 200, body: `"${'a'.repeat(65_536)}"` },
};

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, answer) => {
    const { status, body } = ANSWERS[request.url ?? ''] ?? { status: 404, body: '{}' };
    answer.writeHead(status, { location: '/there' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('gives what is there, and nothing for what is not signed yet', async () => {
  const fetchDocument = fetchVaaDocument(url, 1000);
  expect(await fetchDocument('/there')).toEqual({ vaaBytes: 'AQ==' });
  expect(await fetchDocument('/later')).toBeUndefined();
});

test.each(['/broken', '/text', '/moved', '/long'])('does not take %s for an answer', async (path) => {
  await expect(fetchVaaDocument(url, 1000)(path)).rejects.toMatchObject({ code: 'VAA_UNAVAILABLE', retryable: true });
});

test('says so when nobody answers', async () => {
  await expect(fetchVaaDocument('http://127.0.0.1:1', 1000)('/there')).rejects.toMatchObject({
    code: 'VAA_UNAVAILABLE',
  });
});

test('leaves nothing on a signal that outlives it, and ends with that', async () => {
  const outer = new AbortController();
  const combine = vi.spyOn(AbortSignal, 'any');
  expect(await fetchVaaDocument(url, 1000)('/there', outer.signal)).toEqual({ vaaBytes: 'AQ==' });
  expect([getEventListeners(outer.signal, 'abort').length, combine.mock.calls]).toEqual([0, []]);
  combine.mockRestore();
  const reading = fetchVaaDocument(url, 1000)('/there', outer.signal);
  outer.abort(new Error('asked to stop'));
  await expect(reading).rejects.toThrow('gave no signed message: Error: asked to stop');
});
