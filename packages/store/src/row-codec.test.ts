import { type BlockHeight, type Hex, type TxHash } from '@surety/domain';
import { expect, it } from 'vitest';
import { entryFactOf, entryRow } from './row-codec.js';
import { EDGE, HASH, word } from './testing/store-facts.js';

it('gives no location whose log index no block has, and keeps the entry', () => {
  const location = {
    index: 1n,
    blockHeight: 1n as BlockHeight,
    blockHash: HASH,
    txHash: word(901) as Hex as TxHash,
    logIndex: 2 ** 31 - 1,
  };
  const entry = { edge: EDGE, index: 1n, packed: new Uint8Array(95), head: word(1), account: word(7), location };
  expect(entryFactOf(entryRow(entry))).toEqual(entry);
  const { location: _, ...rest } = entry;
  expect(entryFactOf(Object.assign(entryRow(entry), { logIndex: 2 ** 31 }))).toEqual(rest);
});
