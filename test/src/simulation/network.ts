import { AppError } from '@surety/domain';
import type { FaultKind, Tally } from './faults.js';
import type { Life } from './life.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { SwarmOptions } from './swarm.js';

/** Longest wait of a caller for one answer. */
const TIMEOUT_MS = 8_000;

/** One end of a connection that can answer. */
export interface Peer {
  readonly name: string;
  /** The life that answers now; none while the process is down. */
  readonly life: Life | undefined;
}

/** Carries calls between processes, and loses, doubles, delays and holds them. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #swarm: SwarmOptions;
  readonly #tally: Tally;
  readonly #cut = new Map<string, number>();
  readonly #clogged = new Map<string, number>();
  #healed = false;

  constructor(world: { scheduler: Scheduler; random: Random; swarm: SwarmOptions; tally: Tally }) {
    this.#scheduler = world.scheduler;
    this.#random = world.random.fork('network');
    this.#swarm = world.swarm;
    this.#tally = world.tally;
  }

  /** Ends every fault of the network for good. */
  heal(): void {
    this.#healed = true;
    this.#cut.clear();
    this.#clogged.clear();
  }

  /** Cuts a link for a while. */
  cut(from: string, to: string, forMs: number): void {
    this.#cut.set(`${from}>${to}`, this.#scheduler.nowMs + forMs);
  }

  /** Holds everything on a link for a while; it comes late and at once. */
  clog(from: string, to: string, forMs: number): void {
    this.#clogged.set(`${from}>${to}`, this.#scheduler.nowMs + forMs);
  }

  /** True while any link may be cut. */
  get hasCuts(): boolean {
    return this.#cut.size > 0;
  }

  /** Returns whether a link carries anything now. */
  carries(from: string, to: string): boolean {
    return this.#cut.size === 0 || (this.#cut.get(`${from}>${to}`) ?? 0) <= this.#scheduler.nowMs;
  }

  /** Draws whether one small exchange with a provider fails on the way. */
  drops(): boolean {
    return this.#strikes('message-lost', this.#swarm.lossRate);
  }

  /** Draws how long one way takes. */
  delay(): number {
    const usual = 1 + this.#random.wait(this.#healed ? 5 : this.#swarm.delayMs / 4);
    return this.#strikes('message-delayed', 0.1) ? usual + this.#random.wait(4 * this.#swarm.delayMs) : usual;
  }

  /**
   * Calls a peer. `serve` runs at the peer when the request arrives, maybe twice, maybe never.
   * @throws UNREACHABLE (retryable) after the caller's patience.
   */
  call<Answer>(from: Life, to: Peer, label: string, serve: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!from.alive) return;
      const limit = this.#scheduler.after(TIMEOUT_MS, `${from.name}:timeout`, () =>
        from.deliver(() => reject(unreachable(to.name))),
      );
      const finish = (end: () => void): void => {
        if (limit.cancelled) return;
        limit.cancelled = true;
        from.deliver(end);
      };
      const answer = (end: () => void): void => {
        if (this.#strikes('answer-lost', this.#swarm.lossRate) || !this.carries(to.name, from.name)) return;
        this.#scheduler.after(this.#way(to.name, from.name), `${to.name}>${from.name}:${label}`, () => finish(end));
      };
      const arrive = (): void => {
        const { life } = to;
        if (life === undefined) return answer(() => reject(unreachable(to.name)));
        life.deliver(() => {
          void serve().then(
            (value) => life.deliver(() => answer(() => resolve(value))),
            (error: unknown) => life.deliver(() => answer(() => reject(error))),
          );
        });
      };
      if (!this.carries(from.name, to.name) || this.#strikes('message-lost', this.#swarm.lossRate)) return;
      this.#scheduler.after(this.#way(from.name, to.name), `${from.name}>${to.name}:${label}`, arrive);
      if (this.#strikes('message-doubled', this.#swarm.doubleRate)) {
        this.#scheduler.after(
          this.#way(from.name, to.name) + this.delay(),
          `${from.name}>${to.name}:${label}:again`,
          arrive,
        );
      }
    });
  }

  #way(from: string, to: string): number {
    const heldUntil = this.#clogged.size === 0 ? 0 : (this.#clogged.get(`${from}>${to}`) ?? 0);
    return Math.max(0, heldUntil - this.#scheduler.nowMs) + this.delay();
  }

  #strikes(kind: FaultKind, rate: number): boolean {
    if (this.#healed || !this.#swarm.faults.has(kind) || !this.#random.chance(rate)) return false;
    this.#tally.fire(kind);
    return true;
  }
}

function unreachable(peer: string): AppError {
  return new AppError({ code: 'UNREACHABLE', message: `${peer} gave no answer`, retryable: true });
}
