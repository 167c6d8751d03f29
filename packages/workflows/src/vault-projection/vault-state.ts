import { type Bytes32, ENTRY_BYTES, type Entry, type Keccak256, ZERO_WORD, refundRecord } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import { type ReplicaFact, generationOf, nameOf } from '../following/replica-fact.js';
import { type RewindFact, isRewindStep, stepBack, unwindEntry } from '../following/replica-rewind.js';
import { readKnownEntry } from '../intake/entry-bytes.js';
import { type ReplayFate, fatesOf, requireKind } from './replay-fates.js';
import type {
  ClaimableFact,
  LossQueuedFact,
  LossTakenFact,
  PaidFact,
  PaidPastPointFact,
  PaymentRow,
  SettledFact,
  ShortfallFact,
  StoppedFact,
  VaultAppliedFact,
  VaultFact,
  VaultSumsFact,
  VaultTransaction,
  VoidedFact,
} from './vault-fact.js';

/** Bytes of an entry's hash that a vault keeps. @source VaultTypes.sol, Payment */
const ENTRY_HASH_BYTES = 25;
/** The report fields of an asset without a report. */
const UNREPORTED = { coverageWad: 0n, shortSince: 0n, reportedAt: 0n };

/** A vault's changes since they were last taken. */
export interface VaultChanges {
  readonly payments: readonly PaymentRow[];
  readonly sums: readonly VaultSumsFact[];
}

/** A vault's start, as stored. */
export interface VaultStart {
  readonly replica: ReplicaFact;
  readonly sums: readonly VaultSumsFact[];
  readonly keccak256: Keccak256;
}

/**
 * The payments of one vault, folded from its facts exactly as in CollateralVault.sol.
 *
 *   applied     each entry of the batch becomes QUEUED, NONE if refused, or STOPPED: exactly one log shows which
 *   paid        QUEUED or CLAIMABLE → PAID       claimable   QUEUED → CLAIMABLE       stopped   QUEUED or CLAIMABLE → STOPPED
 *
 *   loss-queued a LOST becomes QUEUED, and nothing is owed for it
 *   loss-taken  QUEUED → PAID: its units are accounted for, and no token left
 *   shortfall   sets the coverage of an asset; amounts do not change, since all are units
 *   loss-borne  a payment was made at a coverage below 1: its units count as paid in full, and fewer tokens left
 *
 * A rewind starts with `rewinding`, unwinds entries from the last one backwards, and ends with `edge-opened`:
 *
 *   voided      QUEUED, CLAIMABLE or STOPPED → VOID; for a loss also PAID → VOID
 *   paid-past-point  PAID → VOID: its amount is accounted for again
 *   settled     instead of queued: PAID, by the payment of an identical release that was unwound
 *   no log      for an entry that comes after a rewind: STOPPED stays, since a REFUND of its index and content is journaled
 *
 * Invariant: for each asset, in units and without losses, owed = Σ QUEUED + Σ CLAIMABLE and paid = Σ PAID; both are compared
 * with the vault's own sums (I4). Stopped payments are in neither sum: they are accounted for again and return to their line.
 */
export class VaultState {
  readonly #start: VaultStart;
  readonly #payments = new ChangingRows<bigint, PaymentRow>(({ seq }) => seq);
  readonly #sums: ChangingRows<number, VaultSumsFact>;
  #replica: ReplicaFact;

  constructor(start: VaultStart) {
    this.#start = start;
    this.#replica = start.replica;
    this.#sums = new ChangingRows(({ vaultAsset }) => vaultAsset, start.sums);
  }

  get replica(): ReplicaFact {
    return this.#replica;
  }

  /** Payments held in memory, at most those of the facts since the last release. */
  get heldCount(): number {
    return this.#payments.byKey.size;
  }

  /** Debts and payments, by the vault's asset. */
  get sums(): ReadonlyMap<number, VaultSumsFact> {
    return this.#sums.byKey;
  }

  /** Assets that changed since the last call of `takeChanges`. */
  get changedAssets(): readonly number[] {
    return this.#sums.changedKeys;
  }

  /** Sets the times of an asset's report from the vault's own view: its logs have no time. */
  date({ vaultAsset, shortSince, reportedAt }: Pick<VaultSumsFact, 'vaultAsset' | 'shortSince' | 'reportedAt'>): void {
    const held = this.#sumsOf(vaultAsset);
    if (held.shortSince === shortSince && held.reportedAt === reportedAt) return;
    this.#sums.put({ ...held, shortSince, reportedAt });
  }

