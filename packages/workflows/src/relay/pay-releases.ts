import { AppError, type Bytes32, type Entry } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { OpenPayment } from '../ports/aggregator-api.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { PaymentHints, Vault, VaultPayment } from '../ports/vault.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import { spentOf } from '../running/spent-of.js';
import {
  FAILED_ASSETS_MAX,
  FEELESS_RETRY_MS,
  PAYMENTS_REMEMBERED_MAX,
  PAYMENT_ERRORS_MAX,
  PAYMENT_LOOK_AGAIN_MS,
  PAYMENT_PAGE,
  PAYMENT_PAGES_MAX,
  PAYMENT_RETRY_MS,
  UNCONFIRMED_RETRY_MS,
} from './limits.js';
import { parsePayable } from './parse-release.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Ports of {@link payReleases}. */
export interface PayReleasesDeps {
  readonly source: number;
  /** The edge to the vault. */
  readonly edge: Bytes32;
  /** Sources of open payments, one per pass in turn; each payment is verified at the vault. */
  readonly hints: readonly PaymentHints[];
  readonly vault: Vault;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: PayPolicy;
  /** Returns the worth of a release's fee in wei; null if unknown, which covers nothing. */
  readonly readWorthWei: (release: Entry, signal?: AbortSignal) => Promise<bigint | null>;
  /** Called after every pass. */
  readonly report?: (status: PayStatus) => void;
}

/** The conditions under which a payment is worth its gas. */
export interface PayPolicy {
  readonly pollIntervalMs: number;
  /** `all`: every ready payment; `covered`: those whose fee and subsidy pay for them. */
  readonly mode: 'all' | 'covered';
  /** Wei that the relayer adds to the fee of each payment. */
  readonly subsidyWei: bigint;
  /** Concurrent payments, at least 1. */
  readonly parallel: number;
}

