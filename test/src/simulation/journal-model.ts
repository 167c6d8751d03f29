import { keccak256 } from '@surety/contracts';
import { type Bytes32, type TxHash, bytesToHex, bytesToUint } from '@surety/domain';

/** One entry of a modelled journal, with the head after it and where it stands. */
export interface JournalLine {
  readonly packed: Uint8Array;
  readonly head: Bytes32;
  readonly height: number;
  readonly txHash: TxHash;
  readonly logIndex: number;
}

/** An append-only log of one edge. */
export interface JournalModel {
  readonly edge: Bytes32;
  readonly lines: readonly JournalLine[];
}

/** What an entry says, read straight from its 95 bytes: kind, asset, amount, account, party, fee. */
export interface EntryWords {
  readonly kind: number;
  readonly asset: number;
  readonly amount: bigint;
  readonly account: Bytes32;
  readonly party: Bytes32;
  readonly fee: bigint;
}

/** Reads the words of an entry. @source PROTOCOL section 3 */
export function wordsOf(packed: Uint8Array): EntryWords {
  return {
    kind: packed[0] ?? 0,
    asset: Number(bytesToUint(packed.subarray(1, 3))),
    amount: bytesToUint(packed.subarray(3, 19)),
    account: bytesToHex(packed.subarray(19, 51)) as Bytes32,
    party: bytesToHex(packed.subarray(51, 83)) as Bytes32,
    fee: bytesToUint(packed.subarray(83, 95)),
  };
}

/** Writes an entry's 95 bytes. */
export function packWords(words: EntryWords): Uint8Array {
  const hex =
    words.kind.toString(16).padStart(2, '0') +
    words.asset.toString(16).padStart(4, '0') +
    words.amount.toString(16).padStart(32, '0') +
    words.account.slice(2) +
    words.party.slice(2) +
    words.fee.toString(16).padStart(24, '0');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Gives head[n] of head[n − 1] and an entry. */
export function nextHead(head: Bytes32, packed: Uint8Array): Bytes32 {
  return bytesToHex(keccak256(Buffer.concat([Buffer.from(head.slice(2), 'hex'), packed]))) as Bytes32;
}

/** Returns the journal with one more entry. */
export function append(
  journal: JournalModel,
  packed: Uint8Array,
  place: Omit<JournalLine, 'packed' | 'head'>,
): JournalModel {
  const head = nextHead(headOf(journal), packed);
  return { ...journal, lines: [...journal.lines, { packed, head, ...place }] };
}

/** Returns the head after the first `count` entries, or after all. */
export function headOf(journal: JournalModel, count = journal.lines.length): Bytes32 {
  return count === 0 ? journal.edge : (journal.lines[count - 1] as JournalLine).head;
}
