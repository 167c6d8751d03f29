import type {
  Clock,
  LandOutcome,
  Observer,
  TransactionCall,
  TransactionJournal,
  TransactionSender,
} from '@surety/workflows';
import { crashPoint, keepRunning } from '@surety/workflows';
import { mulDivUp } from '@surety/domain';
import type { Abi, PrivateKeyAccount } from 'viem';
import { createChainReads } from './chain-reads.js';
import { FlightKeeper } from './flight-keeper.js';
import { GAS_MARGIN_BPS, NONCE_TRIES_MAX, TRANSACTION_GAS_MAX } from './limits.js';
import { createMemoryJournal } from './memory-journal.js';
import { NonceDesk } from './nonce-desk.js';
import type { DayOfSpending } from './plan-budget.js';
import type { FeePolicy } from './plan-fees.js';
import type { Rpc } from './rpc.js';
import type { Flight, FlightDeps } from './track-flight.js';

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
  /** Blocks below the newest one, or the chain's own finality, from which on a nonce is spent for good; at once unless given. */
  readonly finalDepth?: number | 'finalized';
  /** Most wei of gas fees and of values that a day from midnight UTC may cost, everything under way at its worst; no limit unless given. */
  readonly budgetWeiPerDay?: bigint;
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

/** Where a sender stands. */
export interface SenderStatus {
  /** True until what an earlier process left under way has ended. */
  readonly recovering: boolean;
  /** Calls whose nonce is not spent. */
  readonly underWay: number;
  /** Today's budget, nothing without one. */
  readonly day: DayOfSpending | undefined;
}

/** A sender that survives its process: what it leaves under way is finished by the next one with the same journal. */
export interface KeptSender extends TransactionSender {
  /**
   * Finishes what an earlier process left under way. Only then is it known which effects are there, so do it before
   * planning new ones. @throws OUTBOX_UNAVAILABLE (retryable), OUTCOME_UNKNOWN when the signal aborts.
   */
  recover(signal?: AbortSignal): Promise<void>;
  /** Watches spent nonces until they are final, sends again what a reorganisation lost, fills gaps; until the signal aborts. */
  keep(signal: AbortSignal): Promise<void>;
  /** Tells where the sender stands. @throws OUTBOX_UNAVAILABLE. */
  readStatus(): Promise<SenderStatus>;
}

/**
 * Builds the one writer of a key on a chain. No two senders of one key run in a process; on one machine a lease keeps a
 * second one away, across machines it is refused with KEY_SHARED while transactions of the first are under way.
 */
export function createTransactionSender(options: SenderOptions): KeptSender {
  const reads = createChainReads(options.rpc, options.errors);
  const journal = options.journal ?? createMemoryJournal();
  const desk = new NonceDesk(options, reads, journal);
  const { sender } = desk;
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

  const deps: FlightDeps = {
    ...options,
    reads,
    sender,
    sign: (flight, fees, cancels) => desk.sign(flight, fees, cancels),
    withdraw: (flight, attempt) => desk.withdraw(flight, attempt),
    affords: (flight, fees, cancels) => desk.affords(flight, fees, cancels),
    simulate,
  };
  const keeper = new FlightKeeper({ ...deps, desk, journal });

  const openSimulated = async (call: TransactionCall, signal?: AbortSignal): Promise<Flight | LandOutcome> => {
    for (let tries = 0; tries < NONCE_TRIES_MAX; tries++) {
      // Simulated anew each time: whoever took the nonce may have brought the effect.
      const gasLimit = await simulate(call, signal);
      if (typeof gasLimit !== 'bigint') return gasLimit;
      crashPoint('relayer.send.simulated');
      const opened = await desk.gate.pass(
        call.priority ?? 'credit',
        () => desk.openNext(call, gasLimit, signal),
        signal,
      );
      if (opened !== undefined) return opened;
    }
    throw desk.shared(`the next nonce was taken ${NONCE_TRIES_MAX} times`);
  };

  return {
    address: sender,
    recover: (signal) => keeper.recover(signal),
    async land(call, signal) {
      await keeper.recover(signal);
      const flight = await openSimulated(call, signal);
      return 'kind' in flight ? flight : keeper.follow(flight, signal);
    },
    keep: (signal) => keepFlights(keeper, options, signal),
    readStatus: async () => ({
      recovering: keeper.isRecovering,
      underWay: desk.underWay.length,
      day: await desk.readDay(),
    }),
  };
}

/** Makes rounds, two polls apart, until the signal aborts; a round that fails is told and followed by the next one. */
function keepFlights(keeper: FlightKeeper, options: SenderOptions, signal: AbortSignal): Promise<void> {
  const { clock, observer, policy, rpc } = options;
  return keepRunning(
    {
      step: async () => {
        await keeper.recover(signal);
        await keeper.keepOnce(signal);
      },
      pauseMs: () => 2 * policy.pollIntervalMs,
      failure: {
        name: 'keeping-failed',
        fields: { chain_id: rpc.chainId },
        describe: (error) => ({ detail: error instanceof Error ? error.message : 'no error was given' }),
      },
      distrustProvider: () => rpc.rotate(),
      clock,
      observer,
    },
    signal,
  );
}
