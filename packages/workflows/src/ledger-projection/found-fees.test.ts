import { type Bytes32, ENTRY_BYTES, bytes32, bytesToHex, foldJournal, packEntries } from '@surety/domain';
import { expect, it } from 'vitest';
import { EDGE, amounts, applied, folded, keccak256, lock } from '../testing/ledger-facts.js';
import type { LedgerFact } from './ledger-fact.js';

const NEXT = bytes32(`0x${'e5'.repeat(32)}`);

it('two identical locks that were taken back come again without their fees, whichever is logged as spent', () => {
  const one = lock(2, 50n, 1, 5n);
  const held = [lock(1, 100n), one, one];
  const packed = packEntries(held);
  const bytes = (_: Bytes32, from: bigint, to: bigint): Uint8Array =>
    packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
  const state = folded(held, applied(held, 0, 3));
  const entryHash = bytesToHex(keccak256(packEntries([one]))) as Bytes32;
  const { head } = foldJournal({ count: 0n, head: EDGE }, packEntries(held.slice(0, 1)), keccak256);
  const named = { source: 1, entryHash, vaultAsset: 1 };
  const orphaned = (seq: bigint): LedgerFact => ({ kind: 'orphaned', ...named, seq, units: 50n });
  const taken: LedgerFact = { kind: 'taken-back', ...named, account: one.account, taken: 45n, missing: 5n };
  const found = (seq: bigint, units: bigint): LedgerFact => ({ kind: 'found', ...named, seq, units });
  const back: LedgerFact[] = [
    { kind: 'rewinding', source: 1, edge: EDGE, next: NEXT, count: 1n, head },
    orphaned(3n),
    orphaned(2n),
    { kind: 'unwound', source: 1, count: 1n },
    { kind: 'edge-opened', source: 1, edge: NEXT, previous: EDGE, generation: 1 },
  ];
  const again = { ...applied(held, 1, 3), edge: NEXT } as LedgerFact;
  const unwound = { entryAt: () => packEntries([one]), atS: 5_000n };
  state.apply([...back, taken, taken, found(2n, 10n), found(3n, 0n), again], bytes, unwound);
  // Relayers already had both fees: the ledger credits the second lock completely to its account, of which nothing was
  // spent.
  expect(amounts(state)).toEqual({ '1:4': 100n, '2:4': 90n, '99:4': 10n });
});
