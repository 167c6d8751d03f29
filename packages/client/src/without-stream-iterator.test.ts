import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';
import { ANSWER_BYTES_MAX } from './limits.js';

// As some browsers are: a stream is read by its reader alone.
Reflect.deleteProperty(ReadableStream.prototype, Symbol.asyncIterator);
Reflect.deleteProperty(ReadableStream.prototype, 'values');

/** Returns a client of a body, with what became of that body. */
function clientOf(parts: readonly (string | Uint8Array)[], type: string) {
  const body = { isLeft: false };
  const rest = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const part = rest.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
    cancel: () => void (body.isLeft = true),
  });
  const answer: typeof fetch = async () => new Response(stream, { headers: { 'content-type': type } });
  return { body, client: createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: answer }) };
}

it('reads an answer where a stream cannot be iterated over', async () => {
  const { client } = clientOf(['{"contracts"', ':[]}'], 'application/json');
  expect(await client.readContracts()).toEqual([]);
});

it('reads an answer whose stream is one of Node, as a fetch that was passed in may give it', async () => {
  const body = Readable.from([Buffer.from('{"contracts":[]}')]);
  const headers = new Headers({ 'content-type': 'application/json' });
  const answer = { status: 200, ok: true, headers, body, url: '', redirected: false, type: 'basic' };
  const passed: typeof fetch = async () => answer as unknown as Response;
  const client = createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: passed });
  expect(await client.readContracts()).toEqual([]);
});

it('leaves an answer that is too large there', async () => {
  const { client, body } = clientOf([new Uint8Array(ANSWER_BYTES_MAX), '1', '2', '3'], 'application/json');
  await expect(client.readContracts()).rejects.toThrow(`http://there answered more than ${ANSWER_BYTES_MAX} bytes`);
  expect(body.isLeft).toBe(true);
});

it('reads events there, and leaves them with their reader', async () => {
  const { client, body } = clientOf(
    ['id: 1\ndata: 1\n\nid: 2\nda', 'ta: 2\n\n', 'id: 3\ndata: 3\n\n', ': 4'],
    'text/event-stream',
  );
  const ids: string[] = [];
  for await (const { id } of client.readEvents()) {
    ids.push(id);
    if (id === '2') break;
  }
  expect([ids, body.isLeft]).toEqual([['1', '2'], true]);
});
