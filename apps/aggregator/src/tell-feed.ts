import type { HealthNotice, ObservedEvent, Observer } from '@surety/workflows';
import type { EventFeed, FeedEvent } from './http/event-feed.js';

/** Which observed events become which server-sent events. */
const NAMES: Readonly<Record<string, FeedEvent['name']>> = {
  'stage-reached': 'entry',
  'payment-stage-reached': 'entry',
  'statement-complete': 'statement',
  'chain-condition': 'chain',
};

/** Gives an observer that tells streams, too, what concerns them. */
export function tellFeed(observer: Observer, feed: EventFeed): Observer {
  return {
    observe(event: ObservedEvent): void {
      observer.observe(event);
      const name = NAMES[event.name];
      if (name !== undefined) feed.publish(name, event.fields);
    },
  };
}

/** Gives what tells streams that an account has crossed a step of the ladder of health. */
export function tellHealth(feed: EventFeed): (notice: HealthNotice) => void {
  return (notice) => feed.publish('health', { ...notice });
}
