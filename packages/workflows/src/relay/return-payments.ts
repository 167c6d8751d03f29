import { type Bytes32, type Keccak256, bytesToHex, refundRecord } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Ledger } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { PaymentHints, ReturnHints, Vault, VaultPayment } from '../ports/vault.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { GIVE_BACK_AFTER_S, PAYMENT_PAGE, PAYMENT_PAGES_MAX, RETURNS_PER_PASS_MAX, STOPPED_PAGE } from './limits.js';
import { parsePayable } from './parse-release.js';
import type { PayPolicy } from './pay-releases.js';

/** Lists both kinds of payments that may return. */
export type ReturnSource = PaymentHints & ReturnHints;

/** Ports of {@link returnPayments}. */
export interface ReturnPaymentsDeps {
  readonly source: number;
  /** The edge to the vault. */
  readonly edge: Bytes32;
  /** Sources, one per pass in turn; each payment is verified at vault and ledger. */
  readonly hints: readonly ReturnSource[];
  readonly vault: Pick<Vault, 'readPayment' | 'giveBack' | 'refund' | 'readPayCostWei' | 'distrustProvider'>;
  readonly ledger: Pick<Ledger, 'readReleased' | 'distrustProvider'>;
  readonly keccak256: Keccak256;
  /** In the mode `covered` the subsidy alone pays for a `giveBack`, which has no fee. */
  readonly policy: Pick<PayPolicy, 'mode' | 'subsidyWei'>;
  /** Milliseconds between two passes, see `slowLookMs`: payments wait for witnesses or for days. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** A payment that may return, by a hint's word. */
interface Candidate {
  readonly seq: bigint;
  readonly packed: Uint8Array;
}

/** The memory of the loop. */
export interface ReturnMemory {
  passes: number;
  /** By hint: the sequence numbers after which the next pages start; 0 for the start. */
  readonly cursors: Map<number, { claimable: bigint; stopped: bigint }>;
}

/** Returns the memory of a new loop. */
export function freshReturnMemory(): ReturnMemory {
  return { passes: 0, cursors: new Map() };
}

/**
 * Returns stopped payments, and those claimable for 30 days, to their lines, until the signal aborts: journals a refund
 * at the vault as soon as it is due, and again if the ledger still has the release on record 30 days later. Payments
 * without a record at the ledger are skipped, because their refund would change nothing.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function returnPayments(deps: ReturnPaymentsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { edge, source, vault, ledger, pauseMs, clock, observer } = deps;
  const memory = freshReturnMemory();
  const running: KeepRunningOptions = {
    step: () => returnPaymentsOnce(deps, memory, signal),
    pauseMs: () => pauseMs,
    failure: { name: 'return-failed', fields: { edge, source } },
    isFatal: isChainMismatch,
    distrustProvider: () => {
      vault.distrustProvider();
      ledger.distrustProvider();
    },
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/** Runs one pass and returns the sequence numbers of the returned payments. @throws errors of hints, vault and ledger. */
export async function returnPaymentsOnce(
  deps: ReturnPaymentsDeps,
  memory: ReturnMemory,
  signal?: AbortSignal,
): Promise<readonly bigint[]> {
  const returned: bigint[] = [];
  const givesBack = await affordsGiveBack(deps, signal);
  for (const { seq, packed } of await readCandidates(deps, memory, signal)) {
    if (returned.length >= RETURNS_PER_PASS_MAX || signal?.aborted === true) break;
    const act = await dueActOf(deps, { seq, packed }, signal);
    if (act === undefined || (act === 'giveBack' && !givesBack)) continue;
    const outcome = await deps.vault[act]({ seq, packed }, signal);
    if (outcome.kind === 'landed') returned.push(seq);
    tell(deps, { act, seq }, outcome);
  }
  return returned;
}

/**
 * Returns whether this relayer gives payments back: whoever sends one to a recipient that its token refuses gets amount and
 * fee back, and could have it done over and over.
 */
async function affordsGiveBack(
  { vault, policy: { mode, subsidyWei } }: ReturnPaymentsDeps,
  signal?: AbortSignal,
): Promise<boolean> {
  if (mode === 'all' || subsidyWei === 0n) return mode === 'all';
  return subsidyWei >= (await vault.readPayCostWei(signal));
}

/** Reads pages of one hint from where its last turn ended. */
async function readCandidates(
  { hints, edge }: ReturnPaymentsDeps,
  memory: ReturnMemory,
  signal?: AbortSignal,
): Promise<readonly Candidate[]> {
  const turn = memory.passes++ % Math.max(1, hints.length);
  const hint = hints[turn];
  if (hint === undefined) return [];
  const cursor = memory.cursors.get(turn) ?? { claimable: 0n, stopped: 0n };
  memory.cursors.set(turn, cursor);
  const found: Candidate[] = [];
  for (let page = 0; page < PAYMENT_PAGES_MAX; page++) {
    const listed = await hint.readPayments(edge, cursor.claimable, signal);
    const open = listed.slice(0, PAYMENT_PAGE);
    found.push(...open.filter(({ state }) => state === 'claimable'));
    cursor.claimable = open.length < PAYMENT_PAGE ? 0n : (open.at(-1)?.seq ?? 0n);
    if (cursor.claimable === 0n) break;
  }
  for (let page = 0; page < PAYMENT_PAGES_MAX; page++) {
    const listed = await hint.readStopped(edge, cursor.stopped, signal);
    const stopped = listed.slice(0, STOPPED_PAGE);
    found.push(...stopped.filter(({ isRefunded }) => !isRefunded));
    cursor.stopped = stopped.length < STOPPED_PAGE ? 0n : (stopped.at(-1)?.seq ?? 0n);
    if (cursor.stopped === 0n) break;
  }
  return found;
}

/** Returns the call that returns a payment now; undefined unless the vault allows it and the ledger still expects it. */
async function dueActOf(
  deps: ReturnPaymentsDeps,
  { seq, packed }: Candidate,
  signal?: AbortSignal,
): Promise<'giveBack' | 'refund' | undefined> {
  const entry = parsePayable(packed);
  if (entry?.kind !== 'RELEASE') return undefined;
  const payment = await deps.vault.readPayment(seq, signal);
  const act = actOf(payment);
  if (act === undefined) return undefined;
  // Before its date a first refund only needs the witnesses: the vault checks that, and a simulation shows it.
  const isFirst = act === 'refund' && !payment.isRefunded;
  if (!isFirst && payment.timestamp < earliestOf(payment)) return undefined;
  const record = bytesToHex(refundRecord(entry, deps.keccak256));
  return (await deps.ledger.readReleased({ source: deps.source, seq }, signal)) === record ? act : undefined;
}

function actOf({ state }: VaultPayment): 'giveBack' | 'refund' | undefined {
  if (state === 'CLAIMABLE') return 'giveBack';
  return state === 'STOPPED' ? 'refund' : undefined;
}

function earliestOf({ state, readyAt }: VaultPayment): bigint {
  return state === 'CLAIMABLE' ? readyAt + GIVE_BACK_AFTER_S : readyAt;
}

function tell(
  { edge, source, observer }: ReturnPaymentsDeps,
  { act, seq }: { readonly act: 'giveBack' | 'refund'; readonly seq: bigint },
  outcome: LandOutcome,
): void {
  const fields = { edge, source, seq };
  if (outcome.kind === 'landed') {
    const name = act === 'refund' ? 'refund-journaled' : 'payment-given-back';
    observer.observe({ name, level: 'info', fields: { ...fields, tx_hash: outcome.txHash } });
  } else if (outcome.kind === 'refused') {
    observer.observe({ name: 'return-refused', level: 'debug', fields: { ...fields, code: outcome.name } });
  }
}
