import { ACCOUNTED_MAX, type Bytes32, type Edge, ZERO_WORD } from '@surety/domain';
import { append, packWords, wordsOf } from './journal-model.js';
import type { CallPlace, Contract, Executed } from './modelled-chain.js';
import {
  type VerifierModel,
  confirmReplica,
  emptyReplica,
  quarantined,
  refreshReplica,
  replayBatch,
} from './replica-model.js';
import { type VaultRewindPlace, keepRefund, rewindVault, settleAgain, takeLoss, unwindVault } from './vault-rewind.js';
import {
  type VaultCall,
  VaultDraft,
  type VaultFact,
  type VaultState,
  isLoss,
  keptHash,
  owedOf,
} from './vault-state.js';

type Outcome = Executed<VaultState, VaultFact>;
type Call<Kind extends VaultCall['kind']> = Extract<VaultCall, { readonly kind: Kind }>;

const [LOCK, RELEASE, LOST] = [1, 16, 18];
const WHOLE = 10n ** 18n;

/** Seconds that a payment waits by its amount: small, middle and large lane, without their limiters. */
const LANES = [
  { upTo: 50_000n, delayS: 0 },
  { upTo: 500_000n, delayS: 10 },
] as const;
const LARGE_DELAY_S = 25;

/** Seconds from the report of a shortage to payments at less, seven days in earnest. */
const SHORT_WAIT_S = 60;
/** Seconds between reports of the same, a day in earnest. */
const REPORT_EVERY_S = 30;

/** Recipients whose token refuses them: payments to them wait to be claimed. */
export const BLOCKED_RECIPIENT = `0x${'0'.repeat(24)}${'bb'.repeat(20)}` as Bytes32;

/** Builds a vault with a journal to the ledger and a replica of the ledger's journal. */
export function vaultModel(
  edges: { readonly inbound: Bytes32; readonly outbound: Bytes32; readonly outboundEdge: Edge },
  verifier: VerifierModel,
): Contract<VaultState, VaultCall, VaultFact> {
  const genesis: VaultState = {
    journal: { edge: edges.inbound, lines: [] },
    replica: emptyReplica(edges.outbound),
    payments: new Map(),
    locked: new Map(),
    paid: new Map(),
    accounted: new Map(),
    held: new Map(),
    shortages: new Map(),
    paidOrphans: new Map(),
    refundedBefore: new Set(),
    lossOf: new Map(),
  };
  return {
    genesis,
    execute(state, call, place) {
      const outcome = run(state, call, { edge: edges.outboundEdge, place, verifier });
      if (typeof outcome === 'string') return { state, facts: [], revert: { name: outcome, args: [] } };
      return outcome instanceof VaultDraft ? { state: outcome.state, facts: outcome.facts } : outcome;
    },
  };
}

function run(state: VaultState, call: VaultCall, at: VaultRewindPlace): Outcome | VaultDraft | string {
  const { place, verifier } = at;
  switch (call.kind) {
    case 'lock':
      return lock(state, call, at);
    case 'refresh': {
      const next = refreshReplica(state.replica, call, place, verifier);
      return typeof next === 'string' ? next : { state: { ...state, replica: next }, facts: [] };
    }
    case 'pay':
      return pay(state, call, at);
    case 'stop':
      return stop(state, call.seq, at);
    case 'refund':
      return refund(state, call, at);
    case 'confirm': {
      const next = confirmReplica(state.replica, call);
      return typeof next === 'string' ? next : { state: { ...state, replica: next }, facts: [] };
    }
    case 'take-loss':
      return takeLoss(state, call, at);
    case 'report':
      return report(state, call, place);
    case 'tokens-move': {
      const held = (state.held.get(call.asset) ?? 0n) + call.change;
      return { state: { ...state, held: new Map(state.held).set(call.asset, held < 0n ? 0n : held) }, facts: [] };
    }
    case 'rewind-vault':
      return rewindVault(state, call, at);
    case 'unwind-vault':
      return unwindVault(state, call, at);
    case 'apply-releases':
      return applyReleases(state, call, at);
  }
}