/** The state of a pay loop after a pass. */
export interface PayStatus {
  readonly source: number;
  readonly edge: Bytes32;
  /** Payments that the hint listed in this pass. */
  readonly open: number;
  /** Of these, those whose fee does not cover the gas or would not come, and those that failed. */
  readonly uncovered: number;
  readonly failing: number;
  /** Of these, those that wait because the vault holds too few tokens of their asset. */
  readonly short: number;
  /** Known payments that wait for their recipient. */
  readonly claimable: number;
  /** Time of `Clock.elapsedMs`. */
  readonly passedAtMs: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The outcome of one open payment in a pass. */
export type PaymentLook =
  | 'paid'
  /** Another relayer was faster, or the hint lags. */
  | 'done'
  /** Its transfer failed, now or before: it waits for its recipient. */
  | 'claimable'
  /** Not ready, or not recorded at the vault's newest block. */
  | 'waiting'
  /** Ready, but above the fast limit: it waits for a witness's confirmation or for its own date. */
  | 'unconfirmed'
  /** The vault holds fewer tokens than it accounts for: the payment waits until a report of that is seven days old. */
  | 'short'
  | 'uncovered'
  /** Its transfer would fail, so that whoever pays it gets no fee: it is left to those who pay all. */
  | 'feeless'
  | 'failing';

/** The error for a payment that needs a confirmation by witnesses. @source IVaultReleases.sol */
const UNCONFIRMED = 'PaymentUnconfirmed';

/** The error for a payment whose asset lacks tokens. @source IVault.sol */
const SHORT = 'AssetShort';

/** Stands for the asset of an entry that is no payment; assets are numbered from 1. */
const NO_ASSET = 0;

/** Outcomes after which a payment is retried, with growing pauses. */
const RETRIED: Partial<Record<PaymentLook, { readonly firstMs: number; readonly maxMs: number }>> = {
  failing: PAYMENT_RETRY_MS,
  feeless: FEELESS_RETRY_MS,
  unconfirmed: UNCONFIRMED_RETRY_MS,
  short: PAYMENT_RETRY_MS,
};

interface Wait {
  /** On the monotonic clock. */
  readonly untilMs: number;
  readonly failures: number;
  readonly look: PaymentLook;
}

/** The memory of one hint source. Each has its own, so that a lying one delays nothing that another one lists. */
interface HintMemory {
  /** Sequence number after which the next page starts; 0 for the start. */
  cursor: bigint;
  readonly waits: Map<bigint, Wait>;
}

/** The memory of a pay loop; losing it costs at most one check per open payment. */
export interface PayMemory {
  passes: number;
  /** In the order of the hints. */
  readonly hints: HintMemory[];
  /** Payments that this process made, and until when each is left alone: no hint's word, so it holds for all of them. */
  readonly landed: Map<bigint, number>;
}

/** Returns the memory of a new loop. */
export function freshPayMemory(): PayMemory {
  return { passes: 0, hints: [], landed: new Map() };
}

/**
 * Executes ready payments at one vault and takes due losses, until the signal aborts. Several relayers may run: the
 * second finds the payment done. A failing payment waits longer each time and blocks no other.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function payReleases(deps: PayReleasesDeps, signal: AbortSignal): Promise<void> {
  const { edge, source, vault, clock, observer, policy, report } = deps;
  const memory = freshPayMemory();
  const running: KeepRunningOptions = {
    step: async () => {
      const counts = await payReleasesOnce(deps, memory, signal);
      report?.(statusOf(deps, memory, counts, null));
    },
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: {
      name: 'pay-failed',
      fields: { edge, source },
      describe: failureOf,
      level: (error) => (error instanceof AppError && error.retryable ? 'warn' : 'error'),
      kindOf: (error) => failureOf(error).code,
    },
    isFatal: isChainMismatch,
    distrustProvider: () => vault.distrustProvider(),
    onFailure: (error) => report?.(statusOf(deps, memory, new Map(), failureOf(error))),
    clock,
    observer,
  };
  await keepRunning(running, signal);
}

/**
 * Runs one pass over the open payments and counts the outcomes. Those that failed last come last. After {@link PAYMENT_ERRORS_MAX} errors
 * the other payments of an asset wait for the next pass, and after errors of {@link FAILED_ASSETS_MAX} assets all do.
 * @throws the hint's errors; the last of the vault's, at the end of the pass; NO_SOURCE.
 */
export async function payReleasesOnce(
  deps: PayReleasesDeps,
  memory: PayMemory,
  signal?: AbortSignal,
): Promise<Map<PaymentLook | 'open', number>> {
  const { hint, open } = await readOpen(deps, memory, signal);
  const elapsedMs = deps.clock.elapsedMs();
  for (const [seq, untilMs] of memory.landed) if (untilMs <= elapsedMs) memory.landed.delete(seq);
  const due = open.filter(({ seq }) => !memory.landed.has(seq) && (hint.waits.get(seq)?.untilMs ?? 0) <= elapsedMs);
  const isPriced = deps.policy.mode === 'covered' && due.length > 0;
  const costWei = isPriced ? await deps.vault.readPayCostWei(signal) : 0n;
  const counts = new Map<PaymentLook | 'open', number>([['open', open.length]]);
  for (const { seq } of open) if (!due.some((one) => one.seq === seq)) add(counts, hint.waits.get(seq)?.look);
  const errors: unknown[] = [];
  // Errors by asset: a token is its issuer's, and one that breaks must not end the pass for the others.
  const failed = new Map<number, number>();
  const isFailing = ({ seq }: OpenPayment): boolean => hint.waits.get(seq)?.look === 'failing';
  const queue = [...due.filter((one) => !isFailing(one)), ...due.filter(isFailing)];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (failed.size >= FAILED_ASSETS_MAX || signal?.aborted === true) return;
      const asset = parsePayable(next.packed)?.asset ?? NO_ASSET;
      if ((failed.get(asset) ?? 0) >= PAYMENT_ERRORS_MAX) continue;
      try {
        add(counts, await payOne(deps, memory, { hint, payment: next, costWei }, signal));
      } catch (error) {
        add(counts, wait(deps, hint, next.seq, 'failing'));
        failed.set(asset, (failed.get(asset) ?? 0) + 1);
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, deps.policy.parallel) }, work));
  if (errors.length > 0) throw errors.at(-1);
  return counts;
}

