import { keccak256 } from '@surety/contracts';
import { type Bytes32, type Hex, bytesToHex } from '@surety/domain';
import { type EntryWords, type JournalModel, append, packWords, wordsOf } from './journal-model.js';
import type { CallPlace } from './modelled-chain.js';
import type { BatchCall, ReplicaModel, RewindCall, UnwindCall } from './replica-model.js';

/** A release, or a loss, that the vault has recorded. */
export interface PaymentModel {
  readonly seq: bigint;
  readonly packed: Uint8Array;
  readonly readyAtS: number;
  /** Time of the block that paid it, 0 before. */
  readonly paidAtS: number;
  readonly state: 'queued' | 'paid' | 'claimable' | 'stopped' | 'void' | 'none';
  /** True if the REFUND of a stopped one is in the journal. */
  readonly isRefunded: boolean;
  /** Set where a stopped release was voided: the vault goes on keeping the hash of its refund. */
  readonly wasStopped?: true;
}

/** What was reported of an asset, and since when it is short. */
export interface ShortageModel {
  readonly coverageWad: bigint;
  readonly shortSinceS: number;
  readonly reportedAtS: number;
}

/** A vault after a block. */
export interface VaultState {
  readonly journal: JournalModel;
  readonly replica: ReplicaModel;
  readonly payments: ReadonlyMap<bigint, PaymentModel>;
  /** Units taken in, units paid, units that it accounts for and tokens that it holds, by asset. */
  readonly locked: ReadonlyMap<number, bigint>;
  readonly paid: ReadonlyMap<number, bigint>;
  readonly accounted: ReadonlyMap<number, bigint>;
  readonly held: ReadonlyMap<number, bigint>;
  readonly shortages: ReadonlyMap<number, ShortageModel>;
  /** Payments made for releases that were unwound, by their entry's hash. */
  readonly paidOrphans: ReadonlyMap<string, number>;
  /** Refunds of payments whose number another one took, by number and what they name. */
  readonly refundedBefore: ReadonlySet<string>;
  /** Units that a loss was booked with. */
  readonly lossOf: ReadonlyMap<bigint, bigint>;
}

/** An entry with its number. */
interface NumberedEntry {
  readonly seq: bigint;
  readonly packed: Uint8Array;
}

/** What is asked of a vault. */
export type VaultCall =
  | ({ readonly kind: 'lock' } & Pick<EntryWords, 'asset' | 'amount' | 'account' | 'fee'>)
  | ({ readonly kind: 'apply-releases' } & BatchCall)
  | ({ readonly kind: 'refresh' } & Pick<BatchCall, 'statement' | 'signatures'>)
  | ({ readonly kind: 'pay' } & NumberedEntry)
  | ({ readonly kind: 'take-loss' } & NumberedEntry)
  | ({ readonly kind: 'refund' } & NumberedEntry)
  /** The guardian's. */
  | { readonly kind: 'stop'; readonly seq: bigint }
  | ({ readonly kind: 'rewind-vault' } & RewindCall)
  | ({ readonly kind: 'unwind-vault' } & UnwindCall)
  | { readonly kind: 'report'; readonly asset: number }
  /** A witness's: the head that it learned for a count of the ledger's journal. */
  | { readonly kind: 'confirm'; readonly count: number; readonly head: Bytes32 }
  /** The token's: units disappear from the vault's balance, or come back. */
  | { readonly kind: 'tokens-move'; readonly asset: number; readonly change: bigint };

/** What a vault tells. */
export type VaultFact =
  | {
      readonly kind: 'queued' | 'loss-queued';
      readonly seq: bigint;
      readonly packed: Uint8Array;
      readonly readyAtS: number;
    }
  | {
      readonly kind: 'applied';
      readonly name: Bytes32;
      readonly from: number;
      readonly to: number;
      readonly head: Bytes32;
    }
  | { readonly kind: 'paid' | 'claimable' | 'stopped' | 'refused'; readonly seq: bigint }
  | {
      readonly kind: 'settled' | 'voided' | 'paid-past-point' | 'loss-borne';
      readonly seq: bigint;
      readonly units: bigint;
    }
  | {
      readonly kind: 'loss-taken';
      readonly seq: bigint;
      readonly asset: number;
      readonly units: bigint;
      readonly found: boolean;
    }
  | { readonly kind: 'shortfall'; readonly asset: number; readonly missing: bigint; readonly coverageWad: bigint }
  | {
      readonly kind: 'rewinding';
      readonly name: Bytes32;
      readonly next: Bytes32;
      readonly count: bigint;
      readonly head: Bytes32;
    }
  | { readonly kind: 'unwound'; readonly count: bigint }
  | { readonly kind: 'edge-opened'; readonly name: Bytes32; readonly previous: Bytes32; readonly generation: number };

const [REFUND, SHORTFALL, LOST] = [2, 3, 18];
/** Seconds from a stop to a refund that nobody confirms, and from a refund to the next one of it: 30 days in earnest. */
export const REFUND_AFTER_S = 120;
const WHOLE = 10n ** 18n;

/** Returns whether a payment is a loss that the ledger told of. */
export function isLoss({ packed }: Pick<PaymentModel, 'packed'>): boolean {
  return packed[0] === LOST;
}