  /** Returns the indices of payments that facts touch and that are not held. */
  lackingFor(facts: readonly VaultFact[]): bigint[] {
    const fates = fatesOf(facts);
    const touched = facts.flatMap((fact) => {
      if (isSettling(fact) || isUnwindingPayment(fact)) return [fact.seq];
      return fact.kind === 'applied' && generationOf(this.#replica) > 0 ? untoldOf(fact, fates) : [];
    });
    const isNew = (seq: bigint): boolean => fates.get(seq)?.kind === 'queued';
    return [...new Set(touched)].filter((seq) => !isNew(seq) && !this.#payments.byKey.has(seq));
  }

  /** Returns stored payments with the held changes, and those that are not stored yet, ascending by index. */
  among(stored: readonly PaymentRow[]): PaymentRow[] {
    const rows = new Map([...stored.map((row) => [row.seq, row] as const), ...this.#payments.byKey]);
    return [...rows.values()].sort((left, right) => (left.seq < right.seq ? -1 : 1));
  }

  /** Corrects the state of a payment from the vault's own view, where no log of this step can explain the difference. */
  correct(payment: PaymentRow, state: PaymentRow['state'], block: PaymentRow['block']): void {
    this.#payments.put({ ...payment, state, block });
  }

  /** Records the coverage of an asset's newest report. */
  report({ vaultAsset, coverageWad }: Pick<ShortfallFact, 'vaultAsset' | 'coverageWad'>): void {
    this.#sums.put({ ...this.#sumsOf(vaultAsset), coverageWad });
  }

  /** Adds payments as stored. */
  hold(payments: readonly PaymentRow[]): void {
    this.#payments.hold(payments);
  }

  /** Drops the held payments; their changes must have been taken before. */
  release(): void {
    this.#payments.release();
  }

  /**
   * Applies the facts of one transaction, in order.
   * @throws FACT_GAP, ENTRIES_MISSING; the state is then partly changed and must be discarded.
   */
  apply({ facts, block }: VaultTransaction, packedOf: (batch: VaultAppliedFact) => Uint8Array): void {
    let calls: CallFact[] = [];
    for (const fact of facts) {
      if (!isUnwinding(fact)) {
        calls.push(fact);
        continue;
      }
      // A batch logs its entries' outcomes before itself; a rewind logs in order.
      this.#applyCalls(calls, { fates: fatesOf(calls), packedOf, block });
      calls = [];
      this.#unwind(fact, block);
    }
    this.#applyCalls(calls, { fates: fatesOf(calls), packedOf, block });
  }

  /** Returns the changes since the last call. */
  takeChanges(): VaultChanges {
    return { payments: this.#payments.takeChanges(), sums: this.#sums.takeChanges() };
  }

  #applyCalls(facts: readonly CallFact[], context: ReplayContext): void {
    for (const fact of facts) if (fact.kind === 'applied') this.#replay(fact, context);
    for (const fact of facts) this.#applyCall(fact, context);
  }

  #applyCall(fact: CallFact, { fates, block }: ReplayContext): void {
    switch (fact.kind) {
      case 'applied':
      case 'queued':
      case 'refused':
      case 'loss-queued':
      case 'settled':
        // Handled by the replay: these are outcomes of entries.
        return;
      case 'paid':
      case 'claimable':
      case 'stopped':
      case 'loss-taken':
        if (fates.get(fact.seq) !== fact) this.#settle(fact, block);
        return;
      case 'loss-borne': {
        const held = this.#payments.byKey.get(fact.seq);
        if (held !== undefined) this.#payments.put({ ...held, borne: fact.loss });
        return;
      }
      case 'shortfall':
        return this.report(fact);
      case 'edge-state': {
        const { state, until, cause } = fact;
        this.#replica = { ...this.#replica, condition: { state, until, cause } };
        return;
      }
      default:
        return fact satisfies never;
    }
  }

  #unwind(fact: UnwindingFact, block: PaymentRow['block']): void {
    if (!isUnwindingPayment(fact)) {
      this.#replica = stepBack(this.#replica, fact);
      return;
    }
    this.#replica = unwindEntry(this.#replica, fact.seq);
    const held = this.#payments.byKey.get(fact.seq);
    const states: readonly (PaymentRow['state'] | undefined)[] =
      fact.kind === 'paid-past-point'
        ? ['PAID']
        : ['QUEUED', 'CLAIMABLE', 'STOPPED', ...(held?.isLoss ? ['PAID' as const] : [])];
    const isRight = states.includes(held?.state) && (fact.kind === 'voided' || held?.isLoss === false);
    if (held === undefined || !isRight) {
      throw foldError(
        'FACT_GAP',
        `payment ${fact.seq} is ${fact.kind} while it stands as ${held?.state ?? 'nothing'}; read the missing logs`,
      );
    }
    this.#payments.put({ ...held, state: 'VOID', reason: 0, stopReason: null, block });
    this.#add(held.vaultAsset, fact.kind === 'voided' ? { owed: -fact.due } : { paid: -fact.amount });
  }

  #replay(batch: VaultAppliedFact, context: ReplayContext): void {
    const { edge, from, to, head } = batch;
    const { count, rewind } = this.#replica;
    if (edge !== nameOf(this.#replica) || from !== count || rewind !== undefined) {
      const stands = `stands at ${count} under the name ${nameOf(this.#replica)}`;
      const way = rewind === undefined ? '' : ' and is being rewound';
      throw foldError(
        'FACT_GAP',
        `a batch of ${edge} begins at ${from}, the vault ${stands}${way}; read the missing logs`,
      );
    }
    const packed = context.packedOf(batch);
    if (packed.length !== Number(to - from) * ENTRY_BYTES) {
      throw foldError(
        'ENTRIES_MISSING',
        `entries ${from + 1n} to ${to} of ${edge} are not held; the ledger's blocks that hold them are folded first`,
      );
    }
    for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
      const seq = from + BigInt(at / ENTRY_BYTES) + 1n;
      const fate = context.fates.get(seq);
      const bytes = packed.subarray(at, at + ENTRY_BYTES);
      if (fate === undefined) this.#requireStopped(seq, readKnownEntry(bytes));
      else this.#record(bytes, fate, { edge: this.#replica.edge, block: context.block });
    }
    this.#replica = { ...this.#replica, count: to, head };
  }

  /** Requires that a release without a log was stopped before the rewind, and keeps it so. @throws FACT_GAP if it was not. */
  #requireStopped(seq: bigint, entry: Entry | undefined): void {
    const held = this.#payments.byKey.get(seq);
    const isSame =
      held?.state === 'STOPPED' &&
      entry?.kind === 'RELEASE' &&
      held.vaultAsset === entry.asset &&
      held.amount === entry.amount &&
      held.account === entry.account;
    if (isSame && generationOf(this.#replica) > 0) return;
    throw foldError(
      'FACT_GAP',
      `no log says what became of release ${seq} of ${this.#replica.edge}; read the missing logs`,
    );
  }

  #record(
    bytes: Uint8Array,
    fate: ReplayFate,
    { edge, block }: { readonly edge: Bytes32; readonly block: PaymentRow['block'] },
  ): void {
    const entry = readKnownEntry(bytes);
    const entryHash = this.#start.keccak256(bytes).slice(0, ENTRY_HASH_BYTES);
    const { seq } = fate;
    if (fate.kind === 'loss-queued') return this.#queueLoss(fate, entry, { edge, entryHash, block });
    if (fate.kind === 'settled') return this.#settleAgain(fate, entry, { edge, entryHash, block });
    if (fate.kind !== 'queued') {
      const { account = edge, asset: vaultAsset = 0, amount = 0n } = entry ?? {};
      const noTokens = { isLoss: entry?.kind === 'LOST', borne: 0n, readyAt: 0n };
      const ended =
        fate.kind === 'refused'
          ? { state: 'NONE' as const, reason: fate.reason, stopReason: null }
          : { state: 'STOPPED' as const, reason: 0, stopReason: fate.reason };
      const row = { edge, seq, entryHash, block, account, vaultAsset, amount, ...noTokens, ...ended };
      return this.#payments.put({ ...row, entryHash: this.#hashOf(row) });
    }
    const { account, vaultAsset, amount, readyAt } = fate;
    if (
      entry?.kind !== 'RELEASE' ||
      entry.account !== account ||
      entry.asset !== vaultAsset ||
      entry.amount !== amount
    ) {
      throw foldError(
        'FACT_GAP',
        `payment ${seq} of ${edge} is queued with ${amount} of asset ${vaultAsset}; its entry says ${entry?.amount} of ${entry?.asset}; another provider is asked next`,
      );
    }
    const fresh = { isLoss: false, borne: 0n, state: 'QUEUED' as const, reason: 0, stopReason: null };
    this.#payments.put({ edge, seq, entryHash, account, vaultAsset, amount, readyAt, block, ...fresh });
    this.#add(vaultAsset, { owed: amount });
  }

  #settle(fact: SettlingFact, block: PaymentRow['block']): void {
    const held = this.#payments.byKey.get(fact.seq);
    const isOpen = held?.state === 'QUEUED' || (fact.kind !== 'claimable' && held?.state === 'CLAIMABLE');
    const isOfKind = fact.kind === 'stopped' || held?.isLoss === (fact.kind === 'loss-taken');
    if (held === undefined || !isOpen || !isOfKind) {
      throw foldError(
        'FACT_GAP',
        `payment ${fact.seq} of ${this.#replica.edge} is ${fact.kind} while it stands as ${held?.state ?? 'nothing'}; read the missing logs`,
      );
    }
    if (fact.kind === 'claimable')
      return this.#payments.put({ ...held, state: 'CLAIMABLE', reason: fact.reason, block });
    if (fact.kind === 'stopped') {
      const row = { ...held, state: 'STOPPED' as const, reason: 0, stopReason: fact.reason, block };
      this.#payments.put({ ...row, entryHash: this.#hashOf(row) });
      if (!held.isLoss) this.#add(held.vaultAsset, { owed: -held.amount });
      return;
    }
    this.#payments.put({ ...held, state: 'PAID', reason: 0, block });
    if (!held.isLoss) this.#add(held.vaultAsset, { owed: -held.amount, paid: held.amount });
  }

