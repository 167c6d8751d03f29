import type { Address, BlockHeight, TxHash } from '@surety/domain';
import {
  type Clock,
  type LandOutcome,
  type Observer,
  type TransactionAttempt,
  type TransactionCall,
  crashPoint,
  failureDetail,
} from '@surety/workflows';
import type { ChainReads, Receipt } from './chain-reads.js';
import { transactionError } from './errors.js';
import { RECEIPT_LAG_POLLS } from './limits.js';
import { gasCostWei, valueCostWei } from './plan-budget.js';
import { type Fees, capOf, planRise } from './plan-fees.js';
import type { Rpc } from './rpc.js';
import type { TakeTurn } from './take-turns.js';
import type { SendPolicy } from './transaction-sender.js';

/** A pending call: one nonce, and every transaction signed for it. At most one of them can land. */
export interface Flight {
  readonly call: TransactionCall;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** Oldest first; the last one is resent. */
  readonly attempts: TransactionAttempt[];
  /** Attempts that every provider refused. They are not sent again, but one that was forwarded may land all the same. */
  refused?: readonly TransactionAttempt[];
  /** True once the nonce is spent on the chain. */
  spent: boolean;
  /** The transaction of this flight that spent the nonce, if one of them did. */
  landed: { readonly txHash: TxHash; readonly height: BlockHeight; readonly costWei: bigint } | null;
  /** True if an earlier process signed it: its call may have become pointless meanwhile. */
  readonly recovered?: boolean;
  /**
   * True once its outcome was returned: the caller will not send the call again, so a failing simulation must not
   * cancel it.
   */
  told?: boolean;
  /** True while the flight is being followed. */
  tracked?: boolean;
}

/** Dependencies of following a flight. */
export interface FlightDeps {
  readonly reads: ChainReads;
  readonly rpc: Rpc;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: SendPolicy;
  readonly sender: Address;
  /** Leaves the preferred provider, for all calls of this sender. */
  readonly takeTurn: TakeTurn;
  /** Signs another attempt for the same nonce and stores it. */
  readonly sign: (flight: Flight, fees: Fees, cancels: boolean) => Promise<TransactionAttempt>;
  /** Withdraws an attempt that every provider refused. */
  readonly withdraw: (flight: Flight, attempt: TransactionAttempt) => Promise<void>;
  /** Returns whether a dearer attempt fits in the day's budget. */
  readonly affords: (flight: Flight, fees: Fees, cancels: boolean) => Promise<boolean>;
  /** Returns the gas limit, or the outcome of a refused call. */
  readonly simulate: (call: TransactionCall, signal?: AbortSignal) => Promise<bigint | LandOutcome>;
}

interface Watch {
  /** Consecutive polls that showed the nonce spent without a receipt. */
  spentPolls: number;
  lastActMs: number;
  /** When the present poll began. */
  lookedMs: number;
  /** True if the last push turned to another provider: this one acts on what that provider says. */
  hasTurned: boolean;
  /** Heights at which it was replaced: until another block has come, a dearer attempt would help no more. */
  readonly replacedAt: Set<bigint>;
  saidAtCap: boolean;
  /** Outcome of the last resend; reported only when it changes. */
  resent: string;
  /** The outcome to report for a cancelled call; null otherwise. */
  cancelled: LandOutcome | null;
}

/**
 * Follows a call until its nonce is spent at the wanted depth.
 *
 * | seen | done |
 * | --- | --- |
 * | a receipt deep enough | the outcome it states |
 * | nonce spent, no receipt, for several polls | effect there: overtaken; a receipt that too few show: waited for; else NONCE_TAKEN |
 * | no node knows the last attempt | the same bytes are sent again; an earlier process's only if the call still makes sense |
 * | waiting too long | another provider is asked first: the one before may stand still or lie |
 * | waiting too long, effect there or call refused by now | an empty transaction takes the nonce |
 * | waiting too long otherwise | replaced by a dearer one, within the caps and the budget, once a block while it covers the base fee |
 *
 * @throws NONCE_TAKEN, OUTCOME_UNKNOWN when the signal aborts.
 */
