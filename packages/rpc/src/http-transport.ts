import { Agent, type Dispatcher, request } from 'undici';
import { rpcError } from './errors.js';
import type { RpcReply, RpcTransport } from './rpc-transport.js';

/** Keeps connections to providers open between questions. `fetch` costs three times the CPU for each of them. */
const connections = new Agent();

/**
 * Returns a transport over HTTP POST; a user name and password in the address are sent as basic authentication.
 * Its errors never show the address, which may hold a key.
 */
export function createHttpTransport(options: {
  url: string;
  headers?: Readonly<Record<string, string>>;
}): RpcTransport {
  const { url, authorization } = splitAddress(options.url);
  const headers = { ...authorization, ...options.headers, 'content-type': 'application/json' };
  return {
    async send(body, { signal, bytesMax }): Promise<RpcReply> {
      let response: Dispatcher.ResponseData;
      try {
        response = await request(url, { method: 'POST', headers, body, signal, dispatcher: connections });
      } catch (cause) {
        throw rpcError('UNREACHABLE', 'the provider could not be reached; check its address and that it runs', {
          cause,
        });
      }
      const status = response.statusCode;
      const text = await readBounded(response.body, bytesMax);
      if (status >= 300 && status < 400) {
        throw rpcError('UNREACHABLE', `the provider redirects (HTTP ${status}); configure the address behind it`);
      }
      return { status, body: text };
    },
  };
}

function splitAddress(address: string): { url: string; authorization: Record<string, string> } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.username === '' && url.password === '')) return { url: address, authorization: {} };
  let login: string;
  try {
    login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw rpcError('UNREACHABLE', "the login in a provider's address has a % that begins no code; write %25 for it");
  }
  url.username = '';
  url.password = '';
  return { url: url.href, authorization: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } };
}

async function readBounded(body: Dispatcher.ResponseData['body'], bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > bytesMax) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw rpcError('UNREACHABLE', 'the provider broke off its answer; it is asked again later', { cause });
  }
  if (size > bytesMax) {
    throw rpcError('RESPONSE_TOO_LARGE', `an answer passed ${bytesMax} bytes; expected less, ask for a smaller range`);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
