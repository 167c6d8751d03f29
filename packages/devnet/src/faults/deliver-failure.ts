import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Failure } from './fault.js';

/** More than any reader takes. */
const GIANT_BYTES = 40 * 1024 * 1024;
const SPACES = Buffer.alloc(1 << 16, ' ');

/** Answers as a broken connection does. `ask` gives the node's true answer, for failures that happen after it. */
export async function deliverFailure(kind: Failure, answer: ServerResponse, ask: () => Promise<string>): Promise<void> {
  const say = (status: number, text: string): void => {
    answer.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  switch (kind) {
    case 'timeout':
      return;
    case 'reset':
      answer.destroy();
      return;
    case 'http-429':
      return say(429, '{"error":{"code":-32005,"message":"rate limit exceeded"}}');
    case 'http-500':
      return say(500, 'the provider is out of order');
    case 'http-302':
      answer.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
      return;
    case 'no-json':
      return say(200, '<html>try again</html>');
    case 'empty-body':
      return say(200, '');
    default:
      return deliverBroken(kind, answer, await ask());
  }
}

/** Breaks an answer that the node did give. */
function deliverBroken(kind: Failure, answer: ServerResponse, text: string): void | Promise<void> {
  switch (kind) {
    case 'answer-lost':
      answer.destroy();
      return;
    case 'cut-off':
      answer.end(text.slice(0, text.length >> 1));
      return;
    case 'stall':
      answer.writeHead(200, { 'content-length': text.length });
      answer.write(text.slice(0, text.length >> 1));
      return;
    case 'giant-body':
      return pourSpaces(answer, text);
    default:
      answer.end(JSON.stringify(misanswer(kind, JSON.parse(text) as Record<string, unknown>)));
  }
}

function misanswer(kind: Failure, reply: Record<string, unknown>): Record<string, unknown> {
  const { id, result } = reply;
  switch (kind) {
    case 'wrong-id':
      return { ...reply, id: 999_999 };
    case 'no-id':
      return { jsonrpc: '2.0', result };
    case 'result-and-error':
      return { ...reply, error: { code: -32_000, message: 'both' } };
    default:
      return { jsonrpc: '2.0', id, error: { code: -32_603, message: 'internal error' } };
  }
}

/** The caller ends it, once it has had enough. */
async function pourSpaces(answer: ServerResponse, text: string): Promise<void> {
  await pipeline(spacesAfter(text), answer).catch(() => undefined);
}

function* spacesAfter(text: string): Generator<Buffer> {
  yield Buffer.from(text);
  for (let sent = 0; sent < GIANT_BYTES; sent += SPACES.length) yield SPACES;
}
