import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { Bell } from '../running/bell.js';
import { failureOf } from '../running/failure-detail.js';
import { keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import {
  WEBHOOK_GIVE_UP_MS,
  WEBHOOK_PASS_MS,
  WEBHOOK_REFUSED_GIVE_UP_MS,
  WEBHOOK_REQUESTS,
  WEBHOOK_RETRY,
  WEBHOOK_TRIED_MS,
  WEBHOOK_WINDOW,
  WEBHOOK_WINDOW_HELD,
} from './limits.js';
import { type LaneMessages, WebhookLanes } from './webhook-lanes.js';
import type { WaitingMessages, WebhookMessage, WebhookOutbox } from './webhook-outbox.js';

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
  /** By the process's elapsed time. */
  readonly sinceMs: number;
}

/**
 * Delivers messages to one endpoint, at least once each: a message is settled once its receiver has taken it, or once
 * it was given up: it failed for a day, or was refused for itself, without another failure between, for an hour in which the receiver took
 * others. Messages of one lane go one after the other; a failure holds its lane alone back. `WebhookLanes` decides whose turn it is. A pass
 * tries free lanes and then held ones, several at a time; after a failure the next pass begins two seconds later.
 */
export class WebhookDelivery {
  readonly #ports: WebhookDeliveryPorts;
  readonly #lanes = new WebhookLanes();
  /** Settled positions beyond the stored one. */
  readonly #settled = new Set<number>();
  /** Messages that failed, by position. After a restart each is met anew. */
  readonly #trials = new Map<number, Trial>();
  /** Behind the window, what is up to this position is settled, or its lane is held back. */
  #seen = 0;
  /** Messages that the receiver took since the start. */
  #taken = 0;
  #failure: WebhookFailure | undefined;
  /** Passes in a row in which the outbox failed. */
  #inVain = 0;

  constructor(ports: WebhookDeliveryPorts) {
    this.#ports = ports;
  }

  /** The failure since the last taken message; undefined if there is none, or nothing waits. */
  get failure(): WebhookFailure | undefined {
    return this.#failure;
  }

