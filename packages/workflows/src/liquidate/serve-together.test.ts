import { type Bytes32, address, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { FakeAuctions, STARTER_POLICY } from '../testing/fake-auctions.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { freshKeeperMemory, keepAuctionsOnce } from './keep-auctions.js';
import { startsPerTransaction } from './serve-together.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);

it('starts as few accounts in a transaction as there are transactions for', () => {
  const sizes = [
    [1, 16],
    [256, 16],
    [257, 16],
    [512, 16],
    [40, 2],
    [90, 1],
  ].map(([accounts = 0, transactions = 0]) => startsPerTransaction(accounts, transactions));
  expect(sizes).toEqual([16, 16, 17, 32, 20, 32]);
});

it('starts what comes meanwhile in the transactions that are left', async () => {
  let release = (): void => undefined;
  const mined = new Promise<void>((resolve) => (release = resolve));
  const sizes: number[] = [];
  class SlowStarts extends FakeAuctions {
    override async start(accounts: readonly Bytes32[]) {
      sizes.push(accounts.length);
      await mined;
      return super.start(accounts);
    }
  }
  const desk = new SlowStarts(address(`0x${'c1'.repeat(20)}`));
  const memory = freshKeeperMemory();
  let listed = 0;
  const hints = () =>
    Array.from({ length: listed }, (_, n) => ({ account: some(n + 1), aM: 99n, qM: 100n, block: { height: 1n } }));
  const once = async (accounts: number) => {
    [listed, desk.height] = [accounts, desk.height + 1n];
    const source = {
      readAccountsBelow: ({ limit = 0 }) => Promise.resolve(hints().slice(0, limit)),
      readLeastHealthy: ({ skip = 0, limit = 0 }) => Promise.resolve(hints().slice(skip, skip + limit)),
    };
    await keepAuctionsOnce(
      { hints: [source], desk, clock: new FakeClock(), observer: new RecordingObserver(), policy: STARTER_POLICY },
      memory,
    );
  };
  await once(40);
  expect(sizes).toEqual([16, 16, 8]);
  // The list is renewed behind a pass.
  for (let times = 0; times < 4; times++) await once(140);
  await once(256);
  release();
  await Promise.all(memory.runningOn);
  expect(sizes.length).toBeLessThanOrEqual(16);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(256);
  expect([memory.starting.size, memory.startTransactions]).toEqual([0, 0]);
});
