import { Agent, type Dispatcher } from 'undici';
import { rpcError } from './errors.js';
import type { RpcReply, RpcTransport } from './rpc-transport.js';

/**
 * Keeps connections to providers open between questions. `dispatch` hands over the bytes of an answer as they come: the
 * streams of `request` cost twice the CPU for each question, those of `fetch` six times.
 */
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
    send: (body, { signal, bytesMax }) =>
      new Promise((resolve, reject) => {
        const answer = new Answer({ signal, bytesMax, resolve, reject });
        try {
          const { origin, pathname, search } = new URL(url);
          connections.dispatch({ origin, path: `${pathname}${search}`, method: 'POST', headers, body }, answer);
        } catch (cause) {
          answer.fail(unreachable(cause));
        }
      }),
  };
}

const ENDED = new Error('nobody waits for the answer any more');

/** Limits of one answer, and who waits for it. */
interface Wait {
  readonly signal: AbortSignal;
  readonly bytesMax: number;
  readonly resolve: (reply: RpcReply) => void;
  readonly reject: (error: Error) => void;
}

/** The answer to one question: its bytes as they come, until it ends, passes the limit, fails or nobody waits for it. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #wait: Wait;
  readonly #stop = (): void => this.fail(unreachable(this.#wait.signal.reason));
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #status: number | undefined;
  #isOver = false;
  #controller: Dispatcher.DispatchController | undefined;

  constructor(wait: Wait) {
    this.#wait = wait;
    wait.signal.addEventListener('abort', this.#stop);
    if (wait.signal.aborted) this.#stop();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(ENDED);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    if (this.#size <= this.#wait.bytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    const limit = this.#wait.bytesMax;
    this.fail(
      rpcError('RESPONSE_TOO_LARGE', `an answer passed ${limit} bytes; expected less, ask for a smaller range`),
    );
  }

  onResponseEnd(): void {
    const status = this.#status ?? 0;
    if (status >= 300 && status < 400) {
      return this.fail(
        rpcError('UNREACHABLE', `the provider redirects (HTTP ${status}); configure the address behind it`),
      );
    }
    this.#end();
    this.#wait.resolve({ status, body: Buffer.concat(this.#chunks, this.#size).toString('utf8') });
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, cause: Error): void {
    if (this.#status === undefined) return this.fail(unreachable(cause));
    this.fail(rpcError('UNREACHABLE', 'the provider broke off its answer; it is asked again later', { cause }));
  }

  /** Rejects, and closes the connection if the answer is still under way. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#wait.reject(error);
    this.#controller?.abort(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#wait.signal.removeEventListener('abort', this.#stop);
  }
}

function unreachable(cause: unknown): Error {
  return rpcError('UNREACHABLE', 'the provider could not be reached; check its address and that it runs', { cause });
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
