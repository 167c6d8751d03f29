import { devnetError } from '../errors.js';

/** Calls one JSON-RPC method of a local node. @throws NODE_NOT_READY with the node's own error. */
export async function callNode(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message?: string } };
  if (answer.error !== undefined) {
    throw devnetError('NODE_NOT_READY', `${method} was refused by the node: ${answer.error.message ?? 'no message'}`, {
      method,
    });
  }
  return answer.result;
}
