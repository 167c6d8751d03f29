import {
  type Bytes32,
  type Keccak256,
  ZERO_WORD,
  accountId,
  address,
  bytes32,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { PAYMENT_LOOK_AGAIN_MS, PAYMENT_RETRY_MS } from './limits.js';
import { type PayReleasesDeps, freshPayMemory, payReleasesOnce } from './pay-releases.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);
/** Any hash will do, as long as both sides use the same. */
const sha: Keccak256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());
const FAR = 2n ** 39n;

/** A recorded payment, ready at the vault, that a hint lists with a date of its own. */
function world(hinted: 'true date' | 'false date') {
  const vault = new FakeVault({ edge: EDGE, source: 1, keccak256: sha });
  const account = accountId({ owner: address(`0x${'17'.repeat(20)}`), home: 0, sub: 0n });
  const [amount, fee] = [tokenUnits(1_000n), tokenUnits(10n)];
  const packed = packEntry({ kind: 'RELEASE', asset: 1, amount, account, party: ZERO_WORD, fee });
  vault.queue(1n, packed);
  const readyAt = hinted === 'true date' ? vault.replica.timestamp : FAR;
  const clock = new FakeClock();
  const deps: PayReleasesDeps = {
    source: 1,
    edge: EDGE,
    hints: [{ readPayments: async () => [{ seq: 1n, packed, readyAt }] }],
    vault,
    clock,
    observer: new RecordingObserver(),
    policy: { pollIntervalMs: 1_000, mode: 'all', subsidyWei: 0n, parallel: 1 },
    readWorthWei: async () => 0n,
  };
  const memory = freshPayMemory();
  return { vault, clock, pass: () => payReleasesOnce(deps, memory) };
}

/** Has the vault's provider tell a far date until it is asked no more. */
function lie(vault: FakeVault): () => void {
  const readHonestly = vault.readPayment.bind(vault);
  vault.readPayment = async (seq) => ({ ...(await readHonestly(seq)), readyAt: FAR });
  return () => (vault.readPayment = readHonestly);
}

describe('a payment that one provider dates far away', () => {
  it('is looked at again soon if the hint names an earlier date, and paid by another provider’s word', async () => {
    const { vault, clock, pass } = world('true date');
    const ask = lie(vault);
    expect((await pass()).get('waiting')).toBe(1);
    ask();
    await clock.advance(PAYMENT_LOOK_AGAIN_MS);
    await pass();
    expect(vault.paid).toEqual([1n]);
  });

  it('is left alone for ten minutes if the hint says the same', async () => {
    const { vault, clock, pass } = world('false date');
    lie(vault);
    await pass();
    const { reads } = vault;
    await clock.advance(PAYMENT_RETRY_MS.maxMs - 1);
    await pass();
    expect(vault.reads).toBe(reads);
    await clock.advance(1);
    await pass();
    expect(vault.reads).toBe(reads + 1);
  });
});
