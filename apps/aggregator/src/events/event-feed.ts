import type { EVENT_NAMES } from '@surety/api';
import { EVENTS_KEPT } from '../limits.js';
import { EntryTeller } from './entry-teller.js';

/** The part of an event that a stream's filter sees. */
export interface ToldEvent {
  readonly id: number;
  readonly name: (typeof EVENT_NAMES)[number];
  /** The account that it names; undefined if it names none. */
  readonly account: string | undefined;
}

/** One event as streams send it. */
export interface FeedEvent extends ToldEvent {
  /** One line of JSON. */
  readonly json: string;
}

/** One open stream. */
export interface FeedListener {
  /** Name of the budget of the remote address that reads it. */
  readonly holder: string;
  send(event: FeedEvent): void;
  end(): void;
}

/** Events in order, with the newest kept for streams that resume. */
export class EventFeed {
  /** Publishes entries that reached a stage. */
  readonly entries = new EntryTeller((payload) => this.publish('entry', payload));
  readonly #kept: FeedEvent[] = [];
  readonly #listeners = new Set<FeedListener>();
  #lastId: number;
  /** Up to this id nothing is kept. */
  #goneId: number;
  /** The newest event of each name and account that is not kept, ascending. */
  readonly #gone = new Map<string, ToldEvent>();
  /** Up to this id nobody knows what is gone. */
  #forgottenId: number;

  /** Ids go on from `firstId`, so that they increase over restarts too. */
  constructor(firstId: number) {
    this.#lastId = firstId;
    this.#goneId = firstId;
    this.#forgottenId = firstId;
  }

  /** Id of the newest event; before any, that from which ids go on. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Calls every listener. */
  publish(name: FeedEvent['name'], payload: Readonly<Record<string, unknown>>): void {
    this.#lastId += 1;
    const { account } = payload;
    const named = typeof account === 'string' ? account : undefined;
    const event = { id: this.#lastId, name, account: named, json: JSON.stringify(payload, textOfBigint) };
    this.#kept.push(event);
    if (this.#kept.length > EVENTS_KEPT) this.#drop();
    for (const listener of this.#listeners) listener.send(event);
  }

  /** Returns the kept events after an id. */
  after(id: number): readonly FeedEvent[] {
    return this.#kept.filter((event) => event.id > id);
  }

  /**
   * Returns the id behind which a reader that resumes after another one goes on, where events between them that it accepts are not
   * kept, nobody knows, or this feed never gave that id; undefined otherwise. After 0 is after no event: it asks for what is kept, and a
   * stream tells its reader a later id at the open.
   */
  gapAfter(id: number, accepts: (event: ToldEvent) => boolean): number | undefined {
    if (id === 0) return undefined;
    if (id > this.#lastId) return this.#lastId;
    const isMissing =
      id < this.#forgottenId || [...this.#gone.values()].some((event) => event.id > id && accepts(event));
    return isMissing ? this.#goneId : undefined;
  }

  #drop(): void {
    const event = this.#kept.shift();
    if (event === undefined) return;
    const { id, name, account } = event;
    const key = `${name} ${account ?? ''}`;
    this.#goneId = id;
    this.#gone.delete(key);
    this.#gone.set(key, { id, name, account });
    const [oldest] = this.#gone;
    if (this.#gone.size <= EVENTS_KEPT || oldest === undefined) return;
    this.#gone.delete(oldest[0]);
    this.#forgottenId = oldest[1].id;
  }

  /** Calls the listener with every later event, until the returned function is called. */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends every stream: nothing more will come. */
  end(): void {
    for (const listener of this.#listeners) listener.end();
  }

  /** Streams that are open. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Returns how many of them one holder has. */
  heldBy(holder: string): number {
    return [...this.#listeners].filter((one) => one.holder === holder).length;
  }
}

function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
