import { type AnySchema, SENDER_HEADER, type View, problemEssentials, readAs } from '@surety/api';
import { AppError, concatBytes } from '@surety/domain';
import { readAnswer } from './bad-answer.js';
import { type ClientErrorCode, clientError } from './errors.js';
import { ANSWER_BYTES_MAX, EVENTS_IDLE_MS_MAX, RETRY_AFTER_S_MAX, TIMER_MS_MAX } from './limits.js';
import { whyUnreachable } from './why-unreachable.js';

/** Connection settings of one aggregator, or of another process that answers as one does. */
export interface HttpOptions {
  /** Base address, with or without a path, such as `http://127.0.0.1:8710`. */
  readonly url: string;
  /** Place where a person looks if nothing answers there: by default the variable of the aggregators' addresses. */
  readonly namedBy?: string;
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch;
  /** Milliseconds from sending a request to the last byte of its response: above 0, below 2 ** 31. */
  readonly timeoutMs: number;
  /** Name of this process in posts, 16 hex digits that are new at each start: shows an aggregator that two run with one key. */
  readonly process?: string;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Starts with a slash; includes the query. */
  readonly path: string;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Resumes an event stream after this id. */
  readonly lastEventId?: string | undefined;
  /** Statuses accepted besides success, such as the 503 of a health response. */
  readonly passes?: readonly number[];
}

/** A response with a JSON body within limits; the JSON is not validated. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A response whose body is still arriving. */
export interface OpenAnswer {
  readonly response: Response;
  /**
   * Parts of the body as they come. @throws AGGREGATOR_TIMEOUT (retryable) once nothing has come for a minute, AGGREGATOR_UNREACHABLE
   * (retryable) for a connection that breaks.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends the request and releases its abort listener. */
  readonly close: () => void;
}

