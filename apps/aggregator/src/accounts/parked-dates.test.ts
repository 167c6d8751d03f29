import { type LedgerFollower, type ParkedCreditFact, ParkedDatings, type SettlementReader } from '@surety/workflows';
import { expect, it } from 'vitest';
import { finalBlockOf } from '../testing/fake-settlement-reader.js';
import { testAccount } from '../testing/test-attesters.js';
import { ParkedDates } from './parked-dates.js';

const CREDIT: ParkedCreditFact = {
  source: 1,
  index: 7n,
  account: testAccount(1),
  vaultAsset: 1,
  amount: 1_000n,
  fee: 0n,
  reason: 'SEASON',
  isSummed: true,
};
const READY_AT = 1_700_003_600n;

interface Pending {
  readonly resolve: (date: bigint) => void;
  readonly reject: (cause: Error) => void;
}

/** Dates that a test answers by hand. */
function start() {
  const pending: Pending[] = [];
  const reader: Pick<SettlementReader, 'readParkedDate'> = {
    readParkedDate: () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
  };
  const datings = new ParkedDatings();
  const follower = { snapshot: { block: finalBlockOf(99, 7n) }, datings };
  const fold = (height: bigint): void => {
    datings.note([{ kind: 'postponed', source: 1, index: CREDIT.index, reason: CREDIT.reason }], height);
    follower.snapshot = { block: finalBlockOf(99, height) };
  };
  const state = { nowMs: 0 };
  const clock = { nowMs: () => state.nowMs, elapsedMs: () => state.nowMs, sleep: () => Promise.resolve() };
  const dates = new ParkedDates(reader as SettlementReader, follower as LedgerFollower, clock);
  return { pending, fold, state, dates };
}

it('reads a date once for all who ask until it is read, and never again', async () => {
  const { pending, dates } = start();
  const asked = [dates.of([CREDIT]), dates.of([CREDIT]), dates.of([CREDIT, CREDIT])];
  for (const { resolve } of pending) resolve(READY_AT);
  expect(await Promise.all(asked)).toEqual([[READY_AT], [READY_AT], [READY_AT, READY_AT]]);
  expect(await dates.of([CREDIT])).toEqual([READY_AT]);
  expect(pending).toHaveLength(1);
});

it('reads a date again that no provider gave, seconds later', async () => {
  const { pending, state, dates } = start();
  const asked = dates.of([CREDIT]);
  pending[0]?.reject(new Error('no provider answers'));
  expect(await asked).toEqual([null]);
  expect(await dates.of([CREDIT])).toEqual([null]);
  expect(pending).toHaveLength(1);
  state.nowMs += 5_000;
  const again = dates.of([CREDIT]);
  pending[1]?.resolve(READY_AT);
  expect(await again).toEqual([READY_AT]);
});

it('reads a date again once the ledger gave the credit another one, also while the first was being read', async () => {
  const { pending, fold, dates } = start();
  const first = dates.of([CREDIT]);
  pending[0]?.resolve(READY_AT);
  expect(await first).toEqual([READY_AT]);
  fold(8n);
  const second = dates.of([CREDIT]);
  fold(9n);
  pending[1]?.resolve(READY_AT + 1n);
  expect(await second).toEqual([null]);
  const third = dates.of([CREDIT]);
  pending[2]?.resolve(READY_AT + 604_800n);
  expect(await third).toEqual([READY_AT + 604_800n]);
  expect(pending).toHaveLength(3);
});
