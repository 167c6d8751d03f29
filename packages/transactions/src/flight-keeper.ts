import { AppError } from '@surety/domain';
import type { LandOutcome, TransactionAttempt, TransactionCall, TransactionJournal } from '@surety/workflows';
import type { ChainReads } from './chain-reads.js';
import type { NonceDesk } from './nonce-desk.js';
import { type Flight, type FlightDeps, trackFlight } from './track-flight.js';

/** Dependencies of the keeper. */
export interface FlightKeeperDeps extends FlightDeps {
  readonly desk: NonceDesk;
  readonly reads: ChainReads;
  readonly journal: TransactionJournal;
}

/**
 * Maintains nonces that no caller waits for: those of an earlier process, those whose caller gave up, and spent ones
 * that a reorganisation may free again.
 *
 * | seen | done |
 * | --- | --- |
 * | attempts in the journal at the start | followed to their end, before anything new is signed |
 * | a call given up while under way | followed to its end |
 * | a spent nonce that is unspent again | its last attempt is sent again and followed |
 * | a spent nonce at final depth | forgotten |
 * | a nonce below others that nobody holds | taken out of use |
 */
export class FlightKeeper {
  readonly #deps: FlightKeeperDeps;
  #recovery: Promise<void> | undefined;
  #isRecovered = false;

  constructor(deps: FlightKeeperDeps) {
    this.#deps = deps;
  }

  /** True until every transaction of an earlier process has ended. */
  get isRecovering(): boolean {
    return !this.#isRecovered;
  }

  /** Finishes the pending transactions of an earlier process. Safe to repeat. @throws OUTBOX_UNAVAILABLE, OUTCOME_UNKNOWN. */
  recover(signal?: AbortSignal): Promise<void> {
    if (this.#isRecovered) return Promise.resolve();
    this.#recovery ??= this.#finishLeft(signal).then(
      () => {
        this.#isRecovered = true;
      },
      (error: unknown) => {
        this.#recovery = undefined;
        throw error;
      },
    );
    return this.#recovery;
  }