/** Sends requests to one aggregator. */
export interface HttpJson {
  /** The address without credentials and query, safe to print. */
  readonly origin: string;
  /**
   * Sends a request and returns its JSON response, whatever the status.
   * @throws AGGREGATOR_UNREACHABLE, AGGREGATOR_TIMEOUT, AGGREGATOR_FAILED (retryable), ANSWER_TOO_LARGE, BAD_ANSWER.
   */
  exchange(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Reads a path and validates the body of a successful response.
   * @throws as `exchange`, and AGGREGATOR_REFUSED with the problem's code.
   */
  read<Schema extends AnySchema>(path: string, schema: Schema, signal?: AbortSignal): Promise<View<Schema>>;
  /**
   * Reads a path and returns the body of a successful response, not validated; undefined for a 404 with this problem code, or with
   * the code and detail of the version before. Any other 404 is of another route or of a proxy, and says nothing about what was asked for.
   * @throws as `read`.
   */
  readUnlessNone(
    path: string,
    none: { readonly code: string; readonly formerDetail?: RegExp; readonly signal: AbortSignal | undefined },
  ): Promise<unknown>;
  /** Opens a request whose body the caller streams and closes. Past the headers the time limit is that between two parts of it. */
  open(request: HttpRequest): Promise<OpenAnswer>;
}

/** Creates the sender. @throws BAD_URL unless the address is http or https without credentials, RangeError for a time limit that no timer takes. */
export function createHttpJson(options: HttpOptions): HttpJson {
  const base = parseBase(options.url);
  const send = options.fetch ?? fetch;
  const { origin } = base;
  const { timeoutMs, namedBy = 'SURETY_AGGREGATOR_URLS' } = options;
  requireTimerMs(timeoutMs);

  const attempt = async <Value>(
    request: HttpRequest,
    use: (response: Response, leash: Leash) => Promise<Value>,
  ): Promise<Value> => {
    const leash = createLeash(request.signal, timeoutMs);
    try {
      return await use(
        await send(
          new URL(request.path.slice(1), base),
          initOf(request, { signal: leash.signal, postedAs: options.process }),
        ),
        leash,
      );
    } catch (cause) {
      leash.release();
      throw transportError(cause, { origin, timedOut: leash.timedOut(), request, timeoutMs, namedBy });
    }
  };

  const exchange = (request: HttpRequest): Promise<HttpAnswer> =>
    attempt(request, async (response, leash) => {
      const json = parseJson(await readBody(response, origin), response, origin);
      leash.release();
      const passes = request.passes?.includes(response.status) ?? false;
      if (isRetryable(response.status) && !passes) throw failure(response.status, json, origin, retryAfterOf(response));
      return { status: response.status, body: json };
    });

  return {
    origin,
    exchange,
    async read(path, schema, signal) {
      const answer = await exchange({ method: 'GET', path, signal });
      if (answer.status !== 200) throw failure(answer.status, answer.body, origin);
      return readAnswer(schema, answer.body);
    },
    async readUnlessNone(path, { code: noneCode, formerDetail, signal }) {
      const { status, body } = await exchange({ method: 'GET', path, signal });
      if (status === 200) return body;
      const refused = failure(status, body, origin);
      const { problem_code: code, detail } = refused.context;
      const isFormer = code === 'NOT_FOUND' && formerDetail?.test(String(detail)) === true;
      if (status === 404 && (code === noneCode || isFormer)) return undefined;
      throw refused;
    },
    open: (request) =>
      attempt(request, async (response, leash) => {
        if (!response.ok) {
          const json = parseJson(await readBody(response, origin), response, origin);
          throw failure(response.status, json, origin, retryAfterOf(response));
        }
        leash.disarm();
        return { response, chunks: chunksOf(response, leash, { origin, request, namedBy }), close: leash.release };
      }),
  };
}

/**
 * Builds the error of an unsuccessful response; the problem's code is in the context as `problem_code`, and how many seconds to wait, where
 * the response says it, as `retry_after_s`.
 */
export function failure(
  status: number,
  body: unknown,
  origin: string,
  retryAfterS?: number,
): AppError<ClientErrorCode> {
  const retryable = isRetryable(status);
  // A proxy may respond without a problem document; then only the status counts.
  const read = readAs(problemEssentials, body, 'problem');
  const problem = read.kind === 'fits' ? read.value : { code: 'NONE', detail: 'no problem document' };
  return clientError({
    code: retryable ? 'AGGREGATOR_FAILED' : 'AGGREGATOR_REFUSED',
    message: `${origin} answered ${status} (${problem.code}: ${clip(problem.detail)}); expected 200`,
    retryable,
    context: {
      status,
      problem_code: problem.code,
      detail: clip(problem.detail),
      ...(retryAfterS === undefined ? {} : { retry_after_s: retryAfterS }),
    },
  });
}

/** Returns the seconds that a response asks to wait for; undefined for none, or for a date. @source RFC 9110, 10.2.3 */
function retryAfterOf({ headers }: Response): number | undefined {
  const said = headers.get('retry-after') ?? '';
  return /^\d+$/.test(said) ? Math.min(Number(said), RETRY_AFTER_S_MAX) : undefined;
}

/** Ends what is left of a request. An abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the request has ended');

/** Aborts a request when its caller's signal aborts or its time is up. */
interface Leash {
  readonly signal: AbortSignal;
  readonly timedOut: () => boolean;
  /** Sets the time limit anew, from now on. */
  readonly arm: (ms: number) => void;
  /** Removes the time limit; the caller's signal still aborts the request. */
  readonly disarm: () => void;
  /** Aborts the request and stops listening to the caller's signal. */
  readonly release: () => void;
}

function createLeash(outer: AbortSignal | undefined, timeoutMs: number): Leash {
  const controller = new AbortController();
  let timedOut = false;
  const stop = (): void => controller.abort(outer?.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const disarm = (): void => clearTimeout(timer);
  const arm = (ms: number): void => {
    disarm();
    timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, ms);
  };
  arm(timeoutMs);
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    arm,
    disarm,
    release: () => {
      disarm();
      outer?.removeEventListener('abort', stop);
      controller.abort(ENDED);
    },
  };
}

function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function initOf(
  request: HttpRequest,
  { signal, postedAs }: { readonly signal: AbortSignal; readonly postedAs: string | undefined },
): RequestInit {
  return {
    method: request.method,
    redirect: 'error',
    // A browser asks each time, with the ETag that it has, whatever something on the way lets it keep.
    ...(request.method === 'GET' ? { cache: 'no-cache' } : {}),
    signal,
    headers: {
      accept: 'application/json, application/problem+json, text/event-stream',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.method === 'GET' || postedAs === undefined ? {} : { [SENDER_HEADER]: postedAs }),
      ...(request.lastEventId === undefined ? {} : { 'last-event-id': request.lastEventId }),
    },
    ...(request.body === undefined ? {} : { body: request.body }),
  };
}