/** Reads pages of one hint from where its last turn ended. Skips payments that it lists as waiting for their recipient. */
async function readOpen(
  deps: PayReleasesDeps,
  memory: PayMemory,
  signal?: AbortSignal,
): Promise<{ hint: HintMemory; open: OpenPayment[] }> {
  const turn = memory.passes++ % Math.max(1, deps.hints.length);
  const hints = deps.hints[turn];
  if (hints === undefined) {
    throw new AppError({
      code: 'NO_SOURCE',
      message: `nothing tells of payments of edge ${deps.edge}; expected at least one aggregator, or the vault's logs`,
    });
  }
  const hint = (memory.hints[turn] ??= { cursor: 0n, waits: new Map() });
  const open: OpenPayment[] = [];
  for (let page = 0; page < PAYMENT_PAGES_MAX; page++) {
    const listed = await hints.readPayments(deps.edge, hint.cursor, signal);
    const found = listed.slice(0, PAYMENT_PAGE);
    open.push(...found.filter(({ state }) => state !== 'claimable'));
    hint.cursor = found.length < PAYMENT_PAGE ? 0n : (found.at(-1)?.seq ?? 0n);
    if (hint.cursor === 0n) break;
  }
  if (hint.waits.size > PAYMENTS_REMEMBERED_MAX) hint.waits.clear();
  return { hint, open };
}

async function payOne(
  deps: PayReleasesDeps,
  memory: PayMemory,
  job: { readonly hint: HintMemory; readonly payment: OpenPayment; readonly costWei: bigint },
  signal?: AbortSignal,
): Promise<PaymentLook> {
  const { hint } = job;
  const { seq, packed } = job.payment;
  const entry = parsePayable(packed);
  if (entry === undefined) return wait(deps, hint, seq, 'failing');
  const isLoss = entry.kind === 'LOST';
  // A loss has no fee, and all holders of its asset depend on it: it is taken at any cost.
  if (deps.policy.mode === 'covered' && !isLoss) {
    const worthWei = (await deps.readWorthWei(entry, signal)) ?? 0n;
    if (worthWei + deps.policy.subsidyWei < job.costWei) return wait(deps, hint, seq, 'uncovered');
  }
  const early = await lookAt(deps, memory, job, signal);
  if (early !== undefined) return early;
  const needsNoFee = deps.policy.mode === 'all' || isLoss || deps.policy.subsidyWei >= job.costWei;
  if (!needsNoFee && !(await deps.vault.tryTransfer(entry, signal))) return wait(deps, hint, seq, 'feeless');
  crashPoint('relayer.pay.planned');
  const begunMs = deps.clock.elapsedMs();
  const outcome = await deps.vault[isLoss ? 'takeLoss' : 'pay']({ seq, packed }, signal);
  crashPoint('relayer.pay.landed');
  const fields = { edge: deps.edge, source: deps.source, seq, asset: entry.asset, fee: entry.fee };
  if (outcome.kind === 'landed') {
    memory.landed.set(seq, deps.clock.elapsedMs() + PAYMENT_LOOK_AGAIN_MS);
    const spent = { ...spentOf(outcome), duration_ms: deps.clock.elapsedMs() - begunMs };
    if (isLoss) {
      const units = entry.amount;
      deps.observer.observe({ name: 'loss-taken', level: 'error', fields: { ...fields, units, ...spent } });
      return wait(deps, hint, seq, 'paid');
    }
    const isClaimable = await becameClaimable(deps, seq, signal);
    const event = isClaimable ? CLAIMABLE_EVENT : ({ name: 'release-paid', level: 'info' } as const);
    deps.observer.observe({ ...event, fields: { ...fields, ...spent } });
    return wait(deps, hint, seq, isClaimable ? 'claimable' : 'paid');
  }
  const late = outcome.kind === 'overtaken' ? wait(deps, hint, seq, 'done') : await lookAt(deps, memory, job, signal);
  if (late !== undefined) {
    deps.observer.observe({ name: 'pay-overtaken', level: 'debug', fields });
    return late;
  }
  if (outcome.kind === 'refused' && outcome.name === UNCONFIRMED) return wait(deps, hint, seq, 'unconfirmed');
  if (outcome.kind === 'refused' && outcome.name === SHORT) {
    if (hint.waits.get(seq)?.look !== 'short') {
      deps.observer.observe({ name: 'payment-short', level: 'warn', fields: { ...fields, detail: outcome.detail } });
    }
    return wait(deps, hint, seq, 'short');
  }
  deps.vault.distrustProvider();
  const { failures } = hint.waits.get(seq) ?? { failures: 0 };
  const code = outcome.kind === 'overtaken' ? 'OVERTAKEN' : outcome.name;
  deps.observer.observe({ name: 'pay-refused', level: failures === 0 ? 'warn' : 'debug', fields: { ...fields, code } });
  return wait(deps, hint, seq, 'failing');
}

