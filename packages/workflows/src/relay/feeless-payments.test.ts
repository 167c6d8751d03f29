import {
  type Bytes32,
  type Keccak256,
  ZERO_WORD,
  accountId,
  address,
  bytes32,
  bytesToHex,
  packEntry,
  refundRecord,
  tokenUnits,
  unpackEntry,
} from '@surety/domain';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OpenPayment, StoppedPayment } from '../ports/aggregator-api.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger } from '../testing/fake-ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { FEELESS_RETRY_MS, GIVE_BACK_AFTER_S } from './limits.js';
import { type PayPolicy, type PayReleasesDeps, freshPayMemory, payReleasesOnce } from './pay-releases.js';
import { freshReturnMemory, returnPaymentsOnce } from './return-payments.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);
const COUNT = 20;
/** Any hash will do, as long as both sides use the same. */
const sha: Keccak256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Ready payments with good fees, all to a recipient that their token refuses. */
function world(paying: Partial<PayPolicy>) {
  const ends = { edge: EDGE, source: 1, keccak256: sha };
  const [vault, ledger, clock, observer] = [
    new FakeVault(ends),
    new FakeLedger(ends),
    new FakeClock(),
    new RecordingObserver(),
  ];
  const account = accountId({ owner: address(`0x${'17'.repeat(20)}`), home: 0, sub: 0n });
  const listed: OpenPayment[] = [];
  for (let seq = 1n; seq <= COUNT; seq++) {
    const [amount, fee] = [tokenUnits(1_000n + seq), tokenUnits(900n)];
    const packed = packEntry({ kind: 'RELEASE', asset: 1, amount, account, party: ZERO_WORD, fee });
    vault.queue(seq, packed);
    vault.blocked.add(seq);
    ledger.released.set(seq, bytes32(bytesToHex(refundRecord(unpackEntry(packed), sha))));
    listed.push({ seq, packed, readyAt: vault.replica.timestamp });
  }
  const policy: PayPolicy = { pollIntervalMs: 1_000, mode: 'covered', subsidyWei: 0n, parallel: 4, ...paying };
  const hints = {
    readPayments: async (): Promise<OpenPayment[]> =>
      listed.map((one) => (vault.payments.get(one.seq)?.state === 'CLAIMABLE' ? { ...one, state: 'claimable' } : one)),
    readStopped: async (): Promise<StoppedPayment[]> => [],
  };
  const common = { source: 1, edge: EDGE, hints: [hints], vault, clock, observer, policy };
  const pay: PayReleasesDeps = { ...common, readWorthWei: async () => 2n * vault.payCostWei };
  const [memory, returned] = [freshPayMemory(), freshReturnMemory()];
  return {
    vault,
    clock,
    stateOf: (seq: bigint) => vault.payments.get(seq)?.state,
    pass: () => payReleasesOnce(pay, memory),
    giveBack: () => returnPaymentsOnce({ ...common, ledger, keccak256: sha, pauseMs: 60_000 }, returned),
  };
}

describe('payments whose fee never comes', () => {
  it('are not paid where fees must cover the gas, and tried once in a while, not in each pass', async () => {
    const { vault, clock, pass, stateOf } = world({});
    expect((await pass()).get('feeless')).toBe(COUNT);
    expect((await pass()).get('feeless')).toBe(COUNT);
    expect([stateOf(1n), vault.tried.length]).toEqual(['QUEUED', COUNT]);
    await clock.advance(FEELESS_RETRY_MS.firstMs);
    await pass();
    await clock.advance(FEELESS_RETRY_MS.firstMs);
    await pass();
    expect(vault.tried).toHaveLength(2 * COUNT);
  });

  it('are paid once their transfer succeeds', async () => {
    const { vault, clock, pass } = world({ parallel: 1 });
    await pass();
    vault.blocked.delete(7n);
    await clock.advance(FEELESS_RETRY_MS.firstMs);
    await pass();
    expect(vault.paid).toEqual([7n]);
  });

  it.each([
    ['by a relayer that pays all', { mode: 'all' }],
    ['where the subsidy alone is worth the gas', { subsidyWei: 90_000n }],
  ] as const)('are paid and given back %s, untried', async (_, policy) => {
    const { vault, pass, giveBack, stateOf } = world(policy);
    await pass();
    expect([stateOf(1n), vault.tried]).toEqual(['CLAIMABLE', []]);
    vault.replica.timestamp += GIVE_BACK_AFTER_S;
    expect((await giveBack()).length).toBeGreaterThan(0);
  });

  it('are not given back where fees must cover the gas, with whatever became claimable by others', async () => {
    const { vault, giveBack } = world({ subsidyWei: 89_999n });
    for (const payment of vault.payments.values()) payment.state = 'CLAIMABLE';
    vault.replica.timestamp += GIVE_BACK_AFTER_S;
    expect(await giveBack()).toEqual([]);
    expect(vault.givenBack).toEqual([]);
  });
});