/** Gives what a vault keeps of an entry: 25 bytes of its hash or, once it is stopped, of what its refund names. */
export function keptHash(payment: Pick<PaymentModel, 'packed' | 'state' | 'wasStopped'>): Hex {
  const { packed, state, wasStopped = false } = payment;
  const kept = (state === 'stopped' || wasStopped) && !isLoss(payment) ? refundWords(wordsOf(packed)) : packed;
  return bytesToHex(keccak256(kept).subarray(0, 25));
}

/** What the contract hashes: asset ‖ amount ‖ account. */
function refundWords({ asset, amount, account }: EntryWords): Uint8Array {
  const hex = asset.toString(16).padStart(4, '0') + amount.toString(16).padStart(32, '0') + account.slice(2);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Units of an asset that are promised to somebody. */
export function owedOf(payments: ReadonlyMap<bigint, PaymentModel>, asset: number): bigint {
  let owed = 0n;
  for (const payment of payments.values()) {
    if ((payment.state !== 'queued' && payment.state !== 'claimable') || isLoss(payment)) continue;
    const words = wordsOf(payment.packed);
    if (words.asset === asset) owed += words.amount;
  }
  return owed;
}

/** A change of a vault on its way: copies that may be written, and what they tell. */
export class VaultDraft {
  readonly payments: Map<bigint, PaymentModel>;
  readonly paid: Map<number, bigint>;
  readonly accounted: Map<number, bigint>;
  readonly held: Map<number, bigint>;
  readonly shortages: Map<number, ShortageModel>;
  readonly paidOrphans: Map<string, number>;
  readonly refundedBefore: Set<string>;
  readonly lossOf: Map<bigint, bigint>;
  readonly facts: VaultFact[] = [];
  replica: ReplicaModel;
  journal: JournalModel;
  readonly #before: VaultState;
  readonly #place: CallPlace;

  constructor(state: VaultState, place: CallPlace) {
    this.#before = state;
    this.#place = place;
    this.replica = state.replica;
    this.journal = state.journal;
    this.payments = new Map(state.payments);
    this.paid = new Map(state.paid);
    this.accounted = new Map(state.accounted);
    this.held = new Map(state.held);
    this.shortages = new Map(state.shortages);
    this.paidOrphans = new Map(state.paidOrphans);
    this.refundedBefore = new Set(state.refundedBefore);
    this.lossOf = new Map(state.lossOf);
  }

  /** The vault with the change. */
  get state(): VaultState {
    const { replica, journal, payments, paid, accounted, held, shortages, paidOrphans, refundedBefore, lossOf } = this;
    const rows = { payments, paid, accounted, held, shortages, paidOrphans, refundedBefore, lossOf };
    return { ...this.#before, ...rows, replica, journal };
  }

  /** Adds to a sum of an asset. */
  add(sum: 'paid' | 'accounted' | 'held', asset: number, units: bigint): void {
    this[sum].set(asset, (this[sum].get(asset) ?? 0n) + units);
  }

  /** Puts a payment into a state. */
  put(payment: PaymentModel): void {
    this.payments.set(payment.seq, payment);
  }

  /** Appends an entry to the vault's journal. */
  append(words: EntryWords): void {
    const { height, txHash } = this.#place;
    this.journal = append(this.journal, packWords(words), { height, txHash, logIndex: 0 });
  }

  /** Stops a payment, and journals its refund at once where its release is confirmed. @source PROTOCOL 7.2 */
  stop(payment: PaymentModel, isSettled: boolean): void {
    const { seq } = payment;
    const readyAtS = this.#place.timestampS + REFUND_AFTER_S;
    this.put({ ...payment, readyAtS, state: 'stopped', isRefunded: false });
    this.facts.push({ kind: 'stopped', seq });
    if (isSettled) this.refund(seq);
  }

  /** Journals the REFUND of a stopped payment. */
  refund(seq: bigint): void {
    const payment = this.payments.get(seq) as PaymentModel;
    this.put({ ...payment, readyAtS: this.#place.timestampS + REFUND_AFTER_S, isRefunded: true });
    const { asset, amount, account } = wordsOf(payment.packed);
    const party = `0x${seq.toString(16).padStart(64, '0')}` as Bytes32;
    this.append({ kind: REFUND, asset, amount, account, party, fee: 0n });
  }

  /** Units of an asset that are accounted for and not promised. */
  freeOf(asset: number): bigint {
    return (this.accounted.get(asset) ?? 0n) - owedOf(this.payments, asset);
  }

  /** Records which part of an asset's units has tokens, and journals it. */
  report(asset: number, answers: bigint): void {
    const accounted = this.accounted.get(asset) ?? 0n;
    const held = this.held.get(asset) ?? 0n;
    const missing = held < accounted ? accounted - held : 0n;
    const coverageWad = missing === 0n ? WHOLE : (held * WHOLE) / accounted;
    const since = this.shortages.get(asset)?.shortSinceS ?? 0;
    const { timestampS } = this.#place;
    const shortSinceS = missing === 0n ? 0 : since === 0 ? timestampS : since;
    this.shortages.set(asset, { coverageWad, shortSinceS, reportedAtS: timestampS });
    const party = `0x${((answers << 128n) | accounted).toString(16).padStart(64, '0')}` as Bytes32;
    const account = `0x${'0'.repeat(64)}` as Bytes32;
    this.append({ kind: SHORTFALL, asset, amount: missing, account, party, fee: 0n });
    this.facts.push({ kind: 'shortfall', asset, missing, coverageWad });
  }
}
