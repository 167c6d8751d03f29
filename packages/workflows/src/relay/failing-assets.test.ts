import { AppError, type Bytes32, ZERO_WORD, accountId, address, bytes32, packEntry, tokenUnits } from '@surety/domain';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OpenPayment } from '../ports/aggregator-api.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { FAILED_ASSETS_MAX, PAYMENT_ERRORS_MAX, PAYMENT_RETRY_MS } from './limits.js';
import { freshPayMemory, payReleasesOnce } from './pay-releases.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);
const BROKEN = new AppError({ code: 'RPC_REFUSED', message: 'refused', retryable: true });
const account = accountId({ owner: address(`0x${'17'.repeat(20)}`), home: 0, sub: 0n });

/** Ready payments, one for each asset named; a look at those of the broken assets throws. */
function world(assets: readonly number[], broken: readonly number[]) {
  const keccak256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
  const [vault, clock] = [new FakeVault({ edge: EDGE, source: 1, keccak256 }), new FakeClock()];
  const open = assets.map((asset, at): OpenPayment => {
    const seq = BigInt(at + 1);
    const amount = tokenUnits(1_000n + seq);
    const packed = packEntry({ kind: 'RELEASE', asset, amount, account, party: ZERO_WORD, fee: tokenUnits(10n) });
    vault.queue(seq, packed);
    return { seq, packed, readyAt: 0n };
  });
  const tried: number[] = [];
  vault.tryTransfer = async ({ asset }) => {
    tried.push(asset);
    if (broken.includes(asset)) throw BROKEN;
    return true;
  };
  const deps = {
    source: 1,
    edge: EDGE,
    hints: [{ readPayments: async () => open.filter(({ seq }) => vault.payments.get(seq)?.state === 'QUEUED') }],
    vault,
    clock,
    observer: new RecordingObserver(),
    policy: { pollIntervalMs: 1_000, mode: 'covered', subsidyWei: 0n, parallel: 1 } as const,
    readWorthWei: async () => 2n * vault.payCostWei,
  };
  const memory = freshPayMemory();
  return { vault, clock, tried, pass: () => payReleasesOnce(deps, memory) };
}

const many = (asset: number, count: number): number[] => Array.from({ length: count }, () => asset);

describe('payments of an asset whose token is broken', () => {
  it('keep none of another asset waiting, however many they are', async () => {
    const { vault, tried, pass } = world([...many(1, 200), ...many(2, 20), ...many(3, 2)], [1, 2]);
    await expect(pass()).rejects.toBe(BROKEN);
    expect(vault.paid).toEqual([221n, 222n]);
    expect(tried).toHaveLength(2 * PAYMENT_ERRORS_MAX + 2);
  });

  it('come after the others once they have failed', async () => {
    const { vault, clock, tried, pass } = world([1, 2, 3, 4, 5], [1, 2, 3]);
    await expect(pass()).rejects.toBe(BROKEN);
    expect(vault.paid).toEqual([]);
    await clock.advance(PAYMENT_RETRY_MS.firstMs);
    await expect(pass()).rejects.toBe(BROKEN);
    expect(vault.paid).toEqual([4n, 5n]);
    expect(tried).toEqual([1, 2, 3, 4, 5, 1, 2, 3]);
  });

  it('end the pass where so many assets fail that the chain must be', async () => {
    const assets = Array.from({ length: 40 }, (_, at) => at + 1);
    const { tried, pass } = world(assets, assets);
    await expect(pass()).rejects.toBe(BROKEN);
    expect(tried).toHaveLength(FAILED_ASSETS_MAX);
  });
});
