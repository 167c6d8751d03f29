import { within } from '@surety/workflows';

/** A request for one JSON document. */
export interface DocumentRequest {
  /** Of the service; it may hold secrets, so nothing that is reported names more than its host. */
  readonly url: string;
  /** Below the service's own path. */
  readonly path: string;
  readonly timeoutMs: number;
  /** A longer document is not read to its end. */
  readonly bytesMax: number;
  /** Sent as a bearer token. */
  readonly token?: string;
}

/** Reads a JSON document over HTTP; undefined if the service answers 404. @throws Error with the reason. */
export async function fetchDocument(request: DocumentRequest, signal?: AbortSignal): Promise<unknown> {
  // Not AbortSignal.any: the signal may live as long as the process, and would keep some bytes of each request.
  return within(request.timeoutMs, signal, (either) => readDocument(request, either));
}

async function readDocument({ url, path, bytesMax, token }: DocumentRequest, signal: AbortSignal): Promise<unknown> {
  const answer = await fetch(path === '' ? url : new URL(path, url), {
    signal,
    // A service does not choose what else of this network is asked.
    redirect: 'error',
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  if (answer.status === 404) {
    await answer.body?.cancel();
    return undefined;
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > bytesMax) throw new Error(`status ${answer.status}, more than ${bytesMax} bytes`);
  }
  if (!answer.ok) throw new Error(`status ${answer.status}, ${text.length} bytes`);
  return JSON.parse(text) as unknown;
}
