import { type Bytes32, ZERO_WORD, accountId, address, bytes32, packEntry, tokenUnits } from '@surety/domain';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PaymentHints } from '../ports/vault.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { PAYMENT_PAGE, PAYMENT_PAGES_MAX } from './limits.js';
import { freshPayMemory, payReleasesOnce } from './pay-releases.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);
const packed = packEntry({
  kind: 'RELEASE',
  asset: 1,
  amount: tokenUnits(1_000n),
  account: accountId({ owner: address(`0x${'17'.repeat(20)}`), home: 0, sub: 0n }),
  party: ZERO_WORD,
  fee: tokenUnits(10n),
});

it('reads a limited number of one hint’s pages, and pays what the next hint lists', async () => {
  const keccak256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
  const vault = new FakeVault({ edge: EDGE, source: 1, keccak256 });
  const flood: PaymentHints = {
    readPayments: async (_edge, after) =>
      Array.from({ length: 3_000 }, (_, at) => ({ seq: after + BigInt(at) + 1_000n, packed, readyAt: 0n })),
  };
  const honest: PaymentHints = { readPayments: async () => [{ seq: 1n, packed, readyAt: 0n }] };
  vault.queue(1n, packed);
  const deps = {
    source: 1,
    edge: EDGE,
    hints: [flood, honest],
    vault,
    clock: new FakeClock(),
    observer: new RecordingObserver(),
    policy: { pollIntervalMs: 1_000, mode: 'all', subsidyWei: 0n, parallel: 4 } as const,
    readWorthWei: async () => null,
  };
  const memory = freshPayMemory();
  await payReleasesOnce(deps, memory);
  expect(vault.reads).toBe(PAYMENT_PAGE * PAYMENT_PAGES_MAX);
  await payReleasesOnce(deps, memory);
  expect(vault.paid).toEqual([1n]);
});
