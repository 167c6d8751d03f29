import type { Address } from '@surety/domain';
import type { Clock, Observer } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';

/** Milliseconds for which two processes with one key are told after they were last noticed. */
const TOLD_MS = 3_600_000;

/** The names that processes with one key gave themselves, the newest first. */
interface Seen {
  readonly current: string;
  readonly former: string | undefined;
  readonly twiceAtMs: number | undefined;
}

/**
 * Notices attesters whose key posts from two processes by turns. A process names itself anew at each start, so a restart shows one name
 * after another, and only two that run show an earlier one again.
 */
@Injectable()
export class PosterProcesses {
  readonly #seen = new Map<Address, Seen>();

  constructor(
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.observer) private readonly observer: Observer,
  ) {}

  /** Notes that a process posted with a member's key; the caller has checked the signature. */
  note(poster: Address, name: string): void {
    const seen = this.#seen.get(poster);
    if (seen?.current === name) return;
    const isTwice = seen?.former === name;
    if (isTwice && !this.isTwice(poster))
      this.observer.observe({ name: 'attester-runs-twice', level: 'error', fields: { attester: poster } });
    const twiceAtMs = isTwice ? this.clock.nowMs() : seen?.twiceAtMs;
    this.#seen.set(poster, { current: name, former: seen?.current, twiceAtMs });
  }

  /** Returns whether two processes posted with a key by turns within the last hour. */
  isTwice(poster: Address): boolean {
    const { twiceAtMs } = this.#seen.get(poster) ?? {};
    return twiceAtMs !== undefined && this.clock.nowMs() - twiceAtMs <= TOLD_MS;
  }
}