const CLAIMABLE_EVENT = { name: 'payment-claimable', level: 'warn' } as const;

/** Returns whether a call of `pay` that landed paid nothing: the vault keeps a payment whose transfer failed, and reverts nothing. */
async function becameClaimable({ vault }: PayReleasesDeps, seq: bigint, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await vault.readPayment(seq, signal)).state === 'CLAIMABLE';
  } catch {
    // What has landed is told all the same; the next look finds a claimable one.
    return false;
  }
}

/** Checks a payment at its vault; returns undefined if it can be paid now. */
async function lookAt(
  deps: PayReleasesDeps,
  memory: PayMemory,
  { hint, payment: hinted }: { readonly hint: HintMemory; readonly payment: OpenPayment },
  signal?: AbortSignal,
): Promise<PaymentLook | undefined> {
  const { seq } = hinted;
  const payment = await deps.vault.readPayment(seq, signal);
  // The hint disagrees: either it lags, or this provider lags or lies.
  if (payment.state !== 'QUEUED') deps.vault.distrustProvider();
  switch (payment.state) {
    case 'QUEUED':
      if (payment.readyAt <= payment.timestamp) return undefined;
      // This is one provider's word, so it is checked again before a distant date: soon where the hint names an earlier one.
      return wait(deps, hint, seq, 'waiting', msUntil(payment, hinted.readyAt < payment.readyAt));
    case 'NONE':
      return wait(deps, hint, seq, 'waiting', deps.policy.pollIntervalMs);
    case 'CLAIMABLE':
      if (memory.hints.every(({ waits }) => waits.get(seq)?.look !== 'claimable')) {
        const fields = { edge: deps.edge, source: deps.source, seq };
        deps.observer.observe({ ...CLAIMABLE_EVENT, fields });
      }
      return wait(deps, hint, seq, 'claimable');
    case 'PAID':
    case 'STOPPED':
    case 'VOID':
      return wait(deps, hint, seq, 'done');
  }
}

function msUntil({ readyAt, timestamp }: VaultPayment, isDoubted: boolean): number {
  const seconds = Number(readyAt - timestamp);
  return Math.min(seconds * 1_000, isDoubted ? PAYMENT_LOOK_AGAIN_MS : PAYMENT_RETRY_MS.maxMs);
}

/** Postpones a payment according to its outcome, and returns the outcome. */
function wait(
  deps: PayReleasesDeps,
  hint: HintMemory,
  seq: bigint,
  look: PaymentLook,
  waitMs = PAYMENT_LOOK_AGAIN_MS,
): PaymentLook {
  const known = hint.waits.get(seq);
  const retry = RETRIED[look];
  const failures = retry === undefined ? 0 : (known?.look === look ? known.failures : 0) + 1;
  const pauseMs = retry === undefined ? waitMs : retryDelayMs(failures - 1, retry);
  hint.waits.set(seq, { untilMs: deps.clock.elapsedMs() + pauseMs, failures, look });
  return look;
}

function add(counts: Map<PaymentLook | 'open', number>, look: PaymentLook | undefined): void {
  if (look !== undefined) counts.set(look, (counts.get(look) ?? 0) + 1);
}

function statusOf(
  deps: PayReleasesDeps,
  memory: PayMemory,
  counts: ReadonlyMap<PaymentLook | 'open', number>,
  problem: PayStatus['problem'],
): PayStatus {
  const looked = memory.hints.flatMap(({ waits }) => [...waits]);
  const claimable = new Set(looked.flatMap(([seq, { look }]) => (look === 'claimable' ? [seq] : []))).size;
  return {
    source: deps.source,
    edge: deps.edge,
    open: counts.get('open') ?? 0,
    uncovered: (counts.get('uncovered') ?? 0) + (counts.get('feeless') ?? 0),
    failing: counts.get('failing') ?? 0,
    short: counts.get('short') ?? 0,
    claimable,
    passedAtMs: deps.clock.elapsedMs(),
    problem,
  };
}
