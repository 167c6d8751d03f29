import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { FakeAuctions, RIVAL, STARTER_POLICY, bidsAt } from '../testing/fake-auctions.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { inOwnOrder, inStartersOrder } from './choose-served.js';
import { type KeepAuctionsDeps, freshKeeperMemory, keepAuctionsOnce } from './keep-auctions.js';

const PROTOCOL = address(`0x${'c1'.repeat(20)}`);
const PLACE = bytes32(`0x${'77'.repeat(32)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const ACCOUNTS = [1, 2, 3, 4, 5, 6, 7, 8].map(some);
const TAKER = { ...STARTER_POLICY, isStarter: false, bids: { ...bidsAt(PROTOCOL), leastPpm: 900_000n } };

/** A keeper at the place, and what it does at the next block. */
function keeperOf(policy: KeepAuctionsDeps['policy']) {
  const desk = new FakeAuctions(PROTOCOL);
  const listed = ACCOUNTS.map((account) => ({ account, aM: 1n, qM: 1n, block: { height: 1n } }));
  const hints = { readAccountsBelow: async () => listed, readLeastHealthy: async () => listed };
  const deps = { hints: [hints], desk, clock: new FakeClock(), observer: new RecordingObserver(), policy };
  const memory = freshKeeperMemory(PLACE);
  const pass = async (): Promise<void> => {
    desk.height += 1n;
    desk.timeS += 1n;
    await keepAuctionsOnce(deps, memory);
    await Promise.all(memory.runningOn);
  };
  return { desk, memory, pass };
}

it('begins its turns at a place of its own', async () => {
  const { desk, memory, pass } = keeperOf(TAKER);
  for (const account of ACCOUNTS) desk.startByRival(account);
  await pass();
  expect(desk.read).toEqual(inOwnOrder(memory.serving, ACCOUNTS, (account) => account));
  expect(desk.read).not.toEqual(inOwnOrder({ place: 0n }, ACCOUNTS, (account) => account));
});

it('begins with other starts than a keeper that it sees', async () => {
  const { desk, memory, pass } = keeperOf(STARTER_POLICY);
  const [run, ...idle] = ACCOUNTS as [Bytes32, ...Bytes32[]];
  desk.startByRival(run);
  for (const account of idle) desk.put(account, { isHealthy: true });
  await pass();
  for (const account of idle) desk.put(account, { isHealthy: false });
  await pass();
  const ordered = (starters: readonly Address[]): readonly string[] =>
    inStartersOrder({ place: memory.serving.place, starters }, idle, (account) => account).map((one) => one.slice(-2));
  expect(desk.acts).toEqual([`start ${ordered([RIVAL]).join(' ')}`]);
  expect(ordered([RIVAL])).not.toEqual(ordered([]));
});
