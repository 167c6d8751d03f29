import type { Address } from '@surety/domain';
import type { Clock, Observer } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';

/** Milliseconds for which two processes with one key are told after they were last noticed. */
const TOLD_MS = 3_600_000;

/** Milliseconds after which they are told again while they last: an alarm looks back for an hour. */
const TOLD_AGAIN_MS = TOLD_MS / 2;

/** The names that processes with one key gave themselves, the newest first. */
interface Seen {
  readonly current: string;
  readonly former: string | undefined;
  readonly twiceAtMs: number | undefined;
  readonly toldAtMs: number | undefined;
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
    const nowMs = this.clock.elapsedMs();
    const isTwice = seen?.former === name;
    const isTold = seen?.toldAtMs !== undefined && nowMs - seen.toldAtMs < TOLD_AGAIN_MS;
    if (isTwice && !isTold)
      this.observer.observe({ name: 'attester-runs-twice', level: 'error', fields: { attester: poster } });
    const twiceAtMs = isTwice ? nowMs : seen?.twiceAtMs;
    const toldAtMs = isTwice && !isTold ? nowMs : seen?.toldAtMs;
    this.#seen.set(poster, { current: name, former: seen?.current, twiceAtMs, toldAtMs });
  }

  /** Returns whether two processes posted with a key by turns within the last hour. */
  isTwice(poster: Address): boolean {
    const { twiceAtMs } = this.#seen.get(poster) ?? {};
    return twiceAtMs !== undefined && this.clock.elapsedMs() - twiceAtMs <= TOLD_MS;
  }
}
