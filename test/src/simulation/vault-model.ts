import { keccak256 } from '@surety/contracts';
import { type Bytes32, type Hex, bytesToHex } from '@surety/domain';
import { type EntryWords, type JournalModel, append, packWords, wordsOf } from './journal-model.js';
import type { CallPlace, Contract, Executed } from './modelled-chain.js';
import {
  type BatchCall,
  type ReplicaModel,
  type VerifierModel,
  emptyReplica,
  refreshReplica,
  replayBatch,
} from './replica-model.js';

/** A release that the vault has recorded. */
export interface PaymentModel {
  readonly seq: bigint;
  readonly packed: Uint8Array;
  readonly readyAtS: number;
  /** Time of the block that paid it, 0 before. */
  readonly paidAtS: number;
  readonly state: 'queued' | 'paid' | 'claimable' | 'claimed' | 'stopped';
}

/** A vault after a block. */
export interface VaultState {
  readonly journal: JournalModel;
  readonly replica: ReplicaModel;
  readonly payments: ReadonlyMap<bigint, PaymentModel>;
  /** Tokens taken in and paid out, by asset. */
  readonly locked: ReadonlyMap<number, bigint>;
  readonly paid: ReadonlyMap<number, bigint>;
}

/** What is asked of a vault. */
export type VaultCall =
  | ({ readonly kind: 'lock' } & Pick<EntryWords, 'asset' | 'amount' | 'account' | 'fee'>)
  | ({ readonly kind: 'apply-releases' } & BatchCall)
  | ({ readonly kind: 'refresh' } & Pick<BatchCall, 'statement' | 'signatures'>)
  | { readonly kind: 'pay'; readonly seq: bigint; readonly packed: Uint8Array }
  /** The guardian's. */
  | { readonly kind: 'stop'; readonly seq: bigint };

/** What a vault tells. */
export type VaultFact =
  | { readonly kind: 'queued'; readonly seq: bigint; readonly packed: Uint8Array; readonly readyAtS: number }
  | { readonly kind: 'applied'; readonly from: number; readonly to: number; readonly head: Bytes32 }
  | { readonly kind: 'paid' | 'claimable' | 'stopped'; readonly seq: bigint };

type Outcome = Executed<VaultState, VaultFact>;

const ZERO_PARTY = `0x${'0'.repeat(64)}` as Bytes32;
const LOCK = 1;
const REFUND = 2;

/** Seconds that a payment waits by its amount: small, middle and large lane, without their limiters. */
const LANES = [
  { upTo: 50_000n, delayS: 0 },
  { upTo: 500_000n, delayS: 10 },
] as const;
const LARGE_DELAY_S = 25;

/** Recipients whose token refuses them: payments to them wait to be claimed. */
export const BLOCKED_RECIPIENT = `0x${'0'.repeat(24)}${'bb'.repeat(20)}` as Bytes32;

/** Builds a vault with a journal to the ledger and a replica of the ledger's journal. */
export function vaultModel(
  edges: { readonly inbound: Bytes32; readonly outbound: Bytes32 },
  verifier: VerifierModel,
): Contract<VaultState, VaultCall, VaultFact> {
  const genesis: VaultState = {
    journal: { edge: edges.inbound, lines: [] },
    replica: emptyReplica(edges.outbound),
    payments: new Map(),
    locked: new Map(),
    paid: new Map(),
  };
  return {
    genesis,
    execute(state, call, place) {
      if (call.kind === 'lock') {
        const { asset, amount, account, fee } = call;
        const packed = packWords({ kind: LOCK, asset, amount, account, party: ZERO_PARTY, fee });
        const at = { height: place.height, txHash: place.txHash, logIndex: 0 };
        const locked = new Map(state.locked).set(asset, (state.locked.get(asset) ?? 0n) + amount);
        return { state: { ...state, journal: append(state.journal, packed, at), locked }, facts: [] };
      }
      if (call.kind === 'refresh') {
        const next = refreshReplica(state.replica, call, place, verifier);
        return typeof next === 'string' ? reverted(state, next) : { state: { ...state, replica: next }, facts: [] };
      }
      if (call.kind === 'pay') return pay(state, call, place.timestampS, verifier);
      if (call.kind === 'stop') return stop(state, call.seq, place, verifier);
      const outcome = replayBatch(state.replica, call, place, verifier);
      if (outcome.kind === 'refused') return reverted(state, outcome.name);
      return recordPayments(state, outcome, place.timestampS);
    },
  };
}

