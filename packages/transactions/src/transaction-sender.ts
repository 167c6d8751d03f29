import { type Address, type AppError, address, mulDivUp, txHash } from '@surety/domain';
import {
  type Clock,
  type LandOutcome,
  type Observer,
  type TransactionAttempt,
  type TransactionCall,
  type TransactionJournal,
  type TransactionSender,
  crashPoint,
} from '@surety/workflows';
import type { Abi, PrivateKeyAccount } from 'viem';
import { keccak256 } from 'viem';
import { type ChainReads, createChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { GAS_MARGIN_BPS, NONCE_TRIES_MAX, TRANSACTION_GAS_MAX, TRANSFER_GAS } from './limits.js';
import { createMemoryJournal } from './memory-journal.js';
import { type FeeMarket, type FeePolicy, type Fees, planFees, planReplacementFees } from './plan-fees.js';
import type { Rpc } from './rpc.js';
import { type Flight, type FlightDeps, trackFlight } from './track-flight.js';

/** Figures of sending. */
export interface SendPolicy extends FeePolicy {
  /** Pause between two looks at what is under way. */
  readonly pollIntervalMs: number;
  /** Time in the pool after which a transaction is replaced by a dearer one. */
  readonly replaceAfterMs: number;
  /** Blocks on top of the transaction's own, itself included, or the chain's own finality. */
  readonly confirmations: number | 'finalized';
  /** Time for which strange transactions of this key may be under way before their nonce is taken over. */
  readonly takeoverAfterMs: number;
}

/** What a sender is built from. */
export interface SenderOptions {
  readonly rpc: Rpc;
  readonly account: PrivateKeyAccount;
  readonly policy: SendPolicy;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Errors that calls may revert with. */
  readonly errors: Abi;
  /** Where attempts are kept; in memory unless given. */
  readonly journal?: TransactionJournal;
}

/**
 * Builds the one writer of a key on a chain. No two senders of one key run in a process; across processes a second one is
 * refused with KEY_SHARED while transactions of the first are under way.
 */
export function createTransactionSender(options: SenderOptions): TransactionSender {
  const reads = createChainReads(options.rpc, options.errors);
  const sender = address(options.account.address);
  const desk = new NonceDesk(options, reads, sender);
  const request = (call: TransactionCall) => ({
    from: sender,
    to: call.to,
    calldata: call.calldata,
    ...(call.value === undefined ? {} : { value: call.value }),
  });

  const simulate = async (call: TransactionCall, signal?: AbortSignal): Promise<bigint | LandOutcome> => {
    const simulated = await reads.estimate(request(call), signal);
    if (simulated.kind === 'reverted') return { kind: 'refused', ...simulated.revert };
    if (simulated.gas > call.gasCeiling || simulated.gas > TRANSACTION_GAS_MAX) {
      const detail = `${call.purpose} takes ${simulated.gas} gas; expected at most ${call.gasCeiling}, and ${TRANSACTION_GAS_MAX} in any transaction`;
      return { kind: 'refused', name: 'GAS_ABOVE_CEILING', detail };
    }
    const limit = mulDivUp(simulated.gas, GAS_MARGIN_BPS, 10_000n);
    return limit < TRANSACTION_GAS_MAX ? limit : TRANSACTION_GAS_MAX;
  };

  const openSimulated = async (call: TransactionCall, signal?: AbortSignal): Promise<Flight | LandOutcome> => {
    for (let tries = 0; tries < NONCE_TRIES_MAX; tries++) {
      // Simulated anew each time: whoever took the nonce may have brought the effect.
      const gasLimit = await simulate(call, signal);
      if (typeof gasLimit !== 'bigint') return gasLimit;
      crashPoint('relayer.send.simulated');
      const flight = await desk.open(call, gasLimit, signal);
      if (flight !== undefined) return flight;
    }
    throw desk.shared(`the next nonce was taken ${NONCE_TRIES_MAX} times`);
  };

  return {
    address: sender,
    readBalance: (signal) => reads.readBalance(sender, signal),
    async land(call, signal) {
      const flight = await openSimulated(call, signal);
      if ('kind' in flight) return flight;
      try {
        return await trackFlight({ ...desk.deps, simulate }, flight, signal);
      } finally {
        await desk.close(flight);
      }
    },
  };
}

/** Hands out nonces, one at a time, and signs. Keeps: no nonce is signed for two calls, and none is left out. */
class NonceDesk {
  readonly deps: Omit<FlightDeps, 'simulate'>;
  readonly #options: SenderOptions;
  readonly #reads: ChainReads;
  readonly #sender: Address;
  readonly #journal: TransactionJournal;
  readonly #open = new Map<bigint, Flight>();
  #queue: Promise<unknown> = Promise.resolve();
  /** Lowest nonce that may be free by what this process saw land, and when it saw so. */
  #floor = { nonce: 0n, atMs: 0 };
  #strangerSinceMs: number | null = null;

  constructor(options: SenderOptions, reads: ChainReads, sender: Address) {
    this.#options = options;
    this.#reads = reads;
    this.#sender = sender;
    this.#journal = options.journal ?? createMemoryJournal();
    this.deps = {
      reads,
      rpc: options.rpc,
      clock: options.clock,
      observer: options.observer,
      policy: options.policy,
      sender,
      sign: (flight, fees, cancels) => this.#sign(flight, fees, cancels),
    };
  }

  /** Takes the next nonce for a call and sends its first attempt; gives nothing if the nonce turned out to be taken. */
  open(call: TransactionCall, gasLimit: bigint, signal?: AbortSignal): Promise<Flight | undefined> {
    const opened = this.#queue.then(() => this.#openNext(call, gasLimit, signal));
    this.#queue = opened.catch(() => undefined);
    return opened;
  }

  /** Forgets a call whose nonce the chain has spent; one whose outcome is unknown stays. */
  async close(flight: Flight): Promise<void> {
    if (!flight.spent) return;
    crashPoint('relayer.send.spent');
    this.#open.delete(flight.nonce);
    if (flight.nonce >= this.#floor.nonce) {
      this.#floor = { nonce: flight.nonce + 1n, atMs: this.#options.clock.nowMs() };
    }
    await this.#journal.forget({ chainId: this.#options.rpc.chainId, sender: this.#sender, nonce: flight.nonce });
    crashPoint('relayer.send.settled');
  }

  async #openNext(call: TransactionCall, gasLimit: bigint, signal?: AbortSignal): Promise<Flight | undefined> {
    const [latest, pending, market, balance] = await Promise.all([
      this.#reads.readNonce(this.#sender, 'latest', signal),
      this.#reads.readNonce(this.#sender, 'pending', signal),
      this.#reads.readMarket(signal),
      this.#reads.readBalance(this.#sender, signal),
    ]);
    const { nonce, takesOver } = this.#nextNonce(latest, pending);
    const fees = this.#firstFees(call, { gasLimit, market, balance });
    const flight: Flight = { call, nonce, gasLimit, attempts: [], spent: false };
    crashPoint('relayer.send.nonce-chosen');
    if (!(await this.#sendFirst(flight, fees, takesOver, signal))) return undefined;
    this.#open.set(nonce, flight);
    return flight;
  }

  #nextNonce(latest: bigint, pending: bigint): { nonce: bigint; takesOver: boolean } {
    const { clock, policy } = this.#options;
    let nonce = latest;
    const floorHolds = clock.nowMs() - this.#floor.atMs < policy.takeoverAfterMs;
    if (floorHolds && this.#floor.nonce > nonce) nonce = this.#floor.nonce;
    // The lowest free one: a reorganisation may have left a hole below those that are under way.
    while (this.#open.has(nonce)) nonce += 1n;
    if (pending <= nonce) {
      this.#strangerSinceMs = null;
      return { nonce, takesOver: false };
    }
    this.#strangerSinceMs ??= clock.nowMs();
    if (this.#open.size === 0 && clock.nowMs() - this.#strangerSinceMs >= policy.takeoverAfterMs) {
      return { nonce: latest, takesOver: true };
    }
    throw this.shared(`${pending - nonce} transactions that this process did not sign are under way`);
  }

  #firstFees(call: TransactionCall, at: { gasLimit: bigint; market: FeeMarket; balance: bigint }): Fees {
    const { policy, rpc } = this.#options;
    const { market, balance, gasLimit } = at;
    const fees = planFees(market, policy);
    if (fees === undefined) {
      throw transactionError(
        'FEE_ABOVE_CAP',
        `chain ${rpc.chainId} asks a base fee of ${market.baseFeePerGas} wei per gas; expected at most ${policy.maxFeePerGasCap} with the tip; wait, or raise the cap`,
        { chain_id: rpc.chainId, base_fee: market.baseFeePerGas, cap: policy.maxFeePerGasCap },
      );
    }
    const reserved = [...this.#open.values()].reduce(
      (sum, { gasLimit: gas, attempts }) => sum + gas * (attempts.at(-1)?.maxFeePerGas ?? 0n),
      0n,
    );
    const needed = gasLimit * fees.maxFeePerGas + (call.value ?? 0n) + reserved;
    if (balance < needed) throw this.#empty(balance, needed);
    return fees;
  }

  /** Sends the first attempt; gives false if the nonce turned out to be taken. */
  async #sendFirst(flight: Flight, first: Fees, takesOver: boolean, signal?: AbortSignal): Promise<boolean> {
    let fees: Fees | undefined = first;
    while (fees !== undefined) {
      const attempt = await this.#sign(flight, fees, false);
      const outcome = await this.#options.rpc.broadcast(attempt.raw, signal);
      crashPoint('relayer.send.broadcast');
      if (outcome.kind !== 'refused') return true;
      await this.#journal.withdraw(attempt);
      flight.attempts.pop();
      if (/nonce too low|nonce is too low/i.test(outcome.detail)) return false;
      if (/insufficient funds/i.test(outcome.detail))
        throw this.#empty(await this.#reads.readBalance(this.#sender, signal), flight.gasLimit * fees.maxFeePerGas);
      if (!/underpriced/i.test(outcome.detail)) {
        throw transactionError(
          'RPC_REFUSED',
          `every provider of chain ${this.#options.rpc.chainId} refused ${flight.call.purpose}: ${outcome.detail}`,
        );
      }
      if (!takesOver) throw this.shared(`nonce ${flight.nonce} holds a transaction that this process did not sign`);
      fees = planReplacementFees(fees, await this.#reads.readMarket(signal), this.#options.policy);
    }
    throw this.shared(`nonce ${flight.nonce} cannot be taken over within the fee caps`);
  }

  async #sign(flight: Flight, fees: Fees, cancels: boolean): Promise<TransactionAttempt> {
    const { account, rpc, clock } = this.#options;
    const { call, nonce } = flight;
    const target = cancels
      ? { to: this.#sender, value: 0n, gas: TRANSFER_GAS }
      : { to: call.to, value: call.value ?? 0n, data: call.calldata, gas: flight.gasLimit };
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: rpc.chainId,
      nonce: Number(nonce),
      ...target,
      ...fees,
    });
    const attempt: TransactionAttempt = {
      chainId: rpc.chainId,
      sender: this.#sender,
      nonce,
      txHash: txHash(keccak256(raw)),
      raw,
      purpose: call.purpose,
      priority: call.priority ?? 'credit',
      to: call.to,
      calldata: call.calldata,
      value: call.value ?? 0n,
      gasLimit: flight.gasLimit,
      ...fees,
      signedAtMs: clock.nowMs(),
      cancels,
    };
    crashPoint('relayer.send.signed');
    await this.#journal.record(attempt);
    crashPoint('relayer.send.recorded');
    flight.attempts.push(attempt);
    return attempt;
  }

  /** Builds the refusal of a key that somebody else writes with. */
  shared(what: string): AppError {
    return transactionError(
      'KEY_SHARED',
      `${what} from ${this.#sender} on chain ${this.#options.rpc.chainId}; expected one writer per key; stop the other process, or wait until its transactions land`,
      { sender: this.#sender, chain_id: this.#options.rpc.chainId },
    );
  }

  #empty(balance: bigint, needed: bigint) {
    return transactionError(
      'EMPTY_WALLET',
      `${this.#sender} holds ${balance} wei on chain ${this.#options.rpc.chainId}; expected at least ${needed} for this transaction; send it coin`,
      { sender: this.#sender, balance, needed },
    );
  }
}
