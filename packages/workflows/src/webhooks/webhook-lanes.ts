import { retryDelayMs } from '../running/retry-delay-ms.js';
import { WEBHOOK_HELD_EVERY_MS, WEBHOOK_HURRIED_MS, WEBHOOK_RETRY } from './limits.js';
import type { WebhookMessage } from './webhook-outbox.js';

/** Messages of one lane, in order. */
export type LaneMessages = readonly WebhookMessage[];

/** Lanes that may be tried now. */
export interface LanesInTurn {
  readonly free: readonly LaneMessages[];
  /** To be tried after the free ones: the first alone, and the others only once it is taken. */
  readonly held: readonly LaneMessages[];
}

/**
 * Decides which lanes of one endpoint are tried when:
 *
 *   free   its first message has not failed: at once, before all held ones, each time from another place on
 *   held   its first message failed: after a time of its own, that doubles; and each failure of a held lane makes all of them wait two seconds,
 *          so that a receiver is asked a bounded number of times, however many lanes wait. By turns one that was held lately is first,
 *          which repeats a passing failure soon, and the one that was not tried for longest, so that none waits for ever.
 */
export class WebhookLanes {
  /** The longest untried one first. */
  readonly #held = new Map<string, HeldLane>();
  /** Before this no held lane is tried, in elapsed time. */
  #heldDueMs = 0;
  #turns = 0;
  /** Turns of held lanes. */
  #heldTurns = 0;

  get heldCount(): number {
    return this.#held.size;
  }

  /** Elapsed time at which a held lane is due; infinite if there is none. */
  get dueMs(): number {
    let dueMs = Infinity;
    for (const lane of this.#held.values()) dueMs = Math.min(dueMs, lane.dueMs);
    return Math.max(dueMs, this.#heldDueMs);
  }

  isHeld(lane: string): boolean {
    return this.#held.has(lane);
  }

  /** Holds a lane back whose first message failed. */
  hold(first: WebhookMessage, nowMs: number): void {
    const held = this.#held.get(first.lane);
    const failures = (held?.failures ?? 0) + 1;
    const dueMs = nowMs + retryDelayMs(failures, WEBHOOK_RETRY);
    this.#held.delete(first.lane);
    this.#held.set(first.lane, { first, failures, sinceMs: held?.sinceMs ?? nowMs, dueMs });
  }

  /** Frees a lane whose first message is settled; false if it was free. */
  free(lane: string): boolean {
    return this.#held.delete(lane);
  }

  /** Frees lanes whose first message was before a position, and is gone; true if there were any. */
  freeBefore(position: number): boolean {
    const gone = [...this.#held.values()].filter(({ first }) => first.position < position);
    for (const { first } of gone) this.#held.delete(first.lane);
    return gone.length > 0;
  }

  /** Lets all held lanes wait for so many failures of them. */
  rest(failures: number, nowMs: number): void {
    if (failures > 0) this.#heldDueMs = nowMs + failures * WEBHOOK_HELD_EVERY_MS;
  }

  /** Groups waiting messages, ascending, by the lanes that may be tried now. */
  inTurn(messages: readonly WebhookMessage[], nowMs: number): LanesInTurn {
    const lanes = new Map<string, WebhookMessage[]>();
    for (const message of messages) {
      const own = lanes.get(message.lane);
      if (own === undefined) lanes.set(message.lane, [message]);
      else own.push(message);
    }
    const free = [...lanes].flatMap(([lane, own]) => (this.#held.has(lane) ? [] : [own]));
    const from = Math.floor(((this.#turns++ * GOLDEN) % 1) * free.length);
    return {
      free: [...free.slice(from), ...free.slice(0, from)],
      held: this.#heldInTurn(nowMs).map(({ first }) => lanes.get(first.lane) ?? [first]),
    };
  }

  #heldInTurn(nowMs: number): HeldLane[] {
    if (nowMs < this.#heldDueMs) return [];
    const due = [...this.#held.values()].filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return [];
    const hurryOf = ({ sinceMs }: HeldLane): number => (nowMs - sinceMs <= WEBHOOK_HURRIED_MS ? sinceMs : -1);
    return this.#heldTurns++ % 2 === 0 ? due : due.sort((left, right) => hurryOf(right) - hurryOf(left));
  }
}

/** A lane that is held back by its first message. */
interface HeldLane {
  readonly first: WebhookMessage;
  /** Failures in a row. */
  readonly failures: number;
  /** When the first of them was, in elapsed time. */
  readonly sinceMs: number;
  /** When it may be tried again, in elapsed time. */
  readonly dueMs: number;
}

/** Its multiples leave no part of the way from 0 to 1 out for long. */
const GOLDEN = 0.618_033_988_75;
