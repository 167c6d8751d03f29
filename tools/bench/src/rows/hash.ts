import { keccak_256 } from '@noble/hashes/sha3.js';
import { keccak256 } from '@surety/contracts';
import { ENTRY_BYTES, ZERO_WORD, foldJournal } from '@surety/domain';
import { alternate } from '../alternate.js';
import type { Measurement } from '../row.js';

const ENTRIES = 20_000;

/** Chaining journal entries with the project's hash and with noble's. */
export const hashRow: Measurement = {
  ids: ['hash.chain'],
  measure: async () => {
    const packed = Uint8Array.from({ length: ENTRIES * ENTRY_BYTES }, (_, at) => (at * 31) & 0xff);
    const fold = (hash: (bytes: Uint8Array) => Uint8Array) => () =>
      foldJournal({ count: 0n, head: ZERO_WORD }, packed, hash).head;
    return [
      await alternate({
        id: 'hash.chain',
        subject: { items: ENTRIES, run: fold(keccak256) },
        reference: { items: ENTRIES, run: fold(keccak_256) },
        unit: 'entries/s',
        against: 'noble',
      }),
    ];
  },
};
