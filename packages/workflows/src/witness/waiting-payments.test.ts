import { ZERO_WORD, bytes32, packEntry, tokenUnits } from '@surety/domain';
import { beforeEach, describe, expect, test } from 'vitest';
import type { OpenPayment } from '../ports/aggregator-api.js';
import type { ReadWorths } from '../ports/witness.js';
import type { PaymentHints } from '../ports/vault.js';
import { FakeVault } from '../testing/fake-vault.js';
import { PAYMENT_PAGE, PAYMENT_PAGES_MAX } from '../relay/limits.js';
import { waitingPayments } from './waiting-payments.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const NOTHING = new Uint8Array();
let vault: FakeVault;
let listed: OpenPayment[];

const hints: PaymentHints = {
  readPayments: async (_edge, afterSeq) => listed.filter(({ seq }) => seq > afterSeq).slice(0, PAYMENT_PAGE),
};
/** One unit is worth one wei. */
const readWorths: ReadWorths = async (amounts) => amounts.map(({ units }) => units);
const look = (...asked: PaymentHints[]) => waitingPayments({ edge: EDGE, hints: asked, vault, readWorths });

beforeEach(() => {
  vault = new FakeVault({ edge: EDGE, source: 1, keccak256: () => new Uint8Array(32) });
  listed = [];
});

/** Records a payment at the vault and lists it. */
function record(seq: bigint, waits: boolean): void {
  vault.waits = waits;
  vault.queue(seq, NOTHING);
  listed.push({ seq, packed: NOTHING, readyAt: 0n });
}

describe('nothing waits', () => {
  test.each([
    ['where no payment is open', () => undefined],
    ['where those that are open are within the fast limit', () => record(1n, false)],
    ['where its count is confirmed', () => (record(1n, true), (vault.confirmed = 1n))],
    ['where the vault knows no such payment', () => void listed.push({ seq: 1n, packed: NOTHING, readyAt: 0n })],
    ['where it is paid', () => (record(1n, true), vault.payments.set(1n, { ...paid() }))],
  ])('%s', async (_name, arrange) => {
    arrange();
    expect(await look(hints).readWaiting()).toEqual([]);
  });

  test('if no hint lists payments', async () => {
    expect(await look().readWaiting()).toEqual([]);
  });
});

const paid = () => ({ entryHash: '0x', readyAt: 0n, state: 'PAID', waits: true, isRefunded: false }) as const;

test('waiting payments are listed by their counts', async () => {
  record(1n, true);
  record(2n, true);
  record(3n, false);
  expect(await look(hints).readWaiting()).toEqual([
    { count: 2n, worthWei: null },
    { count: 1n, worthWei: null },
  ]);
});

test('another payment with the same index, after a rewind, is read again', async () => {
  record(1n, false);
  const waiting = look(hints);
  expect(await waiting.readWaiting()).toEqual([]);
  vault.waits = true;
  vault.queue(1n, NOTHING);
  listed = [{ seq: 1n, packed: NOTHING, readyAt: 7n }];
  expect(await waiting.readWaiting()).toEqual([{ count: 1n, worthWei: null }]);
});

test('a payment that does not wait is read once', async () => {
  record(1n, false);
  const waiting = look(hints);
  await waiting.readWaiting();
  await waiting.readWaiting();
  expect(vault.reads).toBe(1);
});

test('hints are read in turn, each from where its last pages ended', async () => {
  for (let seq = 1n; seq <= BigInt(PAYMENT_PAGE * PAYMENT_PAGES_MAX); seq++) record(seq, false);
  record(9_999n, true);
  const silent: PaymentHints = { readPayments: async () => [] };
  const waiting = look(hints, silent);
  expect(await waiting.readWaiting()).toEqual([]);
  expect(await waiting.readWaiting()).toEqual([]);
  expect(await waiting.readWaiting()).toEqual([{ count: 9_999n, worthWei: null }]);
});

test('waiting payments are listed with their worth, the newest sixteen at most', async () => {
  const release = (units: bigint) =>
    packEntry({
      kind: 'RELEASE',
      asset: 1,
      amount: tokenUnits(units),
      fee: tokenUnits(0n),
      account: bytes32(ZERO_WORD),
      party: bytes32(ZERO_WORD),
    });
  for (let seq = 1n; seq <= 40n; seq++) {
    vault.waits = seq % 2n === 0n;
    vault.queue(seq, NOTHING);
    listed.push({ seq, packed: release(seq * 10n), readyAt: 0n });
  }
  const found = await look(hints).readWaiting();
  expect(found).toHaveLength(16);
  expect([found[0], found[15]]).toEqual([
    { count: 40n, worthWei: 400n },
    { count: 10n, worthWei: 100n },
  ]);
});
