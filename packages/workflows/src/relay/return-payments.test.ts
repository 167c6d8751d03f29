import {
  type Bytes32,
  type Entry,
  type Keccak256,
  bytes32,
  bytesToHex,
  packEntry,
  refundRecord,
  tokenUnits,
} from '@surety/domain';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FakeAggregator } from '../testing/fake-aggregator.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { GIVE_BACK_AFTER_S, PAYMENT_PAGE, PAYMENT_PAGES_MAX, RETURNS_PER_PASS_MAX, STOPPED_PAGE } from './limits.js';
import { freshReturnMemory, returnPaymentsOnce } from './return-payments.js';

const EDGE: Bytes32 = bytes32(`0x${'e2'.repeat(32)}`);
/** Any hash will do, as long as both sides use the same. */
const sha: Keccak256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

function release(amount: bigint): Entry {
  const account = bytes32(`0x${'a1'.repeat(20)}${'0'.repeat(24)}`);
  const party = bytes32(`0x${'0'.repeat(24)}${'b1'.repeat(20)}`);
  return { kind: 'RELEASE', asset: 1, amount: tokenUnits(amount), account, party, fee: tokenUnits(0n) };
}

const recordOf = (entry: Entry): Bytes32 => bytes32(bytesToHex(refundRecord(entry, sha)));

function world() {
  const options = { edge: EDGE, source: 1, keccak256: sha };
  const [vault, ledger, observer] = [new FakeVault(options), new FakeLedger(options), new RecordingObserver()];
  const aggregator = new FakeAggregator(EDGE);
  const memory = freshReturnMemory();
  const deps = {
    source: 1,
    edge: EDGE,
    hints: [aggregator],
    vault,
    ledger,
    keccak256: sha,
    policy: { mode: 'all', subsidyWei: 0n } as const,
    pauseMs: 60_000,
    clock: new FakeClock(),
    observer,
  };
  /** Creates a payment in this state, of a release that the ledger recorded. */
  const made = (seq: bigint, state: 'CLAIMABLE' | 'STOPPED', entry = release(100n + seq)): void => {
    const packed = packEntry(entry);
    vault.queue(seq, packed);
    const payment = vault.payments.get(seq);
    if (payment === undefined) throw new TypeError('it was queued');
    payment.state = state;
    if (state === 'STOPPED') payment.readyAt = vault.replica.timestamp + GIVE_BACK_AFTER_S;
    if (state === 'CLAIMABLE') aggregator.payments.push({ seq, packed, readyAt: payment.readyAt, state: 'claimable' });
    else aggregator.stopped.push({ seq, packed, isRefunded: false });
    ledger.released.set(seq, recordOf(entry));
  };
  const pass = (): Promise<readonly bigint[]> => returnPaymentsOnce(deps, memory);
  return { vault, ledger, aggregator, observer, deps, made, pass };
}

describe('payments that return to their lines', () => {
  it('are refunded once witnesses confirmed the release, and announced', async () => {
    const { vault, observer, made, pass } = world();
    made(1n, 'STOPPED');
    expect(await pass()).toEqual([]);
    vault.confirmed = 1n;
    expect(await pass()).toEqual([1n]);
    expect(vault.refunds).toEqual([1n]);
    expect(observer.named('refund-journaled').map(({ fields }) => fields['seq'])).toEqual([1n]);
    expect(await pass()).toEqual([]);
  });

  it('are refunded 30 days after the stop without a confirmation, and again if the ledger still waits', async () => {
    const { vault, ledger, made, pass } = world();
    made(1n, 'STOPPED');
    vault.replica.timestamp += GIVE_BACK_AFTER_S - 1n;
    expect(await pass()).toEqual([]);
    vault.replica.timestamp += 1n;
    expect(await pass()).toEqual([1n]);
    vault.replica.timestamp += GIVE_BACK_AFTER_S - 1n;
    expect(await pass()).toEqual([]);
    vault.replica.timestamp += 1n;
    expect(await pass()).toEqual([1n]);
    vault.replica.timestamp += GIVE_BACK_AFTER_S;
    ledger.released.delete(1n);
    expect(await pass()).toEqual([]);
    expect(vault.refunds).toEqual([1n, 1n]);
  });

  it('are given back after 30 days as claimable, not before', async () => {
    const { vault, observer, made, pass } = world();
    made(4n, 'CLAIMABLE');
    vault.replica.timestamp += GIVE_BACK_AFTER_S - 1n;
    expect(await pass()).toEqual([]);
    vault.replica.timestamp += 1n;
    expect(await pass()).toEqual([4n]);
    expect(vault.givenBack).toEqual([4n]);
    expect(observer.named('payment-given-back')).toHaveLength(1);
  });

  it('are skipped if the ledger has no such release, or a hint names something else', async () => {
    const { vault, ledger, aggregator, made, pass } = world();
    made(1n, 'STOPPED');
    made(2n, 'CLAIMABLE');
    made(3n, 'STOPPED');
    vault.confirmed = 3n;
    vault.replica.timestamp += GIVE_BACK_AFTER_S;
    ledger.released.delete(1n);
    ledger.released.set(2n, recordOf(release(7n)));
    aggregator.stopped[1] = { seq: 3n, packed: packEntry({ ...release(103n), kind: 'LOST' }), isRefunded: false };
    aggregator.stopped.push({ seq: 9n, packed: packEntry(release(109n)), isRefunded: false });
    expect(await pass()).toEqual([]);
    expect([vault.refunds, vault.givenBack]).toEqual([[], []]);
  });

  it('are not checked again once the ledger gave them back', async () => {
    const { vault, aggregator, made, pass } = world();
    made(1n, 'STOPPED');
    vault.confirmed = 1n;
    aggregator.stopped = aggregator.stopped.map((one) => ({ ...one, isRefunded: true }));
    expect(await pass()).toEqual([]);
    expect(vault.reads).toBe(0);
  });

  it('are read up to a limit of one hint’s pages, and listed by the next hint', async () => {
    const { vault, aggregator, deps, made } = world();
    const packed = packEntry(release(1n));
    const flood: typeof aggregator = new FakeAggregator(EDGE);
    const rows = (after: bigint) =>
      Array.from({ length: 3_000 }, (_, at) => ({ seq: after + BigInt(at) + 1_000n, packed }));
    flood.readPayments = async (_edge, after) =>
      rows(after).map((row) => ({ ...row, readyAt: 0n, state: 'claimable' }));
    flood.readStopped = async (_edge, after) => rows(after).map((row) => ({ ...row, isRefunded: false }));
    made(1n, 'STOPPED');
    vault.confirmed = 1n;
    const [memory, both] = [freshReturnMemory(), { ...deps, hints: [flood, aggregator] }];
    expect(await returnPaymentsOnce(both, memory)).toEqual([]);
    expect(vault.reads).toBe(PAYMENT_PAGES_MAX * (PAYMENT_PAGE + STOPPED_PAGE));
    expect(await returnPaymentsOnce(both, memory)).toEqual([1n]);
  });

  it('return a limited number at a time, and a failure ends the pass', async () => {
    const { vault, made, pass } = world();
    for (let seq = 1n; seq <= BigInt(RETURNS_PER_PASS_MAX) + 3n; seq++) made(seq, 'STOPPED');
    vault.confirmed = 100n;
    expect(await pass()).toHaveLength(RETURNS_PER_PASS_MAX);
    expect(await pass()).toHaveLength(3);
    vault.replica.failure = silentChain();
    await expect(pass()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });
});
