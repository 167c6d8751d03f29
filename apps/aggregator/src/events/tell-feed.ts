import type { HealthNotice, ObservedEvent, Observer } from '@surety/workflows';
import type { ReachedStep } from './entry-teller.js';
import type { EventFeed, FeedEvent } from './event-feed.js';

const REACHED: readonly string[] = ['stage-reached', 'payment-stage-reached'];

/** Other server-sent events by observed event. */
const NAMES: Readonly<Record<string, FeedEvent['name']>> = {
  'statement-complete': 'statement',
  'chain-condition': 'chain',
};

/** Returns an observer that also feeds the streams. */
export function tellFeed(observer: Observer, feed: EventFeed): Observer {
  return {
    observe(event: ObservedEvent): void {
      observer.observe(event);
      if (REACHED.includes(event.name)) feed.entries.tell(event.fields as unknown as ReachedStep);
      const name = NAMES[event.name];
      if (name !== undefined) feed.publish(name, event.fields);
    },
  };
}

/** Returns a function that announces health crossings on the streams. */
export function tellHealth(feed: EventFeed): (notice: HealthNotice) => void {
  return (notice) => feed.publish('health', { ...notice });
}
