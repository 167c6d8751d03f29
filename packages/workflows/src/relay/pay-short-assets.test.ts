import {
  type Bytes32,
  type Entry,
  type Keccak256,
  ZERO_WORD,
  accountId,
  address,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenPayment } from '../ports/aggregator-api.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { PAYMENT_RETRY_MS } from './limits.js';
import { type PayReleasesDeps, freshPayMemory, payReleasesOnce } from './pay-releases.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const NOTHING = { account: ZERO_WORD, party: ZERO_WORD, fee: tokenUnits(0n) };
let keccak256: Keccak256;
let vault: FakeVault;
let clock: FakeClock;
let observer: RecordingObserver;
let listed: OpenPayment[];

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});

beforeEach(() => {
  vault = new FakeVault({ edge: EDGE, source: 1, keccak256 });
  clock = new FakeClock();
  observer = new RecordingObserver();
  listed = [];
});

/** Records an entry at the vault and lists it. */
function record(entry: Pick<Entry, 'kind' | 'amount'> & Partial<Entry>): void {
  const packed = packEntry({ asset: 1, ...NOTHING, ...entry });
  const seq = BigInt(listed.length + 1);
  vault.queue(seq, packed);
  listed.push({ seq, packed, readyAt: vault.replica.timestamp });
}

function deps(mode: 'all' | 'covered'): PayReleasesDeps {
  return {
    source: 1,
    edge: EDGE,
    hints: [{ readPayments: async () => listed.filter(({ seq }) => vault.payments.get(seq)?.state !== 'PAID') }],
    vault,
    clock,
    observer,
    policy: { pollIntervalMs: 1_000, mode, subsidyWei: 0n, parallel: 1 },
    readWorthWei: async () => 0n,
  };
}

describe('a pay pass over an asset that is short', () => {
  it('waits: it does not fail, reports once, and asks no other provider', async () => {
    const account = accountId({ owner: address(`0x${'17'.repeat(20)}`), home: 0, sub: 0n });
    for (const amount of [1_000n, 2_000n]) record({ kind: 'RELEASE', amount: tokenUnits(amount), account });
    vault.refusing.set(1n, 'AssetShort');
    const memory = freshPayMemory();
    const counts = await payReleasesOnce(deps('all'), memory);
    expect([counts.get('short'), counts.get('failing'), counts.get('paid')]).toEqual([1, undefined, 1]);
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    await payReleasesOnce(deps('all'), memory);
    expect(observer.named('payment-short').map(({ level }) => level)).toEqual(['warn']);
    expect([observer.named('pay-refused'), vault.replica.distrusted]).toEqual([[], 0]);
    vault.refusing.clear();
    await clock.advance(2 * PAYMENT_RETRY_MS.firstMs);
    await payReleasesOnce(deps('all'), memory);
    expect(vault.paid).toEqual([2n, 1n]);
  });

  it('takes a due loss at the vault, whatever its gas costs, and never as a release', async () => {
    vault.delayS = 86_400n;
    record({ kind: 'LOST', amount: tokenUnits(700n) });
    const memory = freshPayMemory();
    const counts = await payReleasesOnce(deps('covered'), memory);
    expect([counts.get('waiting'), vault.lossesTaken]).toEqual([1, []]);
    vault.replica.timestamp += 86_400n;
    await clock.advance(PAYMENT_RETRY_MS.maxMs);
    expect((await payReleasesOnce(deps('covered'), memory)).get('paid')).toBe(1);
    expect([vault.lossesTaken, vault.paid]).toEqual([[1n], []]);
    expect(observer.named('loss-taken').map(({ level, fields }) => [level, fields['units']])).toEqual([
      ['error', 700n],
    ]);
  });
});
