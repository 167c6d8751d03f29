import { clientError } from './errors.js';
import { EVENT_BYTES_MAX } from './limits.js';

/** One server-sent event of `GET /v1/events`. */
export interface AggregatorEvent {
  /** Ascending; pass it on to resume after this event. */
  readonly id: string;
  /**
   * `entry`, `margin`, `health`, `chain` or `statement`; first `gap` where events behind the one to resume from are not kept, so that
   * whoever follows accounts reads them again. A newer aggregator may send others.
   */
  readonly name: string;
  /** Parsed JSON, not validated. */
  readonly payload: unknown;
}

/**
 * Parses server-sent events from chunks of bytes, in order; comments and events without data are skipped. Lines end
 * with LF, CRLF or CR. `tellId` gets each new id to resume behind: of a block without data at once, of an event when the next one is
 * asked for.
 * @throws BAD_ANSWER for data that is not JSON, with the event's id in the context as `event_id` to resume behind it, ANSWER_TOO_LARGE above 64 KiB per event.
 * @source WHATWG HTML, section 9.2.6
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
  tellId?: (id: string) => void,
): AsyncGenerator<AggregatorEvent> {
  const decoder = new TextDecoder();
  let [rest, toldId] = ['', ''];
  let event = emptyEvent('');
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A trailing CR may be the first half of CRLF, so it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event.text.length > 0) yield finished(event);
        if (event.id !== toldId) tellId?.(event.id);
        toldId = event.id;
        event = emptyEvent(event.id);
      } else {
        takeField(event, line);
      }
    }
    requireBounded(rest.length + event.size);
  }
}

interface EventParts {
  id: string;
  name: string;
  text: string[];
  size: number;
}

function emptyEvent(id: string): EventParts {
  return { id, name: 'message', text: [], size: 0 };
}

function takeField(event: EventParts, line: string): void {
  const colon = line.indexOf(':');
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
  event.size += line.length;
  if (field === 'data') event.text.push(value);
  if (field === 'event') event.name = value;
  if (field === 'id' && !value.includes('\0')) event.id = value;
  requireBounded(event.size);
}

function finished(event: EventParts): AggregatorEvent {
  const text = event.text.join('\n');
  try {
    return { id: event.id, name: event.name, payload: JSON.parse(text) as unknown };
  } catch (cause) {
    throw clientError({
      code: 'BAD_ANSWER',
      message: `an event ${event.name} (${event.id}) carries ${text.length} characters that are no JSON; resume behind it`,
      retryable: false,
      context: { event_id: event.id },
      cause,
    });
  }
}

function requireBounded(size: number): void {
  if (size > EVENT_BYTES_MAX) {
    throw clientError({
      code: 'ANSWER_TOO_LARGE',
      message: `an event has more than ${EVENT_BYTES_MAX} characters; expected less; the stream was left`,
      retryable: false,
    });
  }
}
