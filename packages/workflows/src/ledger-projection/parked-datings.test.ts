import { expect, it } from 'vitest';
import type { LedgerFact } from './ledger-fact.js';
import { DATINGS_HELD_MAX } from './limits.js';
import { ParkedDatings } from './parked-datings.js';

const postponed = (index: bigint): LedgerFact => ({ kind: 'postponed', source: 1, index, reason: 'UNCONFIRMED' });
const credit = { source: 1, index: 7n };

it('gives the block of the last fact about a credit, or about all of its source', () => {
  const datings = new ParkedDatings();
  expect(datings.heightOf(credit)).toBe(0n);
  datings.note([postponed(7n), postponed(8n)], 5n);
  datings.note([postponed(8n)], 6n);
  expect([datings.heightOf(credit), datings.heightOf({ source: 2, index: 7n })]).toEqual([5n, 0n]);
  datings.note([{ kind: 'source-state', source: 1, state: 'CONTESTED', until: 0n, cause: 'conflict' }], 9n);
  expect(datings.heightOf(credit)).toBe(9n);
});

it('counts a forgotten fact as about everything', () => {
  const datings = new ParkedDatings();
  datings.note([postponed(7n)], 5n);
  datings.note(
    Array.from({ length: DATINGS_HELD_MAX }, (_, at) => postponed(BigInt(100 + at))),
    6n,
  );
  expect([datings.heightOf(credit), datings.heightOf({ source: 2, index: 1n })]).toEqual([5n, 5n]);
});
