import { createHash } from 'node:crypto';
import { formatWire } from '@surety/api';
import type { WebhookSettings } from '@surety/config';
import { postWebhook } from '@surety/telemetry';
import {
  Bell,
  type Clock,
  type HealthNotice,
  type NewWebhookMessage,
  type Observer,
  WEBHOOKS_KEPT,
  WebhookDelivery,
  type WebhookFailure,
  type WebhookOutbox,
} from '@surety/workflows';

/** Ports and settings of {@link Webhooks}. */
export interface WebhookParts {
  /** Null where no receiver is configured. */
  readonly settings: WebhookSettings | null;
  readonly outbox: WebhookOutbox;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Tells receivers of steps of the ladder of health that accounts cross. What is added outlives a restart. */
export class Webhooks {
  readonly #parts: WebhookParts;
  readonly #bell = new Bell();
  readonly #deliveries: readonly WebhookDelivery[];

  constructor(parts: WebhookParts) {
    this.#parts = parts;
    const { settings, ...ports } = parts;
    const receivers = settings?.receivers ?? [];
    const urls = receivers.map(({ url }) => url.reveal());
    this.#deliveries = receivers.map(
      ({ secret }, at) =>
        new WebhookDelivery({
          ...ports,
          endpoint: endpointOf(urls[at] ?? ''),
          host: hostOf(urls, at),
          bell: this.#bell,
          post: (message, signal) =>
            postWebhook(
              { url: urls[at] ?? '', secret: secret.reveal(), nowMs: () => parts.clock.nowMs() },
              message,
              signal,
            ),
        }),
    );
  }

  /** Endpoints that do not take their messages. */
  get failures(): readonly WebhookFailure[] {
    return this.#deliveries.flatMap(({ failure }) => failure ?? []);
  }

  /** Meets the configured endpoints, and tells a new one that it was added. */
  async open(): Promise<void> {
    const { settings, outbox, clock } = this.#parts;
    const endpoints = (settings?.receivers ?? []).map(({ url }) => endpointOf(url.reveal()));
    const added = await outbox.openEndpoints(endpoints);
    if (added.length === 0) return;
    const writtenMs = clock.nowMs();
    const data = { endpoints: endpoints.length, added: added.length };
    await this.#add([messageOf({ type: 'endpoint.added', lane: '', data, seconds: Math.floor(writtenMs / 1_000) })]);
  }

  /** Adds a message for each crossed step; resolves once all are stored. The same crossing is the same message. */
  async addCrossings(notices: readonly HealthNotice[]): Promise<void> {
    const messages = notices.map((notice) => {
      const { account, step, direction, block } = notice;
      const key = [account, step, direction, block.hash].join('|');
      return messageOf({ type: 'health.crossed', lane: account, data: notice, seconds: Number(block.timestamp), key });
    });
    await this.#add(messages);
  }

  /** Starts a loop for each endpoint. */
  start(signal: AbortSignal): readonly Promise<void>[] {
    return this.#deliveries.map((delivery) => delivery.keepDelivering(signal));
  }

  async #add(messages: readonly Omit<NewWebhookMessage, 'writtenMs'>[]): Promise<void> {
    if (this.#deliveries.length === 0 || messages.length === 0) return;
    const { outbox, clock } = this.#parts;
    const writtenMs = clock.nowMs();
    await outbox.addMessages(
      messages.map((message) => ({ ...message, writtenMs })),
      WEBHOOKS_KEPT,
    );
    this.#bell.ring();
  }
}

interface Content {
  readonly type: 'endpoint.added' | 'health.crossed';
  readonly lane: string;
  readonly data: object;
  /** Seconds since 1970 at which it happened. */
  readonly seconds: number;
  /** Makes the id; the whole content by default. */
  readonly key?: string;
}

function messageOf({ type, lane, data, seconds, key }: Content): Omit<NewWebhookMessage, 'writtenMs'> {
  const timestamp = new Date(seconds * 1_000).toISOString();
  const json = JSON.stringify(formatWire({ type, timestamp, data }));
  return { id: `msg_${sha256(`${type}|${key ?? json}`).slice(0, 32)}`, lane, json };
}

/** A URL may hold a token, which the database need not know. */
function endpointOf(url: string): string {
  return sha256(url);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The host of a URL, with its number where several have the same. */
function hostOf(urls: readonly string[], at: number): string {
  const hosts = urls.map((url) => new URL(url).host);
  const host = hosts[at] ?? '';
  const same = hosts.slice(0, at).filter((one) => one === host).length;
  return same === 0 ? host : `${host} (${same + 1})`;
}
