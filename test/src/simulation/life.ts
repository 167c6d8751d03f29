import { setMaxListeners } from 'node:events';
import type { Clock } from '@surety/workflows';
import type { Scheduler } from './scheduler.js';

/**
 * One life of one process, from a start to its end. Everything it waits for comes through here: once it is killed nothing
 * of it goes on, and while it is paused what is due waits.
 */
export class Life {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #stopping = new AbortController();
  #alive = true;
  #paused = false;
  #held: (() => void)[] = [];
  static #running: Life | undefined;
  /** How far the last signature has come: what a kill now interrupts. */
  stage: 'recorded' | 'signed' | undefined;
  /** Milliseconds by which this process's clock is wrong. */
  skewMs = 0;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
    setMaxListeners(0, this.#stopping.signal);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Aborts when the process is asked to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get scheduler(): Scheduler {
    return this.#scheduler;
  }

  /** Writes under way: what a kill now may lose. */
  writing = 0;

  /** Ends the process at once: what it waits for never comes. */
  kill(): void {
    this.#alive = false;
    this.#held = [];
  }

  /** Asks the process to stop, as a signal of the system would. */
  stop(): void {
    this.#stopping.abort();
  }

  pause(): void {
    this.#paused = true;
  }

  /** Lets a paused process go on; what came due meanwhile comes now, in order. */
  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.deliver(run);
  }

  /** Resolves with what `act` gives after a while; `act` runs at that moment, if the process still lives. */
  wait<Result>(delayMs: number, label: string, act: () => Result | Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#scheduler.after(delayMs, `${this.name}:${label}`, () => this.deliver(() => attempt(act, resolve, reject)));
    });
  }

  /** Hands something to the process: now, when it goes on again, or never. */
  deliver(run: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) {
      this.#held.push(run);
      return;
    }
    Life.#running = this;
    run();
  }

  /** The life that was handed something last: whatever runs before the next event is its doing. */
  static get running(): Life | undefined {
    return Life.#running;
  }

  /** The process's clock. */
  get clock(): Clock {
    return {
      nowMs: () => this.#scheduler.nowMs + this.skewMs,
      elapsedMs: () => this.#scheduler.nowMs,
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
    };
  }

  #sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        event.cancelled = true;
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const event = this.#scheduler.after(durationMs, `${this.name}:woke`, () => this.deliver(end));
      signal?.addEventListener('abort', end);
    });
  }
}

function attempt<Result>(
  act: () => Result | Promise<Result>,
  resolve: (result: Result | Promise<Result>) => void,
  reject: (reason: unknown) => void,
): void {
  try {
    resolve(act());
  } catch (error) {
    reject(error);
  }
}