function recordPayments(
  state: VaultState,
  { entries, replica }: { entries: readonly Uint8Array[]; replica: ReplicaModel },
  timestampS: number,
): Outcome {
  const payments = new Map(state.payments);
  const facts: VaultFact[] = [];
  entries.forEach((packed, at) => {
    const seq = BigInt(state.replica.count + at + 1);
    const readyAtS = timestampS + delayOf(wordsOf(packed).amount);
    payments.set(seq, { seq, packed, readyAtS, paidAtS: 0, state: 'queued' });
    facts.push({ kind: 'queued', seq, packed, readyAtS });
  });
  facts.push({ kind: 'applied', from: state.replica.count, to: replica.count, head: replica.head });
  return { state: { ...state, payments, replica }, facts };
}

function pay(
  state: VaultState,
  call: Extract<VaultCall, { kind: 'pay' }>,
  timestampS: number,
  { plant }: VerifierModel,
): Outcome {
  const payment = state.payments.get(call.seq);
  if (payment === undefined) return reverted(state, 'PaymentUnknown');
  const isOpen =
    payment.state === 'queued' ||
    (payment.state === 'paid' && plant === 'pay-twice') ||
    (payment.state === 'stopped' && plant === 'pay-stopped');
  if (!isOpen) return reverted(state, 'AlreadyPaid');
  if (!Buffer.from(payment.packed).equals(Buffer.from(call.packed))) return reverted(state, 'EntryMismatch');
  if (timestampS < payment.readyAtS && plant !== 'pay-early') return reverted(state, 'NotReady');
  const { asset, amount, party } = wordsOf(payment.packed);
  const isBlocked = party === BLOCKED_RECIPIENT;
  const ended = isBlocked ? { state: 'claimable' as const } : { state: 'paid' as const, paidAtS: timestampS };
  const payments = new Map(state.payments).set(call.seq, { ...payment, ...ended });
  const paid = isBlocked ? state.paid : new Map(state.paid).set(asset, (state.paid.get(asset) ?? 0n) + amount);
  return { state: { ...state, payments, paid }, facts: [{ kind: isBlocked ? 'claimable' : 'paid', seq: call.seq }] };
}

/** A stopped payment goes back: the vault's journal tells the ledger. */
function stop(state: VaultState, seq: bigint, place: CallPlace, { plant }: VerifierModel): Outcome {
  const payment = state.payments.get(seq);
  if (payment === undefined || !['queued', 'claimable'].includes(payment.state)) return reverted(state, 'NotOpen');
  const { asset, amount, account } = wordsOf(payment.packed);
  const party = `0x${seq.toString(16).padStart(64, '0')}` as Bytes32;
  const packed = packWords({ kind: REFUND, asset, amount, account, party, fee: 0n });
  const at = { height: place.height, txHash: place.txHash, logIndex: 0 };
  const journal = plant === 'stop-without-refund' ? state.journal : append(state.journal, packed, at);
  const payments = new Map(state.payments).set(seq, { ...payment, state: 'stopped' });
  return { state: { ...state, journal, payments }, facts: [{ kind: 'stopped', seq }] };
}

/** Gives what a vault keeps of an entry: 25 bytes of its hash or, once it is stopped, of what its refund names. */
export function keptHash({ packed, state }: Pick<PaymentModel, 'packed' | 'state'>): Hex {
  const { asset, amount, account } = wordsOf(packed);
  // What the contract hashes: asset ‖ amount ‖ account, as they lie in the entry.
  const record = state === 'stopped' ? refundWords({ asset, amount, account }) : packed;
  return bytesToHex(keccak256(record).subarray(0, 25));
}

function refundWords({ asset, amount, account }: Pick<EntryWords, 'asset' | 'amount' | 'account'>): Uint8Array {
  const hex = asset.toString(16).padStart(4, '0') + amount.toString(16).padStart(32, '0') + account.slice(2);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Gives how long a payment of an amount waits. */
export function delayOf(amount: bigint): number {
  return LANES.find(({ upTo }) => amount <= upTo)?.delayS ?? LARGE_DELAY_S;
}

function reverted(state: VaultState, name: string): Outcome {
  return { state, facts: [], revert: { name, args: [] } };
}
