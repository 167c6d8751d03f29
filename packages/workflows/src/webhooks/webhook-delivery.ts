import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { Bell } from '../running/bell.js';
import { failureOf } from '../running/failure-detail.js';
import { keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import {
  WEBHOOK_GIVE_UP_MS,
  WEBHOOK_REFUSED_EVERY_MS,
  WEBHOOK_REFUSED_GIVE_UP_MS,
  WEBHOOK_REQUESTS,
  WEBHOOK_RETRY,
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
  readonly clock: Pick<Clock, 'nowMs' | 'elapsedMs' | 'sleep'>;
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
 * other; a failure holds its lane alone back, the longer the oftener its message failed:
 *
 *   not held                   tried at once
 *   held by another failure    tried once due; a pass in which many fail and none is taken ends: the receiver is away, and the next pass waits
 *   held by its own refusal    tried once due, last; ends after some refusals, and each makes all of these lanes wait longer
 */
export class WebhookDelivery {
  readonly #ports: WebhookDeliveryPorts;
  /** Settled positions beyond the stored one. */
  readonly #settled = new Set<number>();
  /** Messages that were refused for themselves, by position. After a restart each is met anew. */
  readonly #refusals = new Map<number, Refusal>();
  /** Lanes that are held back, the longest untried one first. */
  readonly #held = new Map<string, HeldLane>();
  /** Before this no lane that is held by its own refusal is tried again. */
  #refusedDueMs = 0;
  /** Behind the window, what is up to this position is settled, or its lane is held back. */
  #seen = 0;
  /** Messages that the receiver took since the start. */
  #taken = 0;
  #failure: WebhookFailure | undefined;
  /** Passes in a row in which the outbox failed or the receiver was away. */
  #inVain = 0;

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
        pauseMs: () => (this.#inVain === 0 ? 0 : retryDelayMs(this.#inVain, WEBHOOK_RETRY)),
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

  /** Delivers until no lane is held back. @throws the first failure of a pass. */
  async #step(signal: AbortSignal): Promise<void> {
    do await this.#pass(signal);
    while (this.#held.size > 0 && !signal.aborted);
  }

  /** Delivers some messages, or waits for one. */
  async #pass(signal: AbortSignal): Promise<void> {
    const { endpoint, host, outbox, bell, observer } = this.#ports;
    const { rings } = bell;
    this.#inVain += 1;
    const limit = this.#held.size === 0 ? WEBHOOK_WINDOW : WEBHOOK_WINDOW_HELD;
    const { after, waiting, messages: window } = await outbox.loadWaiting(endpoint, limit);
    const [first] = window;
    observer.observe({ name: 'webhooks-waiting', level: 'debug', fields: { endpoint: host, count: waiting } });
    if (first === undefined) this.#held.clear();
    const dropped = (first?.position ?? 0) - after - 1;
    if (dropped > 0)
      observer.observe({ name: 'webhooks-dropped', level: 'error', fields: { endpoint: host, count: dropped } });
    const lanes = this.#lanesOf([...window, ...(await this.#loadBehind(window))]);
    const isIdle = lanes.length === 0;
    const { failures, isAway } = await this.#postAll(lanes, signal);
    // Also without a post: what was settled before may not have been recorded.
    const isRecorded = await this.#settle(window, after);
    if (!isAway) this.#inVain = 0;
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    if (isIdle && !isRecorded) await this.#waitForWork(rings, signal);
  }

  /** Waits for a ring, or until a lane that is held back is due. */
  async #waitForWork(rings: number, signal: AbortSignal): Promise<void> {
    const { bell, clock } = this.#ports;
    let dueMs = Infinity;
    for (const lane of this.#held.values()) dueMs = Math.min(dueMs, this.#dueMsOf(lane));
    if (dueMs === Infinity) {
      await bell.waitPast(rings, signal);
      return;
    }
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([bell.waitPast(rings, either), clock.sleep(dueMs - clock.elapsedMs(), either)]);
    over.abort();
  }

  #dueMsOf({ dueMs, isRefused }: HeldLane): number {
    return isRefused ? Math.max(dueMs, this.#refusedDueMs) : dueMs;
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

  /** Posts the messages of lanes, several lanes at a time. One failure of a lane at most. */
  async #postAll(lanes: (readonly WebhookMessage[])[], signal: AbortSignal): Promise<Pass> {
    const failures: Failure[] = [];
    const before = this.#taken;
    const isAway = (): boolean =>
      this.#taken === before && failures.filter(({ error }) => !isOwn(error)).length >= WEBHOOK_REQUESTS;
    const refusedAgain = (): number => failures.filter(({ isAgain }) => isAgain).length;
    const work = async (): Promise<void> => {
      const isOver = (): boolean => signal.aborted || isAway() || refusedAgain() >= WEBHOOK_REQUESTS;
      for (let lane = lanes.shift(); lane !== undefined && !isOver(); lane = lanes.shift()) {
        for (const message of lane) {
          const held = this.#held.get(message.lane);
          const failure = await this.#post(message, signal);
          this.#held.delete(message.lane);
          if (failure !== undefined) {
            failures.push({ ...failure, isAgain: held?.isRefused === true && isOwn(failure.error) });
            this.#hold(message, failure.error, (held?.failures ?? 0) + 1);
            break;
          }
          this.#settled.add(message.position);
          // The lane's next messages may have been passed over.
          if (held !== undefined) this.#seen = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: WEBHOOK_REQUESTS }, work));
    this.#refusedDueMs = Math.max(
      this.#refusedDueMs,
      this.#ports.clock.elapsedMs() + refusedAgain() * WEBHOOK_REFUSED_EVERY_MS,
    );
    // A receiver that was away has refused nothing meanwhile, also what was not tried.
    if (isAway() && failures.every(({ error }) => !isOwn(error))) this.#refusals.clear();
    return { failures, isAway: isAway() };
  }

  #hold(first: WebhookMessage, error: unknown, failures: number): void {
    const dueMs = this.#ports.clock.elapsedMs() + retryDelayMs(failures, WEBHOOK_RETRY);
    this.#held.set(first.lane, { first, failures, dueMs, isRefused: isOwn(error) });
  }

  /** Groups what may be tried now by lane: first those not held back, last those held by their own refusal. */
  #lanesOf(messages: readonly WebhookMessage[]): (readonly WebhookMessage[])[] {
    const lanes = new Map<string, WebhookMessage[]>();
    for (const message of messages) {
      if (this.#settled.has(message.position)) continue;
      const lane = lanes.get(message.lane);
      if (lane === undefined) lanes.set(message.lane, [message]);
      else lane.push(message);
    }
    const free = [...lanes].flatMap(([lane, own]) => (this.#held.has(lane) ? [] : [own]));
    const nowMs = this.#ports.clock.elapsedMs();
    const due = [...this.#held.values()].filter((lane) => this.#dueMsOf(lane) <= nowMs);
    const ordered = [...due.filter(({ isRefused }) => !isRefused), ...due.filter(({ isRefused }) => isRefused)];
    return [...free, ...ordered.map(({ first }) => lanes.get(first.lane) ?? [first])];
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

  /** Records the settled messages before the first that is not; false if there are none. */
  async #settle(messages: readonly WebhookMessage[], after: number): Promise<boolean> {
    let last = after;
    for (const { position } of messages) {
      if (!this.#settled.has(position)) break;
      last = position;
    }
    if (last === after) return false;
    await this.#ports.outbox.saveSettled(this.#ports.endpoint, last);
    for (const position of this.#settled) if (position <= last) this.#settled.delete(position);
    for (const position of this.#refusals.keys()) if (position <= last) this.#refusals.delete(position);
    return true;
  }
}

/** A lane that is held back by its first message. */
interface HeldLane {
  readonly first: WebhookMessage;
  /** Failures of the message in a row. */
  readonly failures: number;
  /** When it is tried again, in elapsed time. */
  readonly dueMs: number;
  /** True if it last failed because it was refused for itself. */
  readonly isRefused: boolean;
}

interface Failure {
  readonly error: unknown;
  /** True if the message was refused for itself the last time too. */
  readonly isAgain: boolean;
}

interface Pass {
  readonly failures: readonly Failure[];
  /** True if it ended because the receiver takes nothing. */
  readonly isAway: boolean;
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
