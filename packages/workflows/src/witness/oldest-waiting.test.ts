import { bytes32 } from '@surety/domain';
import { beforeEach, expect, test } from 'vitest';
import type { ParkedCredit } from '../ports/ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { oldestCredit, oldestPayment } from './oldest-waiting.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const NEXT = 1n << 64n;
const NOTHING = new Uint8Array();
let vault: FakeVault;

beforeEach(() => {
  vault = new FakeVault({ edge: EDGE, source: 1, keccak256: () => new Uint8Array(32) });
});

const credit = (index: bigint, reason = 'UNCONFIRMED'): ParkedCredit => ({
  index,
  vaultAsset: 1,
  amount: 1n,
  fee: 0n,
  reason,
});
const credits = (...parked: ParkedCredit[]) => oldestCredit([{ readParked: async () => parked }], 1);

test('the credit that has waited longest for a confirmation past a count, of the generation of now', async () => {
  const hints = credits(credit(1n), credit(NEXT + 2n, 'CAP'), credit(NEXT + 3n), credit(NEXT + 5n));
  expect(await hints.readOldest(0n, 0)).toBe(NEXT + 3n);
  expect(await hints.readOldest(3n, 0)).toBe(NEXT + 5n);
  expect(await hints.readOldest(5n, 0)).toBeUndefined();
  expect(await oldestCredit([], 1).readOldest(0n, 0)).toBeUndefined();
});

test('the payment that has waited longest, by the vault’s own word', async () => {
  const open = [1n, NEXT + 1n, NEXT + 2n, NEXT + 4n].map((seq) => ({ seq, packed: NOTHING, readyAt: 0n }));
  for (const { seq } of open) {
    vault.waits = seq !== NEXT + 1n;
    vault.queue(seq, NOTHING);
  }
  const oldest = oldestPayment([{ readPayments: async () => open }], { edge: EDGE, vault });
  expect(await oldest.readOldest(0n, 0)).toBe(NEXT + 2n);
  expect(await oldest.readOldest(2n, 0)).toBe(NEXT + 4n);
  vault.payments.set(NEXT + 4n, { entryHash: '0x', readyAt: 0n, state: 'PAID', waits: true });
  expect(await oldest.readOldest(2n, 0)).toBeUndefined();
  expect(await oldestPayment([], { edge: EDGE, vault }).readOldest(0n, 0)).toBeUndefined();
});

test('what waits behind pages of others is found', async () => {
  const listed = [...Array.from({ length: 600 }, (_, at) => credit(BigInt(at + 1), 'CAP')), credit(700n)];
  const paged = {
    readParked: async (_: number, after: bigint) => listed.filter(({ index }) => index > after).slice(0, 256),
  };
  expect(await oldestCredit([paged], 1).readOldest(0n, 0)).toBe(700n);
});

test('each pass asks another, for all witnesses alike', async () => {
  const hides = { readParked: async () => [] };
  const hints = oldestCredit([hides, { readParked: async () => [credit(1n)] }], 1);
  for (let pass = 0; pass < 4; pass++) {
    const seen = [await hints.readOldest(0n, pass), await hints.readOldest(0n, pass)];
    expect(seen).toEqual(pass % 2 === 0 ? [undefined, undefined] : [1n, 1n]);
  }
});

test('neither a date far ahead nor very many that do not wait hide a payment that was due long ago', async () => {
  const open = Array.from({ length: 41 }, (_, at) => ({
    seq: BigInt(at + 1),
    packed: NOTHING,
    readyAt: at === 0 ? 9_000n : BigInt(at),
  }));
  for (const { seq } of open) {
    vault.waits = seq === 1n || seq === 41n;
    vault.queue(seq, NOTHING);
  }
  const oldest = oldestPayment([{ readPayments: async () => open }], { edge: EDGE, vault });
  expect(await oldest.readOldest(0n, 0)).toBeUndefined();
  expect(await oldest.readOldest(0n, 1)).toBe(41n);
});