export async function trackFlight(deps: FlightDeps, flight: Flight, signal?: AbortSignal): Promise<LandOutcome> {
  const watch: Watch = {
    spentPolls: 0,
    lastActMs: deps.clock.elapsedMs(),
    lookedMs: deps.clock.elapsedMs(),
    hasTurned: false,
    replacedAt: new Set(),
    saidAtCap: false,
    resent: '',
    cancelled: null,
  };
  for (;;) {
    if (isAborted(signal)) throw outcomeUnknown(deps, flight);
    watch.lookedMs = deps.clock.elapsedMs();
    try {
      const receipt = await findReceipt(deps, flight.attempts, signal);
      if (receipt !== undefined) {
        watch.spentPolls = 0;
        crashPoint('relayer.flight.receipt-seen');
        if (await isDeep(deps, receipt, signal)) {
          flight.spent = true;
          flight.landed = { txHash: receipt.txHash, height: receipt.height, costWei: costOf(flight, receipt) };
          return await outcomeOf(deps, flight, receipt, watch);
        }
      } else if ((await deps.reads.readNonce(deps.sender, 'latest', signal)) > flight.nonce) {
        const taken = await judgeSpent(deps, flight, watch, signal);
        if (taken !== undefined) return taken;
      } else {
        watch.spentPolls = 0;
        await push(deps, flight, watch, signal);
      }
    } catch (error) {
      if (isAborted(signal)) throw outcomeUnknown(deps, flight);
      if (flight.spent) throw error;
      const detail = failureDetail(error);
      deps.observer.observe({
        name: 'transaction-unseen',
        level: 'warn',
        fields: { ...fieldsOf(deps, flight), detail },
      });
      deps.rpc.rotate();
    }
    await deps.clock.sleep(deps.policy.pollIntervalMs, signal);
  }
}

/**
 * Finds the receipt of any attempt. Its fee is capped at the signed maximum, whatever a provider claims, because the
 * budget counts it.
 */
async function findReceipt(
  deps: FlightDeps,
  attempts: readonly TransactionAttempt[],
  signal?: AbortSignal,
): Promise<Receipt | undefined> {
  for (const attempt of attempts.toReversed()) {
    const receipt = await deps.reads.readReceipt(attempt.txHash, signal);
    if (receipt === undefined) continue;
    const mostWei = gasCostWei(attempt);
    return receipt.feeWei > mostWei ? { ...receipt, feeWei: mostWei } : receipt;
  }
  return undefined;
}

/** The cost of a transaction in wei; a reverted one transfers no value. */
function costOf({ attempts }: Flight, { txHash, feeWei, succeeded }: Receipt): bigint {
  const attempt = attempts.find((one) => one.txHash === txHash);
  return attempt === undefined || !succeeded ? feeWei : feeWei + valueCostWei(attempt);
}

async function isDeep(deps: FlightDeps, receipt: Receipt, signal?: AbortSignal): Promise<boolean> {
  const { confirmations } = deps.policy;
  if (confirmations === 1) return true;
  if (confirmations === 'finalized') return (await deps.reads.readHead('finalized', signal)).height >= receipt.height;
  return (await deps.reads.readHead('latest', signal)).height - receipt.height + 1n >= BigInt(confirmations);
}

async function outcomeOf(deps: FlightDeps, flight: Flight, receipt: Receipt, watch: Watch): Promise<LandOutcome> {
  const { txHash, height, gasUsed, feeWei } = receipt;
  const attempt = flight.attempts.find((one) => one.txHash === txHash);
  if (attempt?.cancels === true) {
    if (watch.cancelled?.kind === 'refused') return { ...watch.cancelled, wasSent: true };
    return watch.cancelled ?? { kind: 'overtaken', detail: `${flight.call.purpose} was cancelled by ${txHash}` };
  }
  if (receipt.succeeded) return { kind: 'landed', txHash, height, gasUsed, feeWei };
  const { call } = flight;
  const name = await nameOfRevert(deps, call, height);
  return { kind: 'reverted', txHash, height, name, feeWei };
}

