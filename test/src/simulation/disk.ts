import { AppError } from '@surety/domain';
import type { FaultKind, Tally } from './faults.js';
import type { Life } from './life.js';
import type { Random } from './random.js';
import type { SwarmOptions } from './swarm.js';

/** One write as a store made it. */
interface Write<State> {
  readonly change: (state: State) => void;
  synced: boolean;
}

/** Sources that disks draw from. */
export interface DiskWorld {
  readonly random: Random;
  readonly swarm: SwarmOptions;
  readonly tally: Tally;
  /** True once faults have ended. */
  readonly healed: () => boolean;
}

/**
 * A store that outlives its process: a list of writes, each whole or not there. What was not synced is lost with the
 * power, from some write on; an older copy is a shorter list.
 */
export class Disk<State> {
  readonly name: string;
  readonly #world: DiskWorld;
  readonly #random: Random;
  readonly #fresh: () => State;
  readonly #errors: FaultKind;
  #writes: Write<State>[] = [];
  #state: State;
  #backup: number | undefined;
  #version = 0;
  /** True while every write fails. */
  down = false;

  constructor(name: string, fresh: () => State, errors: FaultKind, world: DiskWorld) {
    this.name = name;
    this.#world = world;
    this.#random = world.random.fork(`disk/${name}`);
    this.#fresh = fresh;
    this.#errors = errors;
    this.#state = fresh();
  }

  /** Content of the store now. */
  get state(): State {
    return this.#state;
  }

  /** Number of writes from the first on that are durable. */
  get syncedCount(): number {
    const firstUnsynced = this.#writes.findIndex((one) => !one.synced);
    return firstUnsynced === -1 ? this.#writes.length : firstUnsynced;
  }

  /** Grows with every write, and changes with every loss. */
  get version(): number {
    return this.#version;
  }

  /** True if anything was ever written. */
  get isUsed(): boolean {
    return this.#writes.length > 0;
  }

  /**
   * Changes the store from inside a process's life: the change is there after a moment, and durable after another one if
   * it is synced. A process that dies in between may leave it or not.
   */
  async write<Result>(
    life: Life,
    options: { readonly label: string; readonly synced: boolean; readonly error: () => AppError },
    change: (state: State) => Result,
  ): Promise<Result> {
    if (this.#strikes()) throw options.error();
    life.writing += 1;
    const written = await life.wait(this.#random.whole(0, 2), `write:${options.label}`, () => {
      const result = change(this.#state);
      this.#writes.push({ change, synced: false });
      this.#version += 1;
      return { result, at: this.#writes.length };
    });
    if (options.synced) {
      await life.wait(this.#random.whole(1, 5), `sync:${options.label}`, () => this.#syncTo(written.at));
    }
    life.writing -= 1;
    return written.result;
  }

  /** The power goes: most of what is not synced is lost. */
  losePower(): void {
    const firstUnsynced = this.#writes.findIndex((one) => !one.synced);
    if (firstUnsynced === -1) return;
    const unsynced = this.#writes.length - firstUnsynced;
    let kept = 0;
    while (kept < unsynced && !this.#random.chance(this.#world.swarm.unsyncedLossRate)) kept += 1;
    if (kept < unsynced) this.#world.tally.fire('unsynced-lost');
    this.#truncate(firstUnsynced + kept);
    for (const write of this.#writes) write.synced = true;
  }

  /** Keeps an older copy for later. */
  backUp(): void {
    this.#backup = this.#writes.length;
  }

  /** Puts the older copy in place; gives whether it lacks anything. */
  restore(): boolean {
    if (this.#backup === undefined || this.#backup >= this.#writes.length) return false;
    this.#truncate(this.#backup);
    return true;
  }

  /** A person changes the store of a process that was stopped in order: all that it had written is there. */
  amend(change: (state: State) => void): void {
    for (const write of this.#writes) write.synced = true;
    this.#writes.push({ change, synced: true });
    change(this.#state);
    this.#version += 1;
  }

  /** Loses everything. */
  wipe(): void {
    this.#truncate(0);
    this.#backup = undefined;
  }

  #syncTo(at: number): void {
    for (let index = Math.min(at, this.#writes.length) - 1; index >= 0; index--) {
      const write = this.#writes[index];
      if (write === undefined || write.synced) break;
      write.synced = true;
    }
  }

  #truncate(length: number): void {
    this.#version += 1;
    this.#writes = this.#writes.slice(0, length);
    this.#state = this.#fresh();
    for (const { change } of this.#writes) change(this.#state);
  }

  #strikes(): boolean {
    if (this.down) return true;
    const { swarm, tally, healed } = this.#world;
    if (healed() || !swarm.faults.has(this.#errors) || !this.#random.chance(swarm.writeErrorRate)) return false;
    tally.fire(this.#errors);
    return true;
  }
}
