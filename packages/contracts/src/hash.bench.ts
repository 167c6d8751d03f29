import { ENTRY_BYTES, type JournalPosition, ZERO_WORD, foldJournal } from '@surety/domain';
import { keccak256 as viemKeccak256 } from 'viem';
import { bench, describe } from 'vitest';
import { keccak256 } from './hash.js';

const ENTRIES = 2_000;
const start: JournalPosition = { count: 0n, head: ZERO_WORD };
const packed = Uint8Array.from({ length: ENTRIES * ENTRY_BYTES }, (_, at) => (at * 31) & 0xff);
const viemBytes = (bytes: Uint8Array): Uint8Array => viemKeccak256(bytes, 'bytes');

// A speed is worth nothing for a wrong answer.
if (foldJournal(start, packed, keccak256).head !== foldJournal(start, packed, viemBytes).head)
  throw new Error('the heads differ');

describe(`chaining ${ENTRIES} journal entries`, () => {
  bench('with the project’s keccak-256 (WebAssembly, one reused instance)', () => {
    foldJournal(start, packed, keccak256);
  });
  bench('with viem’s keccak-256', () => {
    foldJournal(start, packed, viemBytes);
  });
});