/** Replays a call to learn the name of its revert. A node that has pruned the block's state only costs the name. */
async function nameOfRevert(deps: FlightDeps, { to, calldata }: TransactionCall, height: BlockHeight): Promise<string> {
  try {
    const replay = await deps.reads.call({ from: deps.sender, to, calldata }, height);
    return replay.kind === 'reverted' ? replay.revert.name : 'REVERTED';
  } catch {
    return 'REVERTED';
  }
}

async function judgeSpent(
  deps: FlightDeps,
  flight: Flight,
  watch: Watch,
  signal?: AbortSignal,
): Promise<LandOutcome | undefined> {
  const { refused = [] } = flight;
  const late = await findReceipt(deps, refused, signal);
  if (late !== undefined) {
    flight.attempts.push(...refused.filter(({ txHash }) => txHash === late.txHash).slice(0, 1));
    return undefined;
  }
  watch.spentPolls += 1;
  if (watch.spentPolls < RECEIPT_LAG_POLLS) {
    deps.rpc.rotate();
    return undefined;
  }
  const isThere = (await flight.call.readEffect?.(signal)) ?? false;
  if (!isThere && (await isShownByAny(deps, flight, signal))) {
    watch.spentPolls = 0;
    return undefined;
  }
  flight.spent = true;
  if (isThere)
    return { kind: 'overtaken', detail: `nonce ${flight.nonce} was spent elsewhere, and the effect is there` };
  // One or two providers may hide a receipt: who goes by the exit code alone must not send the call again.
  throw transactionError(
    'NONCE_TAKEN',
    `nonce ${flight.nonce} of ${deps.sender} was spent, and no provider shows a receipt of ${everySigned(flight).join(', ')} (${flight.call.purpose}); expected one writer per key; look for another process with this key, and for the effect before sending again`,
    { sender: deps.sender, nonce: flight.nonce },
  );
}

/** Returns whether any provider shows a receipt on which too few agree yet: whoever hears NONCE_TAKEN would act again. */
async function isShownByAny({ rpc }: FlightDeps, flight: Flight, signal?: AbortSignal): Promise<boolean> {
  const shown = await Promise.all(everySigned(flight).map(async (txHash) => rpc.isShown?.(txHash, signal)));
  return shown.includes(true);
}

/** Every transaction signed for a flight, also those that were refused. */
function everySigned({ attempts, refused = [] }: Flight): readonly TxHash[] {
  return [...new Set([...attempts, ...refused].map(({ txHash }) => txHash))];
}

/** Helps a pending attempt: resends lost bytes, replaces one that waits too long, cancels one that has become pointless. */
async function push(deps: FlightDeps, flight: Flight, watch: Watch, signal?: AbortSignal): Promise<void> {
  const last = flight.attempts.at(-1);
  if (last === undefined) return;
  if (!(await deps.reads.readKnown(last.txHash, signal))) {
    const isFirstLook = flight.recovered === true && watch.resent === '' && !last.cancels;
    if (isFirstLook) watch.cancelled = await pointless(deps, flight, signal);
    if (isFirstLook && watch.cancelled !== null && (await replace(deps, flight, watch, signal))) return;
    const outcome = await deps.rpc.broadcast(last.raw, signal);
    crashPoint('relayer.flight.resent');
    if (watch.resent !== outcome.kind) {
      const fields = { ...fieldsOf(deps, flight), tx_hash: last.txHash, outcome: outcome.kind };
      deps.observer.observe({ name: 'transaction-resent', level: 'info', fields });
    }
    // Also one that is accepted may have to be replaced: some providers show nobody what waits in their pool.
    watch.resent = outcome.kind;
  }
  if (deps.clock.elapsedMs() - watch.lastActMs < deps.policy.replaceAfterMs) return;
  watch.hasTurned = !watch.hasTurned && deps.takeTurn(watch.lookedMs);
  if (watch.hasTurned) return;
  if (watch.cancelled === null) watch.cancelled = await pointless(deps, flight, signal);
  await replace(deps, flight, watch, signal);
}