/** @throws RangeError */
function requireTimerMs(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= TIMER_MS_MAX) return;
  throw new RangeError(`timeoutMs is ${timeoutMs}; expected milliseconds above 0, at most ${TIMER_MS_MAX}`);
}

function parseBase(url: string): URL {
  let base: URL | undefined;
  try {
    base = new URL(url.endsWith('/') ? url : `${url}/`);
  } catch {
    base = undefined;
  }
  if (base === undefined || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '') {
    throw clientError({
      code: 'BAD_URL',
      message:
        'the address of the aggregator is not an http or https address without credentials; check SURETY_AGGREGATOR_URLS',
      retryable: false,
    });
  }
  return base;
}

/** Gives the parts of a body as they come. Not every browser iterates over a stream by itself. */
async function* partsOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body == null) return;
  // A `fetch` that was passed in may give a stream of Node.
  if (typeof body.getReader !== 'function') return yield* body as AsyncIterable<Uint8Array>;
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // A stream that failed refuses this with the error that is on its way already.
    await reader.cancel().catch(() => undefined);
  }
}

/** Gives the parts of a body. Time runs while a part is waited for alone: whoever reads may take longer over one. */
async function* chunksOf(
  response: Response,
  leash: Leash,
  { origin, request, namedBy }: { readonly origin: string; readonly request: HttpRequest; readonly namedBy: string },
): AsyncGenerator<Uint8Array> {
  try {
    leash.arm(EVENTS_IDLE_MS_MAX);
    for await (const chunk of partsOf(response)) {
      leash.disarm();
      yield chunk;
      leash.arm(EVENTS_IDLE_MS_MAX);
    }
  } catch (cause) {
    throw leash.timedOut()
      ? clientError({
          code: 'AGGREGATOR_TIMEOUT',
          message: `${origin} sent nothing more of ${request.method} ${pathOf(request)} for ${EVENTS_IDLE_MS_MAX} ms; open it again behind the last event, and check what is between`,
          retryable: true,
          cause,
        })
      : transportError(cause, { origin, timedOut: false, request, timeoutMs: EVENTS_IDLE_MS_MAX, namedBy });
  } finally {
    leash.disarm();
  }
}

async function readBody(response: Response, origin: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of partsOf(response)) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) {
      throw clientError({
        code: 'ANSWER_TOO_LARGE',
        message: `${origin} answered more than ${ANSWER_BYTES_MAX} bytes; expected less; the rest was not read`,
        retryable: false,
      });
    }
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

function parseJson(body: Uint8Array, response: Response, origin: string): unknown {
  const type = response.headers.get('content-type') ?? 'none';
  try {
    if (!/^application\/(?:problem\+)?json\b/.test(type)) throw new SyntaxError(`content type is ${clip(type)}`);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch (cause) {
    if (!response.ok) return null;
    throw clientError({
      code: 'BAD_ANSWER',
      message: `${origin} answered ${response.status} with ${body.length} bytes of ${clip(type)} that are no JSON; check that it is an aggregator`,
      retryable: false,
      context: { status: response.status },
      cause,
    });
  }
}

function transportError(
  cause: unknown,
  at: { origin: string; timedOut: boolean; request: HttpRequest; timeoutMs: number; namedBy: string },
): unknown {
  if (at.timedOut) {
    return clientError({
      code: 'AGGREGATOR_TIMEOUT',
      message: `${at.origin} did not answer ${at.request.method} ${pathOf(at.request)} within ${at.timeoutMs} ms; check that it runs`,
      retryable: true,
      cause,
    });
  }
  if (cause instanceof AppError || at.request.signal?.aborted === true) return cause;
  const { said, advice } = whyUnreachable(cause, at.namedBy);
  const why = said === '' ? '' : ` (${said})`;
  return clientError({
    code: 'AGGREGATOR_UNREACHABLE',
    message: `${at.origin} cannot be reached for ${at.request.method} ${pathOf(at.request)}${why}; ${advice}`,
    retryable: true,
    cause,
  });
}

function pathOf(request: HttpRequest): string {
  return request.path.split('?')[0] ?? request.path;
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
