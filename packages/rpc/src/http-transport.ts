import { rpcError } from './errors.js';
import type { RpcReply, RpcTransport } from './rpc-transport.js';

/** Gives a transport over HTTP POST. The address never appears in an error, since it may hold a key. */
export function createHttpTransport(options: {
  url: string;
  headers?: Readonly<Record<string, string>>;
}): RpcTransport {
  const headers = { ...options.headers, 'content-type': 'application/json' };
  return {
    async send(body, { signal, bytesMax }): Promise<RpcReply> {
      let response: Response;
      try {
        response = await fetch(options.url, { method: 'POST', headers, body, signal, redirect: 'error' });
      } catch (cause) {
        throw rpcError('UNREACHABLE', 'the provider could not be reached; check its address and that it runs', {
          cause,
        });
      }
      return { status: response.status, body: await readBounded(response, bytesMax) };
    },
  };
}

async function readBounded(response: Response, bytesMax: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > bytesMax) {
        throw rpcError(
          'RESPONSE_TOO_LARGE',
          `an answer passed ${bytesMax} bytes; expected less, ask for a smaller range`,
        );
      }
      chunks.push(value);
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    if (cause instanceof Error && 'code' in cause && cause.code === 'RESPONSE_TOO_LARGE') throw cause;
    throw rpcError('UNREACHABLE', 'the provider broke off its answer; it is asked again later', { cause });
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