/** Replaces the last attempt by a dearer one, or an empty one if the call is cancelled; returns false if it must wait. */
async function replace(deps: FlightDeps, flight: Flight, watch: Watch, signal?: AbortSignal): Promise<boolean> {
  const last = flight.attempts.at(-1) as TransactionAttempt;
  // A cancelled call stays cancelled: its caller may have sent it again under another nonce.
  const cancels = watch.cancelled !== null || last.cancels;
  const [top, market] = [dearest(flight.attempts), await deps.reads.readMarket(signal)];
  const isNewest = last.cancels === cancels && top.maxFeePerGas >= market.baseFeePerGas;
  if (isNewest && watch.replacedAt.has(market.height)) {
    watch.lastActMs = deps.clock.elapsedMs();
    return false;
  }
  const fees = planRise(top, market, deps.policy);
  if (fees === undefined || !(await deps.affords(flight, fees, cancels))) {
    if (!watch.saidAtCap) {
      const name = fees === undefined ? 'transaction-at-fee-cap' : 'transaction-at-budget';
      const cap = fees === undefined ? { cap: capOf(top, market, deps.policy) } : {};
      const fields = { ...fieldsOf(deps, flight), tx_hash: last.txHash, ...cap };
      deps.observer.observe({ name, level: 'warn', fields });
    }
    watch.saidAtCap = true;
    return false;
  }
  const next = await deps.sign(flight, fees, cancels);
  crashPoint('relayer.flight.replacement-signed');
  const outcome = await deps.rpc.broadcast(next.raw, signal);
  crashPoint('relayer.flight.replaced');
  watch.lastActMs = deps.clock.elapsedMs();
  if (outcome.kind === 'refused') await deps.withdraw(flight, next);
  else watch.replacedAt.add(market.height);
  deps.observer.observe({
    name: next.cancels ? 'transaction-cancelled' : 'transaction-replaced',
    level: 'info',
    fields: { ...fieldsOf(deps, flight), tx_hash: next.txHash, replaces: last.txHash, outcome: outcome.kind },
  });
  return outcome.kind !== 'refused';
}

/** The highest fees of any attempt of a nonce: a pool may hold any of them. */
function dearest(attempts: readonly TransactionAttempt[]): Fees {
  const most = (values: bigint[]): bigint => values.reduce((top, value) => (value > top ? value : top), 0n);
  return {
    maxFeePerGas: most(attempts.map(({ maxFeePerGas }) => maxFeePerGas)),
    maxPriorityFeePerGas: most(attempts.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas)),
  };
}

/** Returns the outcome to report if resending would be pointless: the effect has happened, or the call would revert now. */
async function pointless(deps: FlightDeps, flight: Flight, signal?: AbortSignal): Promise<LandOutcome | null> {
  if ((await flight.call.readEffect?.(signal)) === true) {
    return {
      kind: 'overtaken',
      detail: `the effect of ${flight.call.purpose} came from elsewhere while nonce ${flight.nonce} waited`,
    };
  }
  if (flight.told === true) return null;
  const simulated = await deps.simulate(flight.call, signal);
  return typeof simulated === 'bigint' ? null : simulated;
}

function outcomeUnknown(deps: FlightDeps, flight: Flight) {
  const hashes = everySigned(flight).join(', ');
  return transactionError(
    'OUTCOME_UNKNOWN',
    `stopped while nonce ${flight.nonce} of ${deps.sender} (${flight.call.purpose}) may still land as ${hashes}; read its effect before sending again`,
    { sender: deps.sender, nonce: flight.nonce },
  );
}

function fieldsOf(deps: FlightDeps, flight: Flight): Record<string, string | number | bigint> {
  return { chain_id: deps.rpc.chainId, nonce: flight.nonce, purpose: flight.call.purpose };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
