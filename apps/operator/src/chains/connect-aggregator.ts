import { type AggregatorClient, createAggregatorClient, whyUnreachable } from '@surety/client';
import { AppError } from '@surety/domain';

/** Longest that a person waits for one answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Longest wait for an answer of an aggregator while there is another to ask. */
const SHORT_TIMEOUT_MS = 2_000;

/**
 * Connects to an aggregator with the patience of a command line. Of several, it stays with one until that one fails, be it
 * that it answers a read with 408, 429 or 5xx, then moves to the next. `namedBy` says what a person looks at where a single one does not answer. @throws BAD_URL.
 */
export function connectAggregator(urls: string | readonly string[], namedBy?: string): AggregatorClient {
  const all = typeof urls === 'string' ? [urls] : urls;
  const named = namedBy === undefined ? {} : { namedBy };
  const clients = all.map((url) => createAggregatorClient({ url, timeoutMs: ANSWER_TIMEOUT_MS, ...named }));
  const [first] = clients;
  if (first === undefined) throw new TypeError('no aggregator is named; expected one at least');
  if (clients.length === 1) return first;
  return createAggregatorClient({ url: all[0] as string, timeoutMs: ANSWER_TIMEOUT_MS, fetch: fetchInTurn(all) });
}

function fetchInTurn(urls: readonly string[]): typeof fetch {
  const bases = urls.map((url) => new URL(url.endsWith('/') ? url : `${url}/`));
  let preferred = 0;
  return async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : input).href.slice((bases[0] as URL).href.length);
    const silent: string[] = [];
    let failing: URL | undefined;
    // What is posted may have arrived.
    const isRead = (init?.method ?? 'GET') === 'GET';
    const ask = (base: URL, limitMs: number): Promise<Response> => {
      const limit = AbortSignal.timeout(limitMs);
      const signal = init?.signal ? AbortSignal.any([limit, init.signal]) : limit;
      return fetch(new URL(path, base), { ...init, signal });
    };
    const advised = new Set<string>();
    for (const step of bases.keys()) {
      const at = (preferred + step) % bases.length;
      const base = bases[at] as URL;
      const isLast = step === bases.length - 1;
      try {
        const response = await ask(base, isLast ? ANSWER_TIMEOUT_MS : SHORT_TIMEOUT_MS);
        const fails = isRead && (response.status === 408 || response.status === 429 || response.status >= 500);
        if (!fails) preferred = at;
        if (!fails || isLast) return response;
        failing ??= base;
        await response.body?.cancel();
      } catch (cause) {
        if (init?.signal?.aborted === true) throw cause;
        const { said, advice } = whyUnreachable(cause, 'SURETY_AGGREGATOR_URLS');
        silent.push(said === '' ? base.origin : `${base.origin} (${said})`);
        advised.add(advice);
      }
    }
    // What one answers says more than that the others are silent.
    if (failing !== undefined) return ask(failing, ANSWER_TIMEOUT_MS);
    throw new AppError({
      code: 'AGGREGATOR_UNREACHABLE',
      message: `no aggregator answered: ${silent.join(', ')}; expected one that does; ${[...advised].join('; ')}`,
      retryable: true,
    });
  };
}