  /** Owes nothing: the release was paid before it came again. */
  #settleAgain(
    fate: SettledFact,
    entry: Entry | undefined,
    at: Pick<PaymentRow, 'edge' | 'entryHash' | 'block'>,
  ): void {
    requireKind(entry, 'RELEASE', { seq: fate.seq });
    const { account = at.edge, asset: vaultAsset = 0, amount = 0n } = entry ?? {};
    const paid = { isLoss: false, borne: 0n, state: 'PAID' as const, reason: 0, stopReason: null, readyAt: 0n };
    this.#payments.put({ ...at, seq: fate.seq, account, vaultAsset, amount, ...paid });
    this.#add(vaultAsset, { paid: fate.amount });
  }

  /** For a stopped release the vault stores what its refund names. */
  #hashOf({ state, isLoss, entryHash, vaultAsset, amount, account }: PaymentRow): Uint8Array {
    if (state !== 'STOPPED' || isLoss) return entryHash;
    return refundRecord({ asset: vaultAsset, amount, account }, this.#start.keccak256).slice(0, ENTRY_HASH_BYTES);
  }

  /** Nothing is owed for a loss, and it moves no tokens. */
  #queueLoss(
    { seq, vaultAsset, amount, readyAt }: LossQueuedFact,
    entry: Entry | undefined,
    at: Pick<PaymentRow, 'edge' | 'entryHash' | 'block'>,
  ): void {
    requireKind(entry, 'LOST', { seq, amount, vaultAsset });
    const fresh = { isLoss: true, borne: 0n, state: 'QUEUED' as const, reason: 0, stopReason: null };
    this.#payments.put({ ...at, seq, account: ZERO_WORD, vaultAsset, amount, readyAt, ...fresh });
  }

  #sumsOf(vaultAsset: number): VaultSumsFact {
    const { edge } = this.#replica;
    return this.#sums.byKey.get(vaultAsset) ?? { edge, vaultAsset, owed: 0n, paid: 0n, ...UNREPORTED };
  }

  #add(vaultAsset: number, change: Partial<Pick<VaultSumsFact, 'owed' | 'paid'>>): void {
    const { owed = 0n, paid = 0n } = change;
    const held = this.#sumsOf(vaultAsset);
    this.#sums.put({ ...held, owed: held.owed + owed, paid: held.paid + paid });
  }
}

