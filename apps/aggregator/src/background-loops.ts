import { setMaxListeners } from 'node:events';
import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';

/**
 * Loops that run as long as the application. They start after it has started. When it shuts down they are stopped
 * first, and end before its HTTP server and its database close.
 */
export class BackgroundLoops implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  readonly #start: (signal: AbortSignal) => readonly Promise<unknown>[];
  readonly #stopping = new AbortController();
  #running: readonly Promise<unknown>[] = [];

  /** `start` starts every loop; each ends soon after the signal aborts. */
  constructor(start: (signal: AbortSignal) => readonly Promise<unknown>[]) {
    this.#start = start;
    // Each loop listens for its waits and requests: no leak, whose warning ten listeners would give.
    setMaxListeners(0, this.#stopping.signal);
  }

  onApplicationBootstrap(): void {
    this.#running = this.#start(this.#stopping.signal);
  }

  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#running);
  }
}
