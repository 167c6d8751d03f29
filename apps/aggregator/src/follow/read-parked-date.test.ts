import { expect, it } from 'vitest';
import { readParkedDate } from './read-parked-date.js';

type Ask = Parameters<typeof readParkedDate>[1];

const CREDIT = { source: 1, index: 7n };
const PARKED = { reason: 1, parkedAt: 1_000_000, readyAt: 1_604_800 };

async function read(parked: object, conflictAt = 0): Promise<bigint | undefined> {
  return readParkedDate(CREDIT, (async (name: string) =>
    name === 'parkedOf' ? parked : [5n, conflictAt]) as unknown as Ask);
}

it('is the ledger’s own date, and a week after it or after the conflict if a witness conflicted since', async () => {
  expect(await read(PARKED)).toBe(1_604_800n);
  expect(await read(PARKED, 999_999)).toBe(1_604_800n);
  expect(await read(PARKED, 1_000_000)).toBe(2_209_600n);
  expect(await read(PARKED, 1_700_000)).toBe(2_304_800n);
});

it('is not put off for a credit that waits for its season, and 0 where the ledger names none', async () => {
  expect(await read({ ...PARKED, reason: 6 }, 1_700_000)).toBe(1_604_800n);
  expect(await read({ ...PARKED, readyAt: 0 }, 1_700_000)).toBe(0n);
});
