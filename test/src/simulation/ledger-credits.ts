import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytesToHex } from '@surety/domain';
import type { ParkReason } from '@surety/workflows';
import { type EntryWords, wordsOf } from './journal-model.js';
import {
  type LedgerDraft,
  type ParkedModel,
  WHOLE,
  assetIdOf,
  coverageIn,
  isListed,
  orphanOf,
} from './ledger-state.js';
import type { PlantName } from './plants.js';

/** A line takes at most this much. */
const LINE_CAP = 5_000_000n;
const LOCK = 1;
const REFUND = 2;
const SHORTFALL = 3;
/** Parked fees lie above the numbers of entries. */
const PARKED_FEES = 2n ** 95n;
/** Credits of one batch that a limit of time would let in; only a planted bug has such a limit. */
const PLANTED_BUCKET = 3_000_000n;

/** Where a batch is credited. */
export interface BatchPlace {
  readonly source: number;
  readonly generation: number;
  readonly timestampS: number;
  readonly plant: PlantName | undefined;
}

/** Returns the hash by which entries of the same bytes are known. */
export function entryHashOf(packed: Uint8Array): Bytes32 {
  return bytesToHex(keccak256(packed)) as Bytes32;
}

/** The effects of one batch's entries, written after LedgerReplay.sol and LedgerKinds.sol. */
export class Credits {
  readonly #draft: LedgerDraft;
  readonly #at: BatchPlace;
  /** True if an entry was refused, for which the edge is held. */
  hasRefused = false;
  readonly #fees = new Map<number, { readonly sum: bigint; readonly last: bigint }>();
  #bucket = 0n;

  constructor(draft: LedgerDraft, at: BatchPlace) {
    this.#draft = draft;
    this.#at = at;
  }