  /** Follows a call to its end; if the caller gives up, {@link keepOnce} takes over. */
  async follow(flight: Flight, signal?: AbortSignal): Promise<LandOutcome> {
    flight.tracked = true;
    try {
      return await trackFlight(this.#deps, flight, signal);
    } finally {
      flight.tracked = false;
      await this.#deps.desk.close(flight, this.#deps.policy.finalDepth !== undefined);
    }
  }

  /** Runs one round. Nonces that need following are followed in the background until the signal aborts. */
  async keepOnce(signal?: AbortSignal): Promise<void> {
    const { desk, reads, sender } = this.#deps;
    if (desk.open.size === 0) return;
    const latest = await reads.readNonce(sender, 'latest', signal);
    for (const flight of desk.open.values()) {
      if (flight.tracked === true || (flight.spent && flight.nonce < latest)) continue;
      if (flight.landed !== null && (await reads.readReceipt(flight.landed.txHash, signal)) !== undefined) continue;
      if (flight.spent) this.#tell('transaction-reorganised', 'warn', flight);
      void this.#followAgain(flight, signal);
    }
    await this.#forgetFinal(signal);
    await this.#fillGap(latest, signal);
  }

  async #fillGap(latest: bigint, signal?: AbortSignal): Promise<void> {
    const { desk } = this.#deps;
    if (!this.#hasGap(latest)) return;
    const filler = await desk.gate.pass('gap', () => desk.fillGap(signal), signal);
    if (filler !== undefined) void this.#followAgain(filler, signal);
  }

  /** Runs rounds until `ended` settles: gaps and reorganised nonces below would block the followed ones forever. */
  async #keepUntil(ended: Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const { clock, policy } = this.#deps;
    let isOver = false;
    const over = ended.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver && signal?.aborted !== true) {
      try {
        await this.keepOnce(signal);
      } catch {
        // The followers report a chain that cannot be read; the next round tries again.
      }
      await Promise.race([over, clock.sleep(2 * policy.pollIntervalMs, signal)]);
    }
  }

  async #finishLeft(signal?: AbortSignal): Promise<void> {
    const { desk, journal, sender, rpc, observer } = this.#deps;
    const byNonce = new Map<bigint, TransactionAttempt[]>();
    for (const attempt of await journal.loadOpen({ chainId: rpc.chainId, sender })) {
      byNonce.set(attempt.nonce, [...(byNonce.get(attempt.nonce) ?? []), attempt]);
    }
    const left = [...byNonce.values()].map(flightOf);
    for (const flight of left) if (!desk.open.has(flight.nonce)) desk.open.set(flight.nonce, flight);
    if (left.length > 0) {
      const fields = { chain_id: rpc.chainId, nonces: left.map(({ nonce }) => nonce).join(',') };
      observer.observe({ name: 'transactions-recovered', level: 'info', fields });
    }
    const waiting = left.flatMap(({ nonce }) => desk.open.get(nonce) ?? []).filter((one) => one.tracked !== true);
    const ended = Promise.all(waiting.map((flight) => this.#followLeft(flight, signal)));
    await Promise.all([ended, this.#keepUntil(ended, signal)]);
  }

  async #followLeft(flight: Flight, signal?: AbortSignal): Promise<void> {
    try {
      const { kind } = await this.follow(flight, signal);
      this.#tell('transaction-ended', 'info', flight, kind);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NONCE_TAKEN') throw error;
      this.#tell('nonce-taken', 'error', flight, error.message);
    }
  }

  async #followAgain(flight: Flight, signal?: AbortSignal): Promise<void> {
    // Resend the attempt that was reported as landed, even if the journal holds a later one.
    const told = flight.attempts.findIndex(({ txHash }) => txHash === flight.landed?.txHash);
    if (told >= 0) flight.attempts.push(...flight.attempts.splice(told, 1));
    flight.spent = false;
    flight.landed = null;
    try {
      await this.#followLeft(flight, signal);
    } catch (error) {
      // Whatever stopped it, the next round resumes; only the end of the process is expected.
      if (signal?.aborted !== true) this.#tell('transaction-unseen', 'warn', flight, String(error));
    }
  }

  /** Forgets spent nonces that are final. */
  async #forgetFinal(signal?: AbortSignal): Promise<void> {
    const { desk, reads, policy } = this.#deps;
    const { finalDepth } = policy;
    const spent = [...desk.open.values()].filter((flight) => flight.spent && flight.tracked !== true);
    if (spent.length === 0 || finalDepth === undefined) return;
    const head = await reads.readHead(finalDepth === 'finalized' ? 'finalized' : 'latest', signal);
    const finalHeight = finalDepth === 'finalized' ? head.height : head.height - BigInt(finalDepth);
    for (const flight of spent) {
      if (flight.landed === null || flight.landed.height > finalHeight) continue;
      const receipt = await reads.readReceipt(flight.landed.txHash, signal);
      if (receipt === undefined) void this.#followAgain(flight, signal);
      else if (receipt.height > finalHeight) flight.landed = { ...flight.landed, height: receipt.height };
      else await desk.forget(flight);
    }
  }

  #hasGap(latest: bigint): boolean {
    const held = [...this.#deps.desk.open.keys()].filter((nonce) => nonce >= latest);
    const top = held.reduce((most, nonce) => (nonce > most ? nonce : most), latest - 1n);
    return BigInt(held.length) < top - latest + 1n;
  }

  #tell(name: string, level: 'info' | 'warn' | 'error', flight: Flight, detail = ''): void {
    const { rpc, observer } = this.#deps;
    const fields = { chain_id: rpc.chainId, nonce: flight.nonce, purpose: flight.call.purpose, detail };
    observer.observe({ name, level, fields });
  }
}

/** Rebuilds a pending call from the attempts that an earlier process recorded. */
function flightOf(attempts: readonly TransactionAttempt[]): Flight {
  const last = attempts.at(-1) as TransactionAttempt;
  const { purpose, priority, to, calldata, value, gasLimit, nonce } = last;
  const call: TransactionCall = { purpose, priority, to, calldata, value, gasCeiling: gasLimit };
  const own = attempts.filter((one) => one.calldata === calldata && one.to === to && one.value === value);
  return { call, nonce, gasLimit, attempts: own, spent: false, landed: null, recovered: true };
}