/** Nothing is locked while tokens are missing, or a shortage is on record. */
function lock(state: VaultState, call: Call<'lock'>, { place, verifier }: VaultRewindPlace): Outcome | string {
  const { asset, amount, account, fee } = call;
  const [held, accounted] = [state.held.get(asset) ?? 0n, state.accounted.get(asset) ?? 0n];
  const isShort = held < accounted || (state.shortages.get(asset)?.shortSinceS ?? 0) !== 0;
  if (isShort && verifier.plant !== 'lock-while-short') return 'AssetShort';
  const packed = packWords({ kind: LOCK, asset, amount, account, party: ZERO_WORD, fee });
  const journal = append(state.journal, packed, { height: place.height, txHash: place.txHash, logIndex: 0 });
  const plus = (sums: ReadonlyMap<number, bigint>): ReadonlyMap<number, bigint> =>
    new Map(sums).set(asset, (sums.get(asset) ?? 0n) + amount);
  const sums = { locked: plus(state.locked), accounted: plus(state.accounted), held: plus(state.held) };
  return { state: { ...state, journal, ...sums }, facts: [] };
}

function applyReleases(state: VaultState, call: Call<'apply-releases'>, at: VaultRewindPlace): VaultDraft | string {
  const { place, verifier } = at;
  const outcome = replayBatch(state.replica, call, place, verifier);
  if (outcome.kind === 'refused') return outcome.name;
  const { replica, entries } = outcome;
  const draft = new VaultDraft(state, place);
  const taken = entries.map((packed, n) =>
    record(draft, { seq: BigInt(replica.count - entries.length + n + 1), packed }, at),
  );
  draft.replica = taken.includes(false) ? quarantined(replica, place, verifier) : replica;
  const { name, count: from } = state.replica;
  draft.facts.push({ kind: 'applied', name, from, to: replica.count, head: replica.head });
  return draft;
}

/** A release becomes a payment with a date, or is stopped at once if it is more than is accounted for and not owed; false if refused. */
function record(
  draft: VaultDraft,
  entry: { readonly seq: bigint; readonly packed: Uint8Array },
  at: VaultRewindPlace,
): boolean {
  const { seq, packed } = entry;
  const { kind, asset, amount } = wordsOf(packed);
  const { timestampS } = at.place;
  const fresh = { seq, packed, paidAtS: 0, isRefunded: false };
  const queued = { ...fresh, readyAtS: timestampS + delayOf(amount), state: 'queued' as const };
  if (![RELEASE, LOST].includes(kind) || amount === 0n || amount > ACCOUNTED_MAX) {
    draft.put({ ...queued, state: 'none' });
    draft.facts.push({ kind: 'refused', seq });
    return false;
  }
  if (kind === LOST) {
    keepRefund(draft, seq);
    const readyAtS = timestampS + LARGE_DELAY_S;
    draft.put({ ...queued, readyAtS });
    draft.facts.push({ kind: 'loss-queued', seq, packed, readyAtS });
    return true;
  }
  if (draft.replica.generation > 0 && settleAgain(draft, entry, at)) return true;
  const isAccounted = draft.freeOf(asset) >= amount;
  draft.put(queued);
  draft.facts.push({ kind: 'queued', seq, packed, readyAtS: queued.readyAtS });
  if (!isAccounted) draft.stop(queued, isSettled(draft, seq, at));
  return true;
}

/** Where a vault has witnesses, nothing that no rewind takes back comes of a release before one of them confirms it. */
function isSettled({ replica }: Pick<VaultState, 'replica'>, seq: bigint, { verifier }: VaultRewindPlace): boolean {
  return !verifier.isWitnessed || verifier.plant === 'refund-unconfirmed' || seq <= BigInt(replica.confirmed);
}

function pay(state: VaultState, call: Call<'pay'>, { place, verifier }: VaultRewindPlace): VaultDraft | string {
  const { plant } = verifier;
  const { timestampS } = place;
  const payment = state.payments.get(call.seq);
  if (payment === undefined || isLoss(payment)) return 'PaymentUnknown';
  const isOpen =
    payment.state === 'queued' ||
    (payment.state === 'paid' && plant === 'pay-twice') ||
    (payment.state === 'stopped' && plant === 'pay-stopped');
  if (!isOpen) return 'AlreadyPaid';
  const { way } = state.replica;
  if (way !== undefined && call.seq > BigInt(way.point)) return 'EdgeClosed';
  if (!Buffer.from(payment.packed).equals(Buffer.from(call.packed))) return 'EntryMismatch';
  if (timestampS < payment.readyAtS && plant !== 'pay-early') return 'NotReady';
  const { asset, amount, party } = wordsOf(payment.packed);
  const out = tokensFor(state, { asset, amount, timestampS, isFull: plant === 'pay-in-full' });
  if (out === undefined) return 'AssetShort';
  const draft = new VaultDraft(state, place);
  if (party === BLOCKED_RECIPIENT) {
    draft.put({ ...payment, state: 'claimable' });
    draft.facts.push({ kind: 'claimable', seq: call.seq });
    return draft;
  }
  draft.put({ ...payment, state: 'paid', paidAtS: timestampS });
  draft.add('paid', asset, amount);
  draft.add('accounted', asset, -amount);
  draft.add('held', asset, -out);
  if (out !== amount) draft.facts.push({ kind: 'loss-borne', seq: call.seq, units: amount - out });
  draft.facts.push({ kind: 'paid', seq: call.seq });
  return draft;
}

