import type { EVENT_NAMES } from '@surety/api';
import type { Address, Bytes32 } from '@surety/domain';
import { badAnswer } from './bad-answer.js';
import { type AggregatorEvent, readEventStream } from './event-stream.js';
import type { HttpJson } from './http-json.js';

/** Events to read, and where to begin. */
export interface EventsRequest {
  /** Resumes behind this event; `gap` comes first if some after it that this request asks for are not kept, or the aggregator does not know. */
  readonly lastEventId?: string;
  /** Only events of these accounts, or of these owners' cross-margin accounts, and those that name no account. */
  readonly accounts?: readonly (Bytes32 | Address)[];
  /** Only events of these names. */
  readonly types?: readonly (typeof EVENT_NAMES)[number][];
  /**
   * Called with each id to resume behind: with the newest one as the stream opens, which no event may carry, then with that of each event
   * once the next is asked for.
   */
  readonly onLastEventId?: (id: string) => void;
  readonly signal?: AbortSignal;
}

/** Streams what an aggregator tells of a request. @throws as the client does. */
export async function* readEvents(http: HttpJson, request: EventsRequest): AsyncGenerator<AggregatorEvent> {
  const { signal, lastEventId, onLastEventId } = request;
  let close: (() => void) | undefined;
  try {
    const opened = await http.open({ method: 'GET', path: `/v1/events${queryOf(request)}`, signal, lastEventId });
    close = opened.close;
    const { response, chunks } = opened;
    const type = response.headers.get('content-type') ?? 'none';
    if (response.body === null || !type.startsWith('text/event-stream')) {
      throw badAnswer('content-type', type, 'text/event-stream');
    }
    yield* readEventStream(chunks, onLastEventId);
  } catch (cause) {
    // Who leaves the stream ends it, open or not.
    if (signal?.aborted !== true) throw cause;
  } finally {
    close?.();
  }
}

function queryOf({ accounts = [], types }: EventsRequest): string {
  const parts = [
    ...accounts.map((account) => `account=${account}`),
    ...(types === undefined ? [] : [`types=${types.join(',')}`]),
  ];
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
