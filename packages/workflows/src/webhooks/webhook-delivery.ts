import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { Bell } from '../running/bell.js';
import { failureOf } from '../running/failure-detail.js';
import { keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import {
  WEBHOOK_GIVE_UP_MS,
  WEBHOOK_REFUSED_GIVE_UP_MS,
  WEBHOOK_REQUESTS,
  WEBHOOK_RETRY,
  WEBHOOK_RETRY_HELD_MS,
  WEBHOOK_WINDOW,
  WEBHOOK_WINDOW_HELD,
} from './limits.js';
import type { WebhookMessage, WebhookOutbox } from './webhook-outbox.js';

/** Ports of {@link WebhookDelivery}. */
export interface WebhookDeliveryPorts {
  /** The endpoint's name in the outbox. */
  readonly endpoint: string;
  /** Its name for people and metrics, which holds no secret. */
  readonly host: string;
  readonly outbox: WebhookOutbox;
  /** Rings when messages were added. */
  readonly bell: Bell;
  /** Sends one message. @throws unless the receiver has taken it; an error that no repetition mends where it may refuse this very message. */
  readonly post: (message: WebhookMessage, signal: AbortSignal) => Promise<void>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly observer: Observer;
}

/** An endpoint that does not take its messages. */
export interface WebhookFailure {
  readonly host: string;
  readonly detail: string;
  readonly sinceMs: number;
}

/**
 * Delivers messages to one endpoint, at least once each: a message is settled once its receiver has taken it, or once
 * it failed for a day, or was refused for itself, without another failure between, for an hour in which the receiver took others. Messages of one lane go one after the
 * other; a failure holds its lane back, and the next pass begins behind it, however many messages of held lanes are in front. A pass
 * ends after some failures without a success: then the receiver is away, or refuses everything. It ends too once so many held lanes were
 * refused again.
 */
export class WebhookDelivery {
  readonly #ports: WebhookDeliveryPorts;
  /** Settled positions beyond the stored one. */
  readonly #settled = new Set<number>();
  /** Messages that were refused for themselves, by position. After a restart each is met anew. */
  readonly #refusals = new Map<number, Refusal>();
  /** The first messages of lanes that are held back, the longest untried one first. */
  readonly #held = new Map<string, WebhookMessage>();
  /** Behind the window, what is up to this position is settled, or its lane is held back. */
  #seen = 0;
  /** Messages that the receiver took since the start. */
  #taken = 0;
  #failure: WebhookFailure | undefined;
  /** Failures of the last pass. */
  #failures: readonly Failure[] = [];
  /** True if the receiver took a message in the last pass. */
  #hasTaken = false;

  constructor(ports: WebhookDeliveryPorts) {
    this.#ports = ports;
  }

  /** The failure since the last taken message; undefined if there is none. */
  get failure(): WebhookFailure | undefined {
    return this.#failure;
  }

  /** Delivers until the signal aborts. */
  async keepDelivering(signal: AbortSignal): Promise<void> {
    const { host, clock, observer } = this.#ports;
    await keepRunning(
      {
        step: (stopping) => this.#step(stopping),
        pauseMs: (failures) => (failures === 0 ? 0 : Math.min(retryDelayMs(failures, WEBHOOK_RETRY), this.#pauseMaxMs)),
        failure: {
          name: 'webhook-failed',
          fields: { endpoint: host },
          describe: (error) => failureOf(error),
        },
        clock,
        observer,
      },
      signal,
    );
  }

  /** Longer only once a receiver refused all of many messages again: before, those not tried yet and those of others must not wait. */
  get #pauseMaxMs(): number {
    const failures = this.#failures;
    const isOfFew = this.#hasTaken || failures.length < WEBHOOK_REQUESTS || failures.some(({ isRetry }) => !isRetry);
    return isOfFew && failures.every(({ error }) => isOwn(error)) ? WEBHOOK_RETRY_HELD_MS : WEBHOOK_RETRY.maxMs;
  }

  /** Delivers some messages, or waits for one. */
  async #step(signal: AbortSignal): Promise<void> {
    const { endpoint, host, outbox, bell, observer } = this.#ports;
    const { rings } = bell;
    const {
      after,
      waiting,
      messages: window,
    } = await outbox.loadWaiting(endpoint, this.#failures.length === 0 ? WEBHOOK_WINDOW : WEBHOOK_WINDOW_HELD);
    const [first] = window;
    observer.observe({ name: 'webhooks-waiting', level: 'debug', fields: { endpoint: host, count: waiting } });
    if (first === undefined) {
      this.#held.clear();
      await bell.waitPast(rings, signal);
      return;
    }
    const dropped = first.position - after - 1;
    if (dropped > 0)
      observer.observe({ name: 'webhooks-dropped', level: 'error', fields: { endpoint: host, count: dropped } });
    this.#failures = await this.#postAll([...window, ...(await this.#loadBehind(window))], signal);
    await this.#settle(window, after);
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure.error;
  }

  /** Loads messages of lanes that are not held back from behind a window in which there is none. */
  async #loadBehind(window: readonly WebhookMessage[]): Promise<readonly WebhookMessage[]> {
    let page = window;
    let free = page.filter((message) => this.#isFree(message));
    this.#seen = Math.max(this.#seen, window.at(-1)?.position ?? 0);
    if (free.length > 0 || page.length < WEBHOOK_WINDOW_HELD) return [];
    while (free.length === 0 && page.length === WEBHOOK_WINDOW_HELD) {
      page = await this.#ports.outbox.loadBehind(this.#seen, WEBHOOK_WINDOW_HELD);
      free = page.filter((message) => this.#isFree(message));
      if (free.length === 0) this.#seen = page.at(-1)?.position ?? this.#seen;
    }
    return free;
  }

  #isFree({ position, lane }: WebhookMessage): boolean {
    return !this.#settled.has(position) && !this.#held.has(lane);
  }

  /** Posts what is not settled, several lanes at a time, and returns the failures: one of a lane at most. */
  async #postAll(messages: readonly WebhookMessage[], signal: AbortSignal): Promise<readonly Failure[]> {
    const lanes = this.#lanesOf(messages.filter(({ position }) => !this.#settled.has(position)));
    const failures: Failure[] = [];
    const before = this.#taken;
    const isOver = (): boolean => {
      const counted = failures.filter(({ error, isRetry }) => this.#taken === before || (isRetry && isOwn(error)));
      return signal.aborted || counted.length >= WEBHOOK_REQUESTS;
    };
    const work = async (): Promise<void> => {
      for (let lane = lanes.shift(); lane !== undefined && !isOver(); lane = lanes.shift()) {
        for (const message of lane) {
          const isRetry = this.#held.delete(message.lane);
          const failure = await this.#post(message, signal);
          if (failure !== undefined) {
            this.#held.set(message.lane, message);
            failures.push({ ...failure, isRetry });
            break;
          }
          this.#settled.add(message.position);
          // The lane's next messages may have been passed over.
          if (isRetry) this.#seen = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: WEBHOOK_REQUESTS }, work));
    this.#hasTaken = this.#taken > before;
    // A receiver that was away has refused nothing meanwhile.
    if (!this.#hasTaken && failures.some(({ error }) => !isOwn(error))) this.#refusals.clear();
    return failures;
  }

  /** Groups messages by lane; those held back come last, so that no number of them keeps a pass from the others. */
  #lanesOf(messages: readonly WebhookMessage[]): (readonly WebhookMessage[])[] {
    const lanes = new Map<string, WebhookMessage[]>();
    for (const message of messages) {
      const lane = lanes.get(message.lane);
      if (lane === undefined) lanes.set(message.lane, [message]);
      else lane.push(message);
    }
    const free = [...lanes].flatMap(([lane, own]) => (this.#held.has(lane) ? [] : [own]));
    return [...free, ...[...this.#held].map(([lane, first]) => lanes.get(lane) ?? [first])];
  }

  /** Posts one message; undefined once it is settled. */
  async #post(message: WebhookMessage, signal: AbortSignal): Promise<Pick<Failure, 'error'> | undefined> {
    const { post, host, clock, observer } = this.#ports;
    try {
      await post(message, signal);
      this.#taken += 1;
      this.#failure = undefined;
      observer.observe({ name: 'webhook-delivered', level: 'debug', fields: { endpoint: host, id: message.id } });
      return undefined;
    } catch (error) {
      if (signal.aborted) return { error };
      const { code, detail } = failureOf(error);
      const nowMs = clock.nowMs();
      this.#failure = { host, detail, sinceMs: this.#failure?.sinceMs ?? nowMs };
      if (!isOwn(error)) this.#refusals.delete(message.position);
      const refusedMs = isOwn(error) ? this.#refusedAmidOthersMs(message, nowMs) : 0;
      if (nowMs - message.writtenMs <= WEBHOOK_GIVE_UP_MS && refusedMs <= WEBHOOK_REFUSED_GIVE_UP_MS) return { error };
      observer.observe({
        name: 'webhook-given-up',
        level: 'error',
        fields: { endpoint: host, id: message.id, code, detail },
      });
      return undefined;
    }
  }

  /**
   * Notes a refusal, and returns for how long a message has been refused although the receiver has taken another one since the first
   * refusal. Without that a wrong secret looks the same: it is then 0.
   */
  #refusedAmidOthersMs({ position }: WebhookMessage, nowMs: number): number {
    const { taken, sinceMs } = this.#refusals.get(position) ?? { taken: this.#taken, sinceMs: undefined };
    const provedMs = sinceMs ?? (this.#taken > taken ? nowMs : undefined);
    this.#refusals.set(position, { taken, sinceMs: provedMs });
    return provedMs === undefined ? 0 : nowMs - provedMs;
  }

  /** Records the settled messages before the first that is not. */
  async #settle(messages: readonly WebhookMessage[], after: number): Promise<void> {
    let last = after;
    for (const { position } of messages) {
      if (!this.#settled.has(position)) break;
      last = position;
    }
    if (last === after) return;
    await this.#ports.outbox.saveSettled(this.#ports.endpoint, last);
    for (const position of this.#settled) if (position <= last) this.#settled.delete(position);
    for (const position of this.#refusals.keys()) if (position <= last) this.#refusals.delete(position);
  }
}

interface Failure {
  readonly error: unknown;
  /** True if the message's lane was held back already. */
  readonly isRetry: boolean;
}

/** A message that was refused for itself. */
interface Refusal {
  /** Messages that the receiver had taken when it first refused this one. */
  readonly taken: number;
  /** Since when it is refused although the receiver takes others; undefined while that is not known. */
  readonly sinceMs: number | undefined;
}

/** True if a receiver may refuse the message itself, and take any other. */
function isOwn(error: unknown): boolean {
  return error instanceof AppError && !error.retryable;
}