/** Facts that change a payment after its replay. */
type SettlingFact = PaidFact | ClaimableFact | StoppedFact | LossTakenFact;

/** Facts of a rewind of a vault's replica and payments. */
type UnwindingFact = RewindFact | VoidedFact | PaidPastPointFact;

/** All other facts of a vault. */
type CallFact = Exclude<VaultFact, UnwindingFact>;

/** Context for replaying a batch. */
interface ReplayContext {
  readonly fates: ReadonlyMap<bigint, ReplayFate>;
  readonly packedOf: (batch: VaultAppliedFact) => Uint8Array;
  readonly block: PaymentRow['block'];
}

function isUnwinding(fact: VaultFact): fact is UnwindingFact {
  return isRewindStep(fact) || isUnwindingPayment(fact);
}

function isUnwindingPayment(fact: VaultFact): fact is VoidedFact | PaidPastPointFact {
  return fact.kind === 'voided' || fact.kind === 'paid-past-point';
}

/** Returns the indices of a batch's entries without a log. */
function untoldOf({ from, to }: VaultAppliedFact, fates: ReadonlyMap<bigint, ReplayFate>): bigint[] {
  const untold: bigint[] = [];
  for (let seq = from + 1n; seq <= to; seq += 1n) if (!fates.has(seq)) untold.push(seq);
  return untold;
}

function isSettling(fact: VaultFact): fact is SettlingFact {
  return fact.kind === 'paid' || fact.kind === 'claimable' || fact.kind === 'stopped' || fact.kind === 'loss-taken';
}
