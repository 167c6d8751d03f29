import type {
  Clock,
  FailingLoops,
  LandOutcome,
  Observer,
  TransactionCall,
  TransactionJournal,
  TransactionSender,
} from '@surety/workflows';
import { TRANSACTION_GAS_MAX, crashPoint, failureDetail, keepRunning } from '@surety/workflows';
import { mulDivUp } from '@surety/domain';
import type { Abi, PrivateKeyAccount } from 'viem';
import { createChainReads } from './chain-reads.js';
import { FlightKeeper } from './flight-keeper.js';
import { GAS_MARGIN_BPS } from './limits.js';
import { createMemoryJournal } from './memory-journal.js';
import { NonceDesk } from './nonce-desk.js';
import type { DayOfSpending } from './plan-budget.js';
import type { FeePolicy } from './plan-fees.js';
import type { Rpc } from './rpc.js';
import { takeTurns } from './take-turns.js';
import type { Flight, FlightDeps } from './track-flight.js';

/** Settings of sending. */
export interface SendPolicy extends FeePolicy {
  /** Milliseconds between two polls of pending transactions. */
  readonly pollIntervalMs: number;
  /** Milliseconds in the pool after which a transaction is replaced by a dearer one. */
  readonly replaceAfterMs: number;
  /** Blocks including the transaction's own, or the chain's own finality. */
  readonly confirmations: number | 'finalized';
  /** Milliseconds for which a stranger's transactions of this key may be pending before their nonce is taken over. */
  readonly takeoverAfterMs: number;
  /** Depth at which a spent nonce counts as final, or the chain's own finality; immediately by default. */
  readonly finalDepth?: number | 'finalized';
  /**
   * Most wei of gas fees and call values per day from midnight UTC, with all pending calls at their worst case;
   * unlimited by default.
   */
  readonly budgetWeiPerDay?: bigint;
}

/** Dependencies and settings of a sender. */
export interface SenderOptions {
  readonly rpc: Rpc;
  readonly account: PrivateKeyAccount;
  readonly policy: SendPolicy;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Custom errors that calls may revert with. */
  readonly errors: Abi;
  /** Stores attempts; in memory by default. */
  readonly journal?: TransactionJournal;
}

/** A snapshot of a sender. */
export interface SenderStatus {
  /** True until the pending transactions of an earlier process have ended. */
  readonly recovering: boolean;
  /** Calls whose nonce is not spent yet. */
  readonly underWay: number;
  /** Today's budget; undefined without one. */
  readonly day: DayOfSpending | undefined;
}

/** A sender that survives its process: the next one with the same journal finishes its pending calls. */
export interface KeptSender extends TransactionSender {
  /**
   * Finishes the pending calls of an earlier process. Call it before planning new ones: only then is it known which
   * effects have happened. @throws OUTBOX_UNAVAILABLE (retryable), OUTCOME_UNKNOWN when the signal aborts.
   */
  recover(signal?: AbortSignal): Promise<void>;
  /**
   * Watches spent nonces until they are final, resends transactions that a reorganisation dropped, and fills gaps,
   * until the signal aborts. Notes rounds that fail or do not end.
   */
  keep(signal: AbortSignal, failingLoops?: FailingLoops): Promise<void>;
  /** Returns a snapshot of the sender. @throws OUTBOX_UNAVAILABLE. */
  readStatus(): Promise<SenderStatus>;
}

/**
 * Creates the only sender of a key on a chain. A process must not create two for one key. On one machine a lease
 * excludes a second process; across machines the second one fails with KEY_SHARED while the first has pending
 * transactions.
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
    const given = call.gasLimit;
    const simulated =
      given === undefined
        ? await reads.estimate(request(call), signal)
        : await reads.call({ ...request(call), gas: given }, 'latest', signal);
    if (simulated.kind === 'reverted') {
      const { name, detail } = simulated.revert;
      return { kind: 'refused', name, detail };
    }
    if (simulated.kind === 'answer') return given ?? TRANSACTION_GAS_MAX;
    if (simulated.gas > call.gasCeiling || simulated.gas > TRANSACTION_GAS_MAX) {
      const detail = `${call.purpose} takes ${simulated.gas} gas; expected at most ${call.gasCeiling}, and ${TRANSACTION_GAS_MAX} in any transaction`;
      return { kind: 'refused', name: 'GAS_ABOVE_CEILING', detail };
    }
    const limit = mulDivUp(simulated.gas, GAS_MARGIN_BPS, 10_000n) + (call.spareGas ?? 0n);
    return limit < TRANSACTION_GAS_MAX ? limit : TRANSACTION_GAS_MAX;
  };

  const deps: Omit<FlightDeps, 'takeTurn'> = {
    ...options,
    reads,
    sender,
    sign: (flight, fees, cancels) => desk.sign(flight, fees, cancels),
    withdraw: (flight, attempt) => desk.withdraw(flight, attempt),
    affords: (flight, fees, cancels) => desk.affords(flight, fees, cancels),
    simulate,
  };
  const keeper = new FlightKeeper({ ...deps, takeTurn: takeTurns(options), desk, journal });

  const openSimulated = async (call: TransactionCall, signal?: AbortSignal): Promise<Flight | LandOutcome> => {
    const tried = call.isTried === true ? call.gasLimit : undefined;
    const gasLimit = tried ?? (await simulate(call, signal));
    if (typeof gasLimit !== 'bigint') return gasLimit;
    crashPoint('relayer.send.simulated');
    return desk.gate.pass(call.priority ?? 'credit', () => desk.openNext(call, gasLimit, signal), signal);
  };

  return {
    address: sender,
    recover: (signal) => keeper.recover(signal),
    async land(call, signal) {
      await keeper.recover(signal);
      const flight = await openSimulated(call, signal);
      return 'kind' in flight ? flight : keeper.follow(flight, signal);
    },
    keep: (signal, failingLoops) => keepFlights(keeper, { ...options, failingLoops }, signal),
    readStatus: async () => ({
      recovering: keeper.isRecovering,
      underWay: desk.underWay.length,
      day: await desk.readDay(),
    }),
  };
}

/** Runs rounds, two polls apart, until the signal aborts; a failed round is reported and followed by the next. */
function keepFlights(
  keeper: FlightKeeper,
  { clock, observer, policy, rpc, failingLoops }: SenderOptions & { readonly failingLoops: FailingLoops | undefined },
  signal: AbortSignal,
): Promise<void> {
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
        describe: (error) => ({ detail: failureDetail(error) }),
      },
      distrustProvider: () => rpc.rotate(),
      clock,
      observer,
      ...(failingLoops === undefined ? {} : { failingLoops }),
    },
    signal,
  );
}