/** Tokens that a payment is worth now: all while all are there, else its share after a while; none before. */
function tokensFor(
  state: VaultState,
  of: { readonly asset: number; readonly amount: bigint; readonly timestampS: number; readonly isFull: boolean },
): bigint | undefined {
  const { asset, amount, timestampS } = of;
  const [held, accounted] = [state.held.get(asset) ?? 0n, state.accounted.get(asset) ?? 0n];
  if (held >= accounted) return amount;
  const shortage = state.shortages.get(asset);
  if (shortage === undefined || shortage.shortSinceS === 0 || timestampS < shortage.shortSinceS + SHORT_WAIT_S)
    return undefined;
  if (held * WHOLE < shortage.coverageWad * accounted) return undefined;
  return of.isFull && amount <= held ? amount : (amount * held) / accounted;
}

/** A stopped payment goes back: the vault's journal tells the ledger. A stopped loss is answered instead. */
function stop(state: VaultState, seq: bigint, at: VaultRewindPlace): VaultDraft | string {
  const { place, verifier } = at;
  const payment = state.payments.get(seq);
  if (payment === undefined || !['queued', 'claimable'].includes(payment.state)) return 'NotOpen';
  const { way } = state.replica;
  if (way !== undefined && seq > BigInt(way.point)) return 'EdgeClosed';
  const draft = new VaultDraft(state, place);
  draft.stop(payment, !isLoss(payment) && verifier.plant !== 'stop-without-refund' && isSettled(state, seq, at));
  if (isLoss(payment)) draft.report(wordsOf(payment.packed).asset, seq);
  return draft;
}

/** The refund of a stopped payment is journaled once its release is confirmed, or later; and again: the ledger takes one only. */
function refund(state: VaultState, { seq, packed }: Call<'refund'>, at: VaultRewindPlace): VaultDraft | string {
  const { place, verifier } = at;
  if (verifier.plant === 'stop-without-refund') return 'RefundTooSoon';
  const payment = state.payments.get(seq);
  if (payment?.state !== 'stopped' || isLoss(payment)) return 'PaymentStateMismatch';
  if (keptHash({ packed, state: 'stopped' }) !== keptHash(payment)) return 'EntryMismatch';
  const isFirst = !payment.isRefunded && isSettled(state, seq, at);
  if (place.timestampS < payment.readyAtS && !isFirst) return 'RefundTooSoon';
  const { way } = state.replica;
  if (way !== undefined && seq > BigInt(way.point)) return 'EdgeClosed';
  const draft = new VaultDraft(state, place);
  draft.refund(seq);
  return draft;
}

/** Anybody may say that tokens are missing: a worse report at once, the end of a shortage at once, any other after a while. */
function report(state: VaultState, { asset }: Call<'report'>, place: CallPlace): VaultDraft | string {
  const [held, accounted] = [state.held.get(asset) ?? 0n, state.accounted.get(asset) ?? 0n];
  const coverage = held >= accounted ? WHOLE : (held * WHOLE) / accounted;
  const shortage = state.shortages.get(asset);
  const isOnRecord = (shortage?.shortSinceS ?? 0) !== 0;
  const isNews =
    coverage < (isOnRecord ? (shortage?.coverageWad ?? WHOLE) : WHOLE) || (isOnRecord && held >= accounted);
  if (!isNews && place.timestampS < (shortage?.reportedAtS ?? 0) + REPORT_EVERY_S) return 'ReportTooSoon';
  const draft = new VaultDraft(state, place);
  draft.report(asset, 0n);
  return draft;
}

/** Gives how long a payment of an amount waits. */
export function delayOf(amount: bigint): number {
  return LANES.find(({ upTo }) => amount <= upTo)?.delayS ?? LARGE_DELAY_S;
}

/** What a vault has promised of an asset. */
export function owedBy({ payments }: VaultState, asset: number): bigint {
  return owedOf(payments, asset);
}
