import type { Bytes32 } from '@surety/domain';
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

/**
 * Returns a function that announces accounts whose margin changed. Where they are too many, one event names none; readers of single
 * accounts get that too, and look again.
 */
export function tellChanged(feed: EventFeed): (accounts: readonly Bytes32[] | 'too many') => void {
  return (accounts) => {
    if (accounts === 'too many') feed.publish('margin', {});
    else for (const account of accounts) feed.publish('margin', { account });
  };
}

/** Returns a function that announces crossed steps of health on the streams, once webhooks have them on disk. */
export function tellHealth(
  feed: EventFeed,
  webhooks: { readonly addCrossings: (notices: readonly HealthNotice[]) => Promise<void> },
): (notices: readonly HealthNotice[]) => Promise<void> {
  return async (notices) => {
    await webhooks.addCrossings(notices);
    for (const notice of notices) feed.publish('health', { ...notice });
  };
}
