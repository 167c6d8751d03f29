import { keccak256 } from '@surety/contracts';
import { type Bytes32, ENTRY_BYTES, bytes32, concatBytes, foldJournal } from '@surety/domain';

/** The edge of lettered entries. */
export const LETTERED_EDGE: Bytes32 = bytes32(`0x${'e1'.repeat(32)}`);

/** Packs entries of which each is filled with one letter. */
export const entriesOf = (letters: string): Uint8Array =>
  concatBytes(...letters.split('').map((letter) => new Uint8Array(ENTRY_BYTES).fill(letter.charCodeAt(0))));

/** Names the letters of packed entries. */
export const lettersOf = (packed: Uint8Array): string =>
  Array.from({ length: packed.length / ENTRY_BYTES }, (_, at) =>
    String.fromCharCode(packed[at * ENTRY_BYTES] ?? 0),
  ).join('');

/** Returns the head of the edge's journal after some letters. */
export const headOf = (letters: string): Bytes32 =>
  foldJournal({ count: 0n, head: LETTERED_EDGE }, entriesOf(letters), keccak256).head;
