import { keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  bytes32,
  bytesToHex,
  concatBytes,
  foldHeads,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import type { ExitMark } from './cut-run.js';
import { type ExitState, type ExitVault, readRun } from './exit-vault.js';

/** Slot of `marks` in the exit's namespace. @source ExitStorage.NAMESPACE, four slots before it */
const MARKS_SLOT = bytes32('0xc4468c1577730dfd16fc8d690f79e46bc3c6598b645d04fcbd6c273ca2790804');
/** Questions to a provider at a time. */
const ASKED_AT_ONCE = 32;

/** Entries of the vault's own journal that lead to a head which the vault knows. */
export interface KnownRun {
  readonly packed: Uint8Array;
  /** The journal's end, to keep first where the vault keeps no head of the run: the next lock moves the end on. */
  readonly end: ExitMark | undefined;
}

/**
 * Reads the vault's own journal from a position to the newest head that the vault keeps, or to its end where it keeps none. The end is a
 * poor goal: anyone moves it with the smallest lock, between the reading and the block of the transaction.
 * @param least fewest entries of the answer
 * @throws PROVIDER_FAILED.
 */
export async function readKnownRun(
  place: ExitVault,
  { journal: tip }: Pick<ExitState, 'journal'>,
  { after, least }: { readonly after: JournalPosition; readonly least: number },
): Promise<KnownRun> {
  const { packed } = await readRun(place, 'to-ledger', { after, tip });
  const { edgeId: edge } = place.logsOf('to-ledger');
  const heads = [after.head, ...foldHeads(after, packed, keccak256)];
  for (let before = heads.length; before > least; before -= ASKED_AT_ONCE) {
    const from = Math.max(least, before - ASKED_AT_ONCE);
    const kept = await Promise.all(
      heads.slice(from, before).map((_, at) => readMark(place, edge, after.count + BigInt(from + at))),
    );
    const found = kept.findLastIndex((head, at) => head === heads[from + at]);
    if (found !== -1) return { packed: packed.subarray(0, (from + found) * ENTRY_BYTES), end: undefined };
  }
  return { packed, end: { edge, ...tip, entries: '0x' } };
}

/** Reads the head that the vault keeps at a count of its own journal, 0 for none. @source ExitStorage.marks */
async function readMark({ client, vault }: ExitVault, edge: Bytes32, count: bigint): Promise<Bytes32> {
  const book = keccak256(concatBytes(hexToBytes(edge), hexToBytes(MARKS_SLOT)));
  const slot = bytesToHex(keccak256(concatBytes(uintToBytes(count, 32), book)));
  return bytes32((await client.getStorageAt({ address: vault, slot })) ?? `0x${'00'.repeat(32)}`);
}