  /** Delivers until the signal aborts. */
  async keepDelivering(signal: AbortSignal): Promise<void> {
    const { host, clock, observer } = this.#ports;
    await keepRunning(
      {
        step: (stopping) => this.#step(stopping),
        pauseMs: (failures) => (failures === 0 ? 0 : retryDelayMs(Math.max(1, this.#inVain), WEBHOOK_RETRY)),
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
    while (this.#lanes.heldCount > 0 && !signal.aborted);
  }

  /** Delivers some messages, or waits for one. */
  async #pass(signal: AbortSignal): Promise<void> {
    const { bell, clock } = this.#ports;
    const { rings } = bell;
    this.#inVain += 1;
    const waiting = await this.#load();
    const messages = [...waiting.messages, ...(await this.#loadBehind(waiting.messages))];
    const unsettled = messages.filter(({ position }) => !this.#settled.has(position));
    const { free, held } = this.#lanes.inTurn(unsettled, clock.elapsedMs());
    const failures = await this.#postAll(free, signal);
    const heldFailures = await this.#postAll(held.slice(0, 1), signal);
    if (heldFailures.length === 0) heldFailures.push(...(await this.#postAll(held.slice(1), signal)));
    this.#lanes.rest(heldFailures.length, clock.elapsedMs());
    // Also without a post: what was settled before may not have been recorded.
    const isRecorded = await this.#settle(waiting);
    this.#inVain = 0;
    const [failure] = [...failures, ...heldFailures];
    if (failure !== undefined) throw failure.error;
    if (free.length + held.length === 0 && !isRecorded) await this.#waitForWork(rings, signal);
  }

  async #load(): Promise<WaitingMessages> {
    const { endpoint, host, outbox, observer } = this.#ports;
    const limit = this.#lanes.heldCount === 0 ? WEBHOOK_WINDOW : WEBHOOK_WINDOW_HELD;
    const loaded = await outbox.loadWaiting(endpoint, limit);
    const { messages, waiting } = loaded;
    const [first, last] = [messages[0]?.position ?? Infinity, messages.at(-1)?.position ?? 0];
    const shown = messages.filter(({ position }) => !this.#settled.has(position)).length;
    // Of what was settled behind the window, a lane's oldest may be gone.
    const settledBehind = [...this.#settled].filter((position) => position > last).length;
    const count = shown + Math.max(0, waiting - messages.length - settledBehind);
    observer.observe({ name: 'webhooks-waiting', level: 'debug', fields: { endpoint: host, count } });
    if (count === 0) this.#failure = undefined;
    if (this.#lanes.freeBefore(first)) this.#seen = 0;
    return loaded;
  }

  /** Waits for a ring, or until a lane that is held back is due. */
  async #waitForWork(rings: number, signal: AbortSignal): Promise<void> {
    const { bell, clock } = this.#ports;
    const { dueMs } = this.#lanes;
    if (dueMs === Infinity) {
      await bell.waitPast(rings, signal);
      return;
    }
    const over = new AbortController();
    const either = over.signal;
    // Not AbortSignal.any: the signal lives as long as the process, and would keep some bytes of each wait.
    const stop = (): void => over.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([bell.waitPast(rings, either), clock.sleep(dueMs - clock.elapsedMs(), either)]);
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
    }
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
    return !this.#settled.has(position) && !this.#lanes.isHeld(lane);
  }

  /** Posts the messages of lanes, several lanes at a time, until that many failed or it takes too long. Returns the failures. */
  async #postAll(lanes: readonly LaneMessages[], signal: AbortSignal): Promise<PostFailure[]> {
    const { clock } = this.#ports;
    const failures: PostFailure[] = [];
    const endMs = clock.elapsedMs() + WEBHOOK_PASS_MS;
    const isOver = (): boolean => signal.aborted || clock.elapsedMs() >= endMs;
    const rest = lanes.values();
    // One that met a failure ends, so that no more fail than there are.
    const work = async (): Promise<void> => {
      for (const lane of rest) {
        const failed = await this.#postLane(lane, isOver, signal);
        failures.push(...failed);
        if (failed.length > 0 || isOver()) return;
      }
    };
    await Promise.all(Array.from({ length: WEBHOOK_REQUESTS }, work));
    return failures;
  }

  /** Posts the messages of one lane up to one that fails. Behind one that is given up the next is tried. */
  async #postLane(lane: LaneMessages, isOver: () => boolean, signal: AbortSignal): Promise<PostFailure[]> {
    const failures: PostFailure[] = [];
    for (const message of lane) {
      const failure = await this.#post(message, signal);
      if (failure !== undefined) {
        failures.push(failure);
        if (!failure.isGivenUp) {
          this.#lanes.hold(message, this.#ports.clock.elapsedMs());
          break;
        }
      }
      this.#settled.add(message.position);
      this.#trials.delete(message.position);
      // The lane's next messages may have been passed over.
      if (this.#lanes.free(message.lane)) this.#seen = 0;
      if (isOver()) break;
    }
    return failures;
  }

  /** Posts one message; undefined once it was taken. */
  async #post(message: WebhookMessage, signal: AbortSignal): Promise<PostFailure | undefined> {
    const { post, host, clock, observer } = this.#ports;
    try {
      await post(message, signal);
      this.#taken += 1;
      this.#failure = undefined;
      observer.observe({ name: 'webhook-delivered', level: 'debug', fields: { endpoint: host, id: message.id } });
      return undefined;
    } catch (error) {
      if (signal.aborted) return { error, isGivenUp: false };
      const { code, detail } = failureOf(error);
      this.#failure = { host, detail, sinceMs: this.#failure?.sinceMs ?? clock.elapsedMs() };
      const isGivenUp = this.#isGivenUp(message, error);
      const fields = { endpoint: host, id: message.id, code, detail };
      if (isGivenUp) observer.observe({ name: 'webhook-given-up', level: 'error', fields });
      return { error, isGivenUp };
    }
  }

  /** Notes a failure; true if the message has failed, or was refused for itself, for too long. */
  #isGivenUp({ position, writtenMs }: WebhookMessage, error: unknown): boolean {
    const { clock } = this.#ports;
    const elapsedMs = clock.elapsedMs();
    const known = this.#trials.get(position);
    const sinceMs = known?.sinceMs ?? elapsedMs;
    const refusal = isOwn(error) ? this.#refusedAgain(known?.refusal, elapsedMs) : undefined;
    this.#trials.set(position, { sinceMs, refusal });
    const isOld = clock.nowMs() - writtenMs > WEBHOOK_GIVE_UP_MS && elapsedMs - sinceMs > WEBHOOK_TRIED_MS;
    return isOld || elapsedMs - (refusal?.provedMs ?? elapsedMs) > WEBHOOK_REFUSED_GIVE_UP_MS;
  }

  /** A refusal counts from when the receiver has taken another message since the first one: without that a wrong secret looks the same. */
  #refusedAgain(known: Refusal | undefined, elapsedMs: number): Refusal {
    const taken = known?.taken ?? this.#taken;
    return { taken, provedMs: known?.provedMs ?? (this.#taken > taken ? elapsedMs : undefined) };
  }

  /** Records the settled messages before the first that is not; false if there are none. */
  async #settle({ messages, after }: WaitingMessages): Promise<boolean> {
    const { endpoint, host, outbox, observer } = this.#ports;
    // What is missing before the first fell out of the outbox.
    let last = Math.max(after, (messages[0]?.position ?? 0) - 1);
    let rows = 0;
    for (const { position } of messages) {
      if (!this.#settled.has(position)) break;
      last = position;
      rows += 1;
    }
    if (last === after) return false;
    const present = new Set(messages.slice(0, rows).map(({ position }) => position));
    const passed = [...this.#settled].filter((position) => position <= last);
    const settledGone = passed.filter((position) => !present.has(position)).length;
    const count = last - after - rows - settledGone;
    await outbox.saveSettled(endpoint, last);
    if (count > 0) observer.observe({ name: 'webhooks-dropped', level: 'error', fields: { endpoint: host, count } });
    for (const position of passed) this.#settled.delete(position);
    for (const position of this.#trials.keys()) if (position <= last) this.#trials.delete(position);
    return true;
  }
}

interface PostFailure {
  readonly error: unknown;
  /** True if the message is settled by that. */
  readonly isGivenUp: boolean;
}

/** A message that failed. */
interface Trial {
  /** When it first failed in this process, in elapsed time. */
  readonly sinceMs: number;
  /** Undefined unless it last failed because it was refused for itself. */
  readonly refusal: Refusal | undefined;
}

/** A message that was refused for itself. */
interface Refusal {
  /** Messages that the receiver had taken when it first refused this one. */
  readonly taken: number;
  /** Since when it is refused although the receiver takes others, in elapsed time; undefined while that is not known. */
  readonly provedMs: number | undefined;
}

/** True if a receiver may refuse the message itself, and take any other. */
function isOwn(error: unknown): boolean {
  return error instanceof AppError && !error.retryable;
}