  /** Gives an entry its effect. */
  take(packed: Uint8Array, index: bigint): void {
    const { source, plant } = this.#at;
    const words = wordsOf(packed);
    const entryHash = entryHashOf(packed);
    const { count } = orphanOf(this.#draft, source, entryHash);
    if (count > 0 && plant !== 'come-again-credits') {
      // A planted bug lets one orphan use up every entry of its bytes.
      this.#draft.orphan(source, entryHash, () => ({ count: plant === 'orphan-matches-twice' ? count : count - 1 }));
      if (plant !== 'orphan-stays-counted')
        this.#draft.open(source, words.asset, ({ orphaned }) => ({ orphaned: orphaned - words.amount }));
      this.#draft.facts.push({
        kind: 'came-again',
        source,
        seq: index,
        entryHash,
        vaultAsset: words.asset,
        units: words.amount,
      });
      return;
    }
    if (words.kind === LOCK) return this.#lock(words, entryHash, index);
    if (words.kind === REFUND && words.fee === 0n) return this.#refund(words, entryHash, index);
    if (words.kind === SHORTFALL && words.fee === 0n) return this.#report(words, index);
    this.#refuse(index);
  }

  /** Credits the fees of the batch, or parks them. */
  settleFees(feeTo: Bytes32): void {
    const { source, generation } = this.#at;
    for (const [asset, { sum, last }] of this.#fees) {
      const held = this.#draft.lines.get(`${feeTo}:${assetIdOf(source, asset)}`)?.amount ?? 0n;
      if (held + sum <= LINE_CAP) {
        this.#draft.credit(feeTo, assetIdOf(source, asset), sum);
        continue;
      }
      const index = PARKED_FEES | (BigInt(generation) << 64n) | last;
      this.#park({ source, index, account: feeTo, vaultAsset: asset, amount: sum, fee: 0n, reason: 'FEE' });
    }
  }

  #lock(words: EntryWords, entryHash: Bytes32, index: bigint): void {
    const { asset, amount, fee } = words;
    if (asset === 0 || fee > amount || amount >= 1n << 104n) return this.#refuse(index);
    this.#credit(words, entryHash, { index, countsAgainstCaps: true });
  }

  /** Gives back what a release took, if the ledger still keeps its record. */
  #refund(words: EntryWords, entryHash: Bytes32, index: bigint): void {
    const { source, plant } = this.#at;
    const { asset, account, amount, party } = words;
    const seq = BigInt(party);
    const key = `${source}:${seq}`;
    const record = this.#draft.released.get(key);
    if (record?.asset !== asset || record.amount !== amount || record.account !== account) {
      this.#draft.ineffective.add(`${source}:${index}`);
      this.#draft.facts.push({ kind: 'refund-unmatched', source, seq, account, vaultAsset: asset, amount });
      this.hasRefused ||= plant === 'quarantine-by-refund';
      return;
    }
    if (plant !== 'refund-twice') this.#draft.released.delete(key);
    const given = plant === 'refund-twice' ? { ...words, amount: 2n * amount } : words;
    this.#credit(given, entryHash, { index, countsAgainstCaps: false });
    const assetId = isListed(asset) ? assetIdOf(source, asset) : 0;
    this.#draft.facts.push({ kind: 'refunded', source, seq, account, assetId, amount });
  }

  /** Without witnesses no less than is in force counts at once; less impairs the asset. */
  #report({ asset, amount, party }: EntryWords, index: bigint): void {
    const { source, timestampS, plant } = this.#at;
    const accounted = BigInt(party) & (2n ** 128n - 1n);
    const answers = BigInt(party) >> 128n;
    if (asset === 0 || amount > accounted) return this.#refuse(index);
    const reported = amount === 0n ? WHOLE : ((accounted - amount) * WHOLE) / accounted;
    const kept = coverageIn(this.#draft, source, asset);
    let { inForce, since, saidSeq, lostSeq } = kept;
    const isLess = reported < inForce;
    if (isLess && (since === 0 || saidSeq === 0n)) since = timestampS;
    const isAnswer = answers !== 0n && answers === lostSeq;
    if (reported !== kept.reported || saidSeq === 0n) saidSeq = index;
    if (isAnswer) {
      this.#draft.answers.set(`${source}:${index}`, answers);
      this.#draft.facts.push({ kind: 'loss-settled', source, vaultAsset: asset, lostSeq });
      lostSeq = 0n;
    }
    if (!isLess && plant !== 'coverage-never-rises') [inForce, since] = [reported, 0];
    if (isLess && plant === 'report-counts-at-once') [inForce, since] = [reported, 0];
    this.#draft.cover(source, asset, { inForce, reported, since, saidSeq, lostSeq });
    const told = { coverageWad: reported, inForceWad: inForce, impairedSince: BigInt(since) };
    this.#draft.facts.push({ kind: 'coverage-reported', source, vaultAsset: asset, ...told });
  }

  #credit(
    words: EntryWords,
    entryHash: Bytes32,
    { index, countsAgainstCaps }: { index: bigint; countsAgainstCaps: boolean },
  ): void {
    const { source, plant } = this.#at;
    const { asset, account } = words;
    const { amount, fee } = this.#lessSpent(words, entryHash, index);
    if (amount === 0n) return;
    const parked = { source, index, account, vaultAsset: asset, amount, fee };
    if (!isListed(asset)) return this.#park({ ...parked, reason: 'UNLISTED' });
    const reason = countsAgainstCaps ? this.#heldBack(words, amount) : undefined;
    if (reason !== undefined) return this.#park({ ...parked, reason });
    this.#draft.credit(account, assetIdOf(source, asset), plant === 'credit-fee-twice' ? amount : amount - fee);
    if (fee > 0n) this.#fees.set(asset, { sum: (this.#fees.get(asset)?.sum ?? 0n) + fee, last: index });
  }

  /** Why a credit has to wait. An impaired asset takes none; what others brought is no reason but for a planted bug. */
  #heldBack({ account, asset }: EntryWords, amount: bigint): ParkReason | undefined {
    const { source, plant } = this.#at;
    const line = this.#draft.lines.get(`${account}:${assetIdOf(source, asset)}`)?.amount ?? 0n;
    if (coverageIn(this.#draft, source, asset).since !== 0 || line + amount > LINE_CAP) return 'CAP';
    this.#bucket += amount;
    return plant === 'rescue-waits-for-others' && this.#bucket > PLANTED_BUCKET ? 'LIMIT' : undefined;
  }

  /** Lessens an entry that was taken back by what was not there of it: that its account has had, and its relayer the fee. */
  #lessSpent(words: EntryWords, entryHash: Bytes32, index: bigint): { amount: bigint; fee: bigint } {
    const { source, plant } = this.#at;
    const { asset, amount, fee } = words;
    const { taken, spent } = orphanOf(this.#draft, source, entryHash);
    if (taken === 0 || plant === 'spent-credited-again') return { amount, fee };
    const units = spent < amount ? spent : amount;
    this.#draft.orphan(source, entryHash, () => ({ taken: taken - 1, spent: spent - units }));
    this.#draft.open(source, asset, ({ missing, found }) => ({
      missing: missing > units ? missing - units : 0n,
      found: units > missing ? found + units - missing : found,
    }));
    this.#draft.facts.push({ kind: 'found', source, seq: index, entryHash, vaultAsset: asset, units });
    return { amount: amount - units, fee: 0n };
  }

  #park(parked: ParkedModel): void {
    if (this.#at.plant !== 'lose-parked') this.#draft.parked.set(`${parked.source}:${parked.index}`, parked);
    this.#draft.facts.push({ kind: 'parked', ...parked });
  }

  #refuse(index: bigint): void {
    const { source } = this.#at;
    this.#draft.ineffective.add(`${source}:${index}`);
    this.#draft.facts.push({ kind: 'refused', source, index });
    this.hasRefused = true;
  }
}
