import { rpcError } from '../errors.js';
import { isDense } from './dense-answer.js';
import { parseObject } from './rpc-values.js';
import type { RpcReply } from '../rpc-transport.js';

/** Error codes and phrases by which providers reject a log range as too large. They are only matched, never shown. */
const RANGE_CODES: ReadonlySet<number> = new Set([-32005, -32012, -32047, -32062, -32614]);
const RANGE_WORDS = /range|too many|too large|limit|exceed|more than|max(?:imum)? |response size|timed? ?out/i;

/**
 * Returns the result of a JSON-RPC response.
 * @throws HTTP_STATUS, RANGE_REFUSED (the log range is too large), RPC_ERROR (context: `rpc_code`, `detail`,
 * `payload`), BAD_RESPONSE (context: `dense` if it was not even parsed), RESPONSE_TOO_LARGE.
 */
export function parseReply(
  reply: RpcReply,
  expected: { id: number; method: string; params: readonly unknown[]; bytesMax: number },
): unknown {
  if (reply.body.length > expected.bytesMax) {
    throw rpcError(
      'RESPONSE_TOO_LARGE',
      `an answer passed ${expected.bytesMax} bytes; expected less, ask for a smaller range`,
    );
  }
  if (reply.status === 413) {
    throw rpcError('RANGE_REFUSED', `${expected.method} was refused as too large (HTTP 413)`);
  }
  const dense = isDense(reply.body, expected);
  const answer = dense ? undefined : parseJson(reply.body);
  if (reply.status === 429 || (reply.status !== 200 && !hasError(answer))) {
    throw rpcError('HTTP_STATUS', `${expected.method} was answered with HTTP ${reply.status}; expected 200`, {
      context: { status: reply.status },
    });
  }
  if (dense) {
    throw rpcError(
      'BAD_RESPONSE',
      `the answer to ${expected.method} has more parts or kinds of objects than an honest one of its length; it was not parsed`,
      { context: { dense } },
    );
  }
  const object = parseObject(answer, 'the answer');
  if (object['jsonrpc'] !== '2.0') throw rpcError('BAD_RESPONSE', 'the answer is not JSON-RPC 2.0; check the address');
  if (hasError(object)) throw refusal(object['error'], expected.method);
  if (object['id'] !== expected.id) {
    throw rpcError('BAD_RESPONSE', `the answer carries another id than ${expected.id}; it belongs to another question`);
  }
  if (!Object.hasOwn(object, 'result')) {
    throw rpcError('BAD_RESPONSE', 'the answer has neither a result nor an error; check the address');
  }
  return object['result'];
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function hasError(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'error' in answer && answer.error !== null;
}

function refusal(error: unknown, method: string): Error {
  const { code, message, data } = parseObject(error, 'the error');
  const number = typeof code === 'number' ? code : 0;
  const refused =
    method === 'eth_getLogs' && (RANGE_CODES.has(number) || (typeof message === 'string' && RANGE_WORDS.test(message)));
  if (refused) return rpcError('RANGE_REFUSED', `eth_getLogs was refused for its range (error ${number})`);
  return rpcError('RPC_ERROR', `${method} was answered with error ${number}`, {
    context: { rpc_code: number, detail: clipped(message), payload: revertBytes(data) },
  });
}

/** Characters kept of a provider's error message; nodes name a revert, a nonce or a fee in fewer. */
const DETAIL_CHARS_MAX = 300;

/** Clips a provider's error message for the error context, where callers distinguish one refusal from another. */
function clipped(message: unknown): string {
  if (typeof message !== 'string') return 'no message';
  return message.length > DETAIL_CHARS_MAX ? `${message.slice(0, DETAIL_CHARS_MAX - 3)}...` : message;
}

/** Longest revert payload that is kept: custom errors have a few words. */
const PAYLOAD_HEX_MAX = 2 + 2 * 4_096;

/** Returns the bytes of a revert, or null. Some nodes nest them one level deeper. */
function revertBytes(data: unknown): string | null {
  if (typeof data === 'string')
    return data.length <= PAYLOAD_HEX_MAX && /^0x(?:[0-9a-f]{2})*$/i.test(data) ? data.toLowerCase() : null;
  return typeof data === 'object' && data !== null && 'data' in data && typeof data.data === 'string'
    ? revertBytes(data.data)
    : null;
}
