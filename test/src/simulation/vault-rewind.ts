import { type Edge } from '@surety/domain';
import { entryHashOf } from './ledger-credits.js';
import { wordsOf } from './journal-model.js';
import type { CallPlace } from './modelled-chain.js';
import { type VerifierModel, beginRewind, opened, retreat } from './replica-model.js';
import {
  type PaymentModel,
  REFUND_AFTER_S,
  type VaultCall,
  VaultDraft,
  type VaultState,
  isLoss,
  keptHash,
} from './vault-state.js';

type Call<Kind extends VaultCall['kind']> = Extract<VaultCall, { readonly kind: Kind }>;

/** What a rewind of a vault's replica stands on. */
export interface VaultRewindPlace {
  readonly edge: Edge;
  readonly place: CallPlace;
  readonly verifier: VerifierModel;
}

/** Begins to rewind a vault's replica; gives an error's name if it is refused. Written after VaultRewind.sol. */
export function rewindVault(state: VaultState, call: Call<'rewind-vault'>, at: VaultRewindPlace): VaultDraft | string {
  const next = beginRewind(state.replica, call, at.edge, at);
  if (typeof next === 'string') return next;
  const draft = new VaultDraft(state, at.place);
  draft.replica = next;
  const { edge: name, count, head } = call.point;
  draft.facts.push({ kind: 'rewinding', name: state.replica.name, next: name, count, head });
  return draft;
}

/** Takes the last entries back; with the last step the replica opens under its next name. */
export function unwindVault(
  state: VaultState,
  call: Call<'unwind-vault'>,
  { place, verifier }: VaultRewindPlace,
): VaultDraft | string {
  const step = retreat(state.replica, call);
  if (typeof step === 'string') return step;
  const draft = new VaultDraft(state, place);
  for (let at = step.entries.length; at > 0; at--) unwindOne(draft, BigInt(step.before + at), verifier);
  draft.facts.push({ kind: 'unwound', count: BigInt(step.before) });
  const open = opened(step.replica, verifier);
  draft.replica = open ?? step.replica;
  if (open === undefined) return draft;
  const { name, generation } = open;
  draft.facts.push({ kind: 'edge-opened', name, previous: state.replica.name, generation });
  return draft;
}

/** A stopped release whose REFUND is in the journal stays stopped. */
function unwindOne(draft: VaultDraft, seq: bigint, { plant }: VerifierModel): void {
  const held = draft.payments.get(seq);
  if (held === undefined) return;
  const { asset, amount, party } = wordsOf(held.packed);
  if (isLoss(held)) return unwindLoss(draft, held, { asset, found: BigInt(party) !== 0n });
  if (held.state === 'queued' || held.state === 'claimable') {
    if (plant === 'keep-queued') return;
    draft.put({ ...held, state: 'void' });
    draft.facts.push({ kind: 'voided', seq, units: amount });
  } else if (held.state === 'paid') {
    const hash = entryHashOf(held.packed);
    if (plant !== 'void-paid') draft.paidOrphans.set(hash, (draft.paidOrphans.get(hash) ?? 0) + 1);
    draft.add('accounted', asset, amount);
    draft.add('paid', asset, -amount);
    draft.put({ ...held, state: 'void' });
    draft.facts.push({ kind: 'paid-past-point', seq, units: amount });
  } else if (held.state === 'stopped' && !held.isRefunded) {
    draft.put({ ...held, state: 'void', wasStopped: true });
    draft.facts.push({ kind: 'voided', seq, units: 0n });
  }
}

function unwindLoss(draft: VaultDraft, held: PaymentModel, { asset, found }: { asset: number; found: boolean }): void {
  const units = draft.lossOf.get(held.seq) ?? 0n;
  if (held.state === 'paid') {
    const free = draft.freeOf(asset);
    draft.add('accounted', asset, found ? units : -(units < free ? units : free));
  } else if (held.state !== 'queued' && held.state !== 'stopped') return;
  draft.put({ ...held, state: 'void' });
  draft.facts.push({ kind: 'voided', seq: held.seq, units: 0n });
}

/** Settles a release that comes again without queueing it; false if it is queued as ever. @source PROTOCOL 9.3 */
export function settleAgain(
  draft: VaultDraft,
  { seq, packed }: { readonly seq: bigint; readonly packed: Uint8Array },
  { place, verifier }: Omit<VaultRewindPlace, 'edge'>,
): boolean {
  const held = draft.payments.get(seq);
  const refund = keptHash({ packed, state: 'stopped' });
  const isSame = held !== undefined && held.state === 'stopped' && !isLoss(held) && keptHash(held) === refund;
  if (isSame && verifier.plant === 'stopped-queued-again') return false;
  if (isSame) {
    draft.put({ ...held, packed });
    return true;
  }
  keepRefund(draft, seq);
  if (draft.refundedBefore.has(`${seq}:${refund}`)) {
    const readyAtS = place.timestampS + REFUND_AFTER_S;
    draft.put({ seq, packed, readyAtS, paidAtS: 0, state: 'stopped', isRefunded: true });
    draft.facts.push({ kind: 'stopped', seq });
    return true;
  }
  const hash = entryHashOf(packed);
  const left = draft.paidOrphans.get(hash) ?? 0;
  const { asset, amount } = wordsOf(packed);
  if (left === 0 || amount > draft.freeOf(asset)) return false;
  draft.paidOrphans.set(hash, left - (verifier.plant === 'settle-twice' ? 0 : 1));
  draft.add('accounted', asset, -amount);
  draft.add('paid', asset, amount);
  const paidAtS = place.timestampS;
  draft.put({ seq, packed, readyAtS: paidAtS, paidAtS, state: 'paid', isRefunded: false });
  draft.facts.push({ kind: 'settled', seq, units: amount });
  return true;
}

/** Keeps in mind which refund a number has had, before another payment takes it. */
export function keepRefund(draft: VaultDraft, seq: bigint): void {
  const held = draft.payments.get(seq);
  if (held?.state === 'stopped' && !isLoss(held)) draft.refundedBefore.add(`${seq}:${keptHash(held)}`);
}

/** Takes over a loss that the ledger told of, and reports. */
export function takeLoss(
  state: VaultState,
  { seq, packed }: Call<'take-loss'>,
  { place, verifier }: Omit<VaultRewindPlace, 'edge'>,
): VaultDraft | string {
  const held = state.payments.get(seq);
  if (held === undefined || held.state !== 'queued' || !isLoss(held)) return 'PaymentStateMismatch';
  if (!Buffer.from(held.packed).equals(Buffer.from(packed))) return 'EntryMismatch';
  if (place.timestampS < held.readyAtS) return 'NotReady';
  const draft = new VaultDraft(state, place);
  const { asset, amount, party } = wordsOf(packed);
  const found = BigInt(party) !== 0n;
  const free = draft.freeOf(asset);
  const units = found && free < amount ? free : amount;
  if (verifier.plant !== 'loss-not-taken') draft.add('accounted', asset, found ? -units : units);
  draft.lossOf.set(seq, units);
  draft.put({ ...held, state: 'paid', paidAtS: place.timestampS });
  draft.facts.push({ kind: 'loss-taken', seq, asset, units, found });
  draft.report(asset, seq);
  return draft;
}
